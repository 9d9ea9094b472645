package kueue

import (
	"iter"

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
	for x, gpus := range r.gpuNodes(f) {
		if n.count == 0 {
			n.labels = x.Labels
		}
		n.count++
		n.gpus += gpus
		n.cpu += int(x.Status.Allocatable.Cpu().Value())
		n.memory += x.Status.Allocatable.Memory().Value()
	}
	return n
}

// gpuNodes yields the nodes with GPUs whose labels a flavor asks for, and how many
// these are.
func (r *reader) gpuNodes(f *v1beta2.ResourceFlavor) iter.Seq2[*corev1.Node, int] {
	return func(yield func(*corev1.Node, int) bool) {
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
			if gpus > 0 && !yield(x.node, gpus) {
				return
			}
		}
	}
}

func selects(f *v1beta2.ResourceFlavor, node *corev1.Node) bool {
	for k, v := range f.Spec.NodeLabels {
		if node.Labels[k] != v {
			return false
		}
	}
	return true
}

// tiers returns how many nodes the level above hosts of a topology joins, the
// racks, and the level above that, the pods, from the labels of Node objects; 0
// where they do not tell.
func (r *reader) tiers(x *object, topology string, f *v1beta2.ResourceFlavor) (rack, pod int) {
	const field = "spec.topologyName"
	var above []string // labels, the widest level first
	for _, o := range r.objects {
		if o.topology == nil || o.name != topology {
			continue
		}
		for _, l := range o.topology.Spec.Levels {
			if l.NodeLabel != corev1.LabelHostname {
				above = append(above, l.NodeLabel)
			}
		}
	}
	n := len(above)
	if n == 0 {
		r.Note(x.file, x.at(field), field, "topology %s has no level above hosts, or is not among the manifests", topology)
		return 0, 0
	}
	if n > 2 {
		r.Note(x.file, x.at(field), field, "of topology %s the level %s makes the racks and %s the pods; levels above it are not modelled", topology, above[n-1], above[n-2])
	}
	// A domain is its path of values from the top: racks of two blocks may bear one
	// name. Scenarios know racks and pods of one size each, which is the largest.
	nodes, racks := map[string]int{}, map[string]map[string]bool{}
	perPod := 0
	for node := range r.gpuNodes(f) {
		if node.Labels[above[n-1]] == "" {
			continue
		}
		path := ""
		for _, label := range above[:n-1] {
			path += node.Labels[label] + "/"
		}
		name := path + node.Labels[above[n-1]]
		nodes[name]++
		rack = max(rack, nodes[name])
		if racks[path] == nil {
			racks[path] = map[string]bool{}
		}
		racks[path][name] = true
		perPod = max(perPod, len(racks[path]))
	}
	switch {
	case rack == 0:
		r.Note(x.file, x.at(field), field, "no Node object has the label %s: racks are not modelled", above[n-1])
	case n > 1:
		pod = perPod * rack
	}
	return rack, pod
}
