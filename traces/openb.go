package traces

import (
	"math"
	"strings"

	"github.com/jevons-sim/jevons/sim/event"
)

// Columns of the pod lists of Alibaba's GPU cluster trace of 2023
// (github.com/alibaba/clusterdata, cluster-trace-gpu-v2023). Times are seconds.
const (
	podName = iota
	podCPU
	podMemory
	podGPUs
	podMilli
	podSpec
	podQOS
	podPhase
	podCreated
	podDeleted
	podScheduled
)

var podColumns = []column{
	podName: {name: "name"}, podCPU: {name: "cpu_milli"}, podMemory: {name: "memory_mib"}, podGPUs: {name: "num_gpu"}, podMilli: {name: "gpu_milli"},
	podSpec: {name: "gpu_spec", optional: true}, podQOS: {name: "qos", optional: true}, podPhase: {name: "pod_phase", optional: true},
	podCreated: {name: "creation_time"}, podDeleted: {name: "deletion_time"}, podScheduled: {name: "scheduled_time", optional: true},
}

var openbPods = format{
	name: "openb-pods", kind: Jobs,
	detect: func(head []byte) bool { return hasHeader(head, "num_gpu", "gpu_milli", "creation_time") },
	jobs:   openPods,
}

type podReader struct {
	*table
	last        event.Time
	unscheduled int // pods that never ran
}

func openPods(s source, l lint) (jobReader, error) {
	t, err := openTable(s, l, podColumns)
	if err != nil {
		return nil, err
	}
	return &podReader{table: t}, nil
}

// Next implements JobStream. Pods are jobs of one worker; one that never ran
// has the span for which it existed as its duration.
func (p *podReader) Next(j *Job) (bool, error) {
	for {
		if ok, err := p.next(); !ok {
			return false, err
		}
		if ok, err := p.parse(j); ok || err != nil {
			return ok, err
		}
	}
}

func (p *podReader) parse(j *Job) (bool, error) {
	*j = Job{Name: p.text(podName), Workers: 1, Status: p.text(podPhase)}
	var gpus, milli, created, deleted, begun int64
	if ok, err := p.integers(math.MaxInt64, int64Field{podCPU, &j.CPUMilli}, int64Field{podMemory, &j.MemoryMiB}); !ok {
		return false, err
	}
	if ok, err := p.integers(math.MaxInt32, int64Field{podGPUs, &gpus}, int64Field{podMilli, &milli}); !ok {
		return false, err
	}
	if ok, err := p.integers(maxSeconds, int64Field{podCreated, &created}, int64Field{podDeleted, &deleted}, int64Field{podScheduled, &begun}); !ok {
		return false, err
	}
	if p.text(podScheduled) == "" {
		begun = created
		p.unscheduled++
	}
	if deleted < begun {
		return false, p.rejectField(podDeleted, "before the pod's start", "a time at or after the pod's start")
	}
	switch {
	case gpus == 1 && milli > 0 && milli < 1000:
		j.GPUMilli = int32(milli)
	case milli > 1000 || (gpus > 1 && milli != 1000):
		return false, p.rejectField(podMilli, problemMalformed, "at most 1000, and 1000 for several GPUs")
	default:
		j.GPUs = int32(gpus)
	}
	if spec := p.text(podSpec); spec != "" {
		j.GPUTypes = strings.Split(spec, "|")
	}
	j.At = event.Time(created) * event.Second
	j.Duration = event.Time(deleted-begun) * event.Second
	p.order(p.line, j.At, &p.last)
	return true, nil
}

// maxSeconds bounds times in seconds to what the clock holds.
const maxSeconds = math.MaxInt64 / int64(event.Second)

// Columns of the node lists of the same trace.
const (
	nodeName = iota
	nodeCPU
	nodeMemory
	nodeGPUs
	nodeModel
)

var nodeColumns = []column{
	nodeName: {name: "sn"}, nodeCPU: {name: "cpu_milli"}, nodeMemory: {name: "memory_mib"}, nodeGPUs: {name: "gpu"}, nodeModel: {name: "model"},
}

var openbNodes = format{
	name: "openb-nodes", kind: Nodes,
	detect: func(head []byte) bool { return hasHeader(head, "sn", "cpu_milli", "gpu", "model") },
	nodes:  readNodes,
}

func readNodes(s source, l lint) ([]Node, error) {
	t, err := openTable(s, l, nodeColumns)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	var nodes []Node
	for {
		ok, err := t.next()
		if !ok {
			return nodes, err
		}
		n := Node{Name: t.text(nodeName), Model: t.text(nodeModel)}
		var gpus int64
		ok, err = t.integers(math.MaxInt64, int64Field{nodeCPU, &n.CPUMilli}, int64Field{nodeMemory, &n.MemoryMiB})
		if ok {
			ok, err = t.integers(math.MaxInt32, int64Field{nodeGPUs, &gpus})
		}
		if ok && gpus > 0 && n.Model == "" {
			ok, err = false, t.rejectField(nodeModel, problemMissing, "the model of the node's GPUs")
		}
		if err != nil {
			return nil, err
		}
		if n.GPUs = int(gpus); ok {
			nodes = append(nodes, n)
		}
	}
}
