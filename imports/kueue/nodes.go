package kueue

import (
	"slices"

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

// tiers returns how many nodes the two levels above hosts of a topology join, from
// the labels of Node objects: racks and pods; 0 where they do not tell.
func (r *reader) tiers(x *object, topology string, f *v1beta2.ResourceFlavor) (rack, pod int) {
	const field = "spec.topologyName"
	var above []string // from the level next to hosts upwards
	for _, o := range r.objects {
		if o.topology == nil || o.name != topology {
			continue
		}
		for _, l := range slices.Backward(o.topology.Spec.Levels) {
			if l.NodeLabel != corev1.LabelHostname {
				above = append(above, l.NodeLabel)
			}
		}
	}
	if len(above) == 0 {
		r.Note(x.file, x.at(field), field, "topology %s has no level above hosts, or is not among the manifests", topology)
		return 0, 0
	}
	if rack = r.largest(f, above[0]); rack == 0 {
		r.Note(x.file, x.at(field), field, "no Node object has the label %s: racks are not modelled", above[0])
		return 0, 0
	}
	if len(above) == 1 {
		return rack, 0
	}
	switch pod = r.largest(f, above[1]); {
	case pod == 0:
		r.Note(x.file, x.at(field), field, "no Node object has the label %s: pods are not modelled", above[1])
	case pod%rack != 0:
		r.Note(x.file, x.at(field), field, "%d nodes of a %s are not whole %s of %d: pods are not modelled", pod, above[1], above[0], rack)
		pod = 0
	default:
		r.Note(x.file, x.at(field), field, "of topology %s the level %s makes the racks, %s the pods; levels above are not modelled; uplinks do not block (see oversubscription)", topology, above[0], above[1])
	}
	return rack, pod
}

// largest returns the most nodes of a flavor that have one value of a label.
func (r *reader) largest(f *v1beta2.ResourceFlavor, label string) int {
	members := map[string]int{}
	size := 0
	for _, o := range r.objects {
		if o.node != nil && selects(f, o.node) && o.node.Labels[label] != "" {
			members[o.node.Labels[label]]++
			size = max(size, members[o.node.Labels[label]])
		}
	}
	return size
}
