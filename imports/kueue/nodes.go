package kueue

import (
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/kueue/apis/kueue/v1beta2"
)

// nodes are the Node objects that a flavor selects, together.
type nodes struct {
	count, gpus, cpu int
	memory           int64
	labels           map[string]string // of the first
}

// nodesOf returns the nodes whose labels a flavor asks for.
func (r *reader) nodesOf(f *v1beta2.ResourceFlavor) (n nodes) {
	for _, x := range r.objects {
		if x.node == nil || !selects(f, x.node) {
			continue
		}
		gpus := 0
		for name, q := range x.node.Status.Allocatable {
			if isGPU(name) {
				gpus += int(q.Value())
			}
		}
		if gpus == 0 {
			continue
		}
		if n.count == 0 {
			n.labels = x.node.Labels
		}
		n.count++
		n.gpus += gpus
		n.cpu += int(x.node.Status.Allocatable.Cpu().Value())
		n.memory += x.node.Status.Allocatable.Memory().Value()
	}
	return n
}

func selects(f *v1beta2.ResourceFlavor, node *corev1.Node) bool {
	for k, v := range f.Spec.NodeLabels {
		if node.Labels[k] != v {
			return false
		}
	}
	return true
}

// rack returns how many nodes the level above hosts of a topology joins, from
// the labels of Node objects; 0 where they do not tell.
func (r *reader) rack(x *object, topology string, f *v1beta2.ResourceFlavor) int {
	const field = "spec.topologyName"
	var levels []v1beta2.TopologyLevel
	for _, o := range r.objects {
		if o.topology != nil && o.name == topology {
			levels = o.topology.Spec.Levels
		}
	}
	var above []v1beta2.TopologyLevel
	for _, l := range levels {
		if l.NodeLabel != corev1.LabelHostname {
			above = append(above, l)
		}
	}
	if len(above) == 0 {
		r.Note(x.file, x.at(field), field, "topology %s has no level above hosts, or is not among the manifests", topology)
		return 0
	}
	label := above[len(above)-1].NodeLabel
	if len(above) > 1 {
		r.Note(x.file, x.at(field), field, "of topology %s the level %s makes the racks; levels above it are not modelled", topology, label)
	}
	members := map[string]int{}
	size := 0
	for _, o := range r.objects {
		if o.node != nil && selects(f, o.node) && o.node.Labels[label] != "" {
			members[o.node.Labels[label]]++
			size = max(size, members[o.node.Labels[label]])
		}
	}
	if size == 0 {
		r.Note(x.file, x.at(field), field, "no Node object has the label %s: racks are not modelled", label)
	}
	return size
}
