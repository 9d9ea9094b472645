package kueue

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/kueue/apis/kueue/v1beta2"

	"github.com/jevons-sim/jevons/imports"
	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/scenario"
)

// File is a file of manifests.
type File struct {
	Name string
	Text []byte
}

// Options say what manifests do not.
type Options struct {
	Name        string
	GPUsPerNode int // of nodes that are not listed; 0 = 8
}

// Read returns the fleet and the scheduler that manifests describe. An error
// caused by their content is of type *imports.Error.
func Read(files []File, o Options) (*imports.Draft, error) {
	if o.GPUsPerNode == 0 {
		o.GPUsPerNode = 8
	}
	d := imports.NewDraft(o.Name, "Kueue manifests")
	r := &reader{Draft: d, options: o, pools: map[string]bool{}}
	for _, f := range files {
		objects, err := readFile(f.Name, f.Text, d)
		if err != nil {
			return nil, err
		}
		r.objects = append(r.objects, objects...)
	}
	for _, x := range r.objects {
		if x.flavor != nil {
			r.addFlavor(x)
		}
	}
	if len(r.Scenario.Fleet.Pools) == 0 {
		return nil, &imports.Error{File: files[0].Name, Text: "no ResourceFlavor of GPUs was found: no pool can be made"}
	}
	for _, x := range r.objects {
		var err error
		switch {
		case x.queue != nil:
			err = r.addQueue(x)
		case x.cohort != nil:
			err = r.addCohort(x)
		case x.local != nil:
			r.addLocal(x)
		}
		if err != nil {
			return nil, err
		}
	}
	return d, nil
}

type reader struct {
	*imports.Draft
	options Options
	objects []*object
	pools   map[string]bool // flavors that are pools
}

// isGPU reports whether a resource is GPUs.
func isGPU(name corev1.ResourceName) bool {
	return strings.HasSuffix(string(name), "/gpu") || strings.HasSuffix(string(name), ".com/tpu")
}

// addFlavor makes a pool of a flavor that has GPUs.
func (r *reader) addFlavor(x *object) {
	f := x.flavor
	gpus := r.quotaOf(f.Name)
	nodes := r.nodesOf(f)
	if gpus == 0 && nodes.gpus == 0 {
		r.Note(x.file, x.line, "ResourceFlavor "+f.Name, "no quota of GPUs names it: it makes no pool")
		return
	}
	for _, field := range []struct {
		path string
		is   bool
	}{{"spec.nodeTaints", len(f.Spec.NodeTaints) > 0}, {"spec.tolerations", len(f.Spec.Tolerations) > 0}} {
		if field.is {
			r.Note(x.file, x.at(field.path), field.path, "not modelled: every job tolerates every pool")
		}
	}
	p := scenario.Pool{Name: f.Name, GPUsPerNode: r.options.GPUsPerNode, CPUsPerNode: 128, MemoryPerNode: 2 << 40, GPU: r.gpuOf(x, &nodes)}
	if nodes.count > 0 {
		p.Nodes, p.GPUsPerNode = nodes.count, max(1, nodes.gpus/nodes.count)
		p.CPUsPerNode, p.MemoryPerNode = float64(nodes.cpu)/float64(nodes.count), units.Bytes(nodes.memory/int64(nodes.count))
		if nodes.gpus%nodes.count != 0 {
			r.Note(x.file, x.line, "ResourceFlavor "+f.Name, "its %d nodes have %d GPUs, not the same number each: %d are taken", nodes.count, nodes.gpus, p.GPUsPerNode)
		}
	} else {
		p.Nodes = (gpus + p.GPUsPerNode - 1) / p.GPUsPerNode
		r.Note(x.file, x.line, "ResourceFlavor "+f.Name, "%d nodes of %d GPUs are assumed from %d GPUs of nominal quota; with Node objects they are counted", p.Nodes, p.GPUsPerNode, gpus)
	}
	if t := f.Spec.TopologyName; t != nil {
		p.NodesPerRack, p.NodesPerPod = r.tiers(x, string(*t), f)
	}
	r.pools[f.Name] = true
	r.Scenario.Fleet.Pools = append(r.Scenario.Fleet.Pools, p)
}

// gpuOf guesses a flavor's GPU type.
func (r *reader) gpuOf(x *object, nodes *nodes) string {
	for _, labels := range []map[string]string{x.flavor.Spec.NodeLabels, nodes.labels} {
		for _, key := range sortedKeys(labels) {
			if g, ok := imports.GuessGPU(labels[key]); ok && !strings.HasPrefix(key, "topology.") {
				return g.Name
			}
		}
	}
	if g, ok := imports.GuessGPU(x.flavor.Name); ok {
		return g.Name
	}
	r.Note(x.file, x.line, "ResourceFlavor "+x.flavor.Name, "neither labels nor name tell its GPUs: H100 is assumed")
	return "H100-SXM"
}

// quotaOf returns the GPUs of nominal quota that name a flavor.
func (r *reader) quotaOf(flavor string) int {
	n := 0
	for _, x := range r.objects {
		for _, g := range x.groups() {
			for _, f := range g.Flavors {
				for _, q := range f.Resources {
					if string(f.Name) == flavor && isGPU(q.Name) {
						n += int(q.NominalQuota.Value())
					}
				}
			}
		}
	}
	return n
}

// groups returns the quotas of a ClusterQueue or Cohort.
func (o *object) groups() []v1beta2.ResourceGroup {
	switch {
	case o.queue != nil:
		return o.queue.Spec.ResourceGroups
	case o.cohort != nil:
		return o.cohort.Spec.ResourceGroups
	}
	return nil
}

// addQueue makes a tenant of a ClusterQueue.
func (r *reader) addQueue(x *object) error {
	s := &x.queue.Spec
	t := scenario.Tenant{Name: x.name, Weight: 1, Cohort: string(s.CohortName), Reclaim: "never"}
	var err error
	if t.Quotas, err = r.quotas(x); err != nil {
		return err
	}
	t.Weight = r.weight(x, s.FairSharing)
	if p := s.Preemption; p != nil {
		switch p.ReclaimWithinCohort {
		case v1beta2.PreemptionPolicyAny:
			t.Reclaim = "any"
		case v1beta2.PreemptionPolicyLowerPriority:
			t.Reclaim = "lower-priority"
		}
		switch p.WithinClusterQueue {
		case v1beta2.PreemptionPolicyLowerOrNewerEqualPriority:
			r.Note(x.file, x.at("spec.preemption.withinClusterQueue"), "spec.preemption.withinClusterQueue", "newer workloads of equal priority are not preempted, those of lower priority are")
			fallthrough
		case v1beta2.PreemptionPolicyLowerPriority:
			r.Scenario.Scheduler.Preemption = "priority"
		}
	}
	if s.QueueingStrategy != v1beta2.StrictFIFO {
		r.Scenario.Scheduler.Backfill = "easy"
		r.Note(x.file, x.at("spec.queueingStrategy"), "spec.queueingStrategy", "BestEffortFIFO: EASY backfill stands in for it; unlike Kueue's, it never delays the first that waits")
	}
	r.unsupported(x, []string{
		"spec.admissionChecks", "spec.admissionChecksStrategy", "spec.flavorFungibility", "spec.namespaceSelector", "spec.stopPolicy", "spec.admissionScope",
		"spec.preemption.borrowWithinCohort",
	})
	r.Scenario.Scheduler.Tenants = append(r.Scenario.Scheduler.Tenants, t)
	return nil
}

// addCohort adds a Cohort.
func (r *reader) addCohort(x *object) error {
	c := scenario.Cohort{Name: x.name, Parent: string(x.cohort.Spec.ParentName)}
	var err error
	if c.Quotas, err = r.quotas(x); err != nil {
		return err
	}
	r.unsupported(x, []string{"spec.fairSharing"})
	r.Scenario.Scheduler.Cohorts = append(r.Scenario.Scheduler.Cohorts, c)
	return nil
}

// addLocal says which tenant a LocalQueue stands for.
func (r *reader) addLocal(x *object) {
	r.Note(x.file, x.line, "LocalQueue "+x.local.Namespace+"/"+x.name, "jobs of it are those of tenant %s", x.local.Spec.ClusterQueue)
	r.unsupported(x, []string{"spec.stopPolicy", "spec.fairSharing"})
}

// weight returns the weight of fair sharing.
func (r *reader) weight(x *object, f *v1beta2.FairSharing) float64 {
	if f == nil || f.Weight == nil {
		return 1
	}
	w := f.Weight.AsApproximateFloat64()
	if w <= 0 {
		r.Note(x.file, x.at("spec.fairSharing.weight"), "spec.fairSharing.weight", "0 means the last of all in Kueue: 0.000001 stands for it")
		return 1e-6
	}
	r.Note(x.file, x.at("spec.fairSharing.weight"), "spec.fairSharing.weight", "has an effect with queue: fair-share or drf only")
	return w
}

// unsupported lists the fields that an object has and no scenario.
func (r *reader) unsupported(x *object, paths []string) {
	for _, p := range paths {
		if line, ok := x.lines[p]; ok {
			r.Note(x.file, line, p, "not modelled, left out")
		}
	}
}

// quotas translates resource groups.
func (r *reader) quotas(x *object) ([]scenario.Quota, error) {
	var out []scenario.Quota
	for i, g := range x.groups() {
		for k, f := range g.Flavors {
			at := fmt.Sprintf("spec.resourceGroups[%d].flavors[%d]", i, k)
			if !r.pools[string(f.Name)] {
				r.Note(x.file, x.at(at), at, "flavor %s is no pool, its quotas are left out", f.Name)
				continue
			}
			for n, q := range f.Resources {
				at := fmt.Sprintf("%s.resources[%d]", at, n)
				quota := scenario.Quota{Pool: string(f.Name)}
				scale := 1.0
				switch {
				case isGPU(q.Name):
					quota.Resource = "gpus"
				case q.Name == corev1.ResourceCPU:
					quota.Resource = "cpus"
				case q.Name == corev1.ResourceMemory:
					quota.Resource, scale = "memory", 1.0/(1<<30)
				default:
					r.Note(x.file, x.at(at), at, "quotas of %s are not modelled", q.Name)
					continue
				}
				if q.NominalQuota.Sign() < 0 {
					return nil, &imports.Error{File: x.file, Line: x.at(at + ".nominalQuota"), Field: at + ".nominalQuota", Text: "found " + q.NominalQuota.String() + ", want at least 0"}
				}
				quota.Nominal = q.NominalQuota.AsApproximateFloat64() * scale
				quota.Borrow, quota.Lend = scaled(q.BorrowingLimit, scale), scaled(q.LendingLimit, scale)
				out = append(out, quota)
			}
		}
	}
	return out, nil
}

func scaled(q *resource.Quantity, by float64) *float64 {
	if q == nil {
		return nil
	}
	v := q.AsApproximateFloat64() * by
	return &v
}

func sortedKeys(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
