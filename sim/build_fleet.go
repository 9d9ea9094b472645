package sim

import (
	"fmt"
	"slices"

	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/traces"
)

// poolSpecs returns the fleet's pools; a node list makes one pool per GPU type.
func (s *Simulation) poolSpecs() ([]fleet.PoolSpec, error) {
	var specs []fleet.PoolSpec
	nodes := 0 // so far
	for i := range s.doc.Fleet.Pools {
		p := &s.doc.Fleet.Pools[i]
		path := fmt.Sprintf("fleet.pools[%d]", i)
		if p.NodesFrom != nil {
			listed, err := s.listedPools(p, nodes)
			if err != nil {
				return nil, s.doc.Locate(path+".nodes_from", err)
			}
			for _, l := range listed {
				nodes += len(l.Ranks)
			}
			specs = append(specs, listed...)
			continue
		}
		gpu, err := fleet.LookupGPU(p.GPU)
		if err != nil {
			return nil, s.doc.Locate(path+".gpu", err)
		}
		nodes += p.Nodes
		specs = append(specs, poolSpec(p, p.Name, gpu, []fleet.NodeSpec{{
			Count: p.Nodes + s.deliveries(p.Name), GPUs: p.GPUsPerNode, CPUMilli: int64(p.CPUsPerNode * 1000), MemoryMiB: int64(p.MemoryPerNode) >> 20,
		}}))
	}
	return specs, nil
}

func poolSpec(p *scenario.Pool, name string, gpu fleet.GPU, nodes []fleet.NodeSpec) fleet.PoolSpec {
	price := float64(p.Price)
	if price == 0 {
		price = gpu.USDPerHour
	}
	// Only whole nodes of one size make up a scale-up domain that is larger than
	// a node, such as an NVL72 rack of 18 nodes.
	domain := 0
	if len(nodes) == 1 && nodes[0].GPUs > 0 {
		domain = gpu.ScaleUpDomain / nodes[0].GPUs
	}
	spec := fleet.PoolSpec{
		Name: name, GPU: gpu, Nodes: nodes, NodesPerRack: p.NodesPerRack, NodesPerDomain: domain,
		NICBandwidth: float64(p.Network), USDPerHour: price, NodesPerPod: p.NodesPerPod,
	}
	if o := p.Oversubscription; o != nil {
		spec.RackOversubscription, spec.PodOversubscription = o.Rack, o.Pod
	}
	return spec
}

// listedPools reads a list of nodes and makes a pool of each GPU type in it,
// in the order in which the types first appear. The nodes are ranked as listed,
// from the given rank. Those without GPUs are left out.
func (s *Simulation) listedPools(p *scenario.Pool, rank int) ([]fleet.PoolSpec, error) {
	file, err := s.options.Inputs.Trace(p.NodesFrom.File, p.NodesFrom.Fallback, "auto")
	if err != nil {
		return nil, err
	}
	nodes, err := file.Nodes()
	if err != nil {
		return nil, err
	}
	var models []string
	byModel := map[string][]fleet.NodeSpec{}
	ranks := map[string][]int{}
	for _, n := range evenShare(nodes, float64(p.NodesFrom.Scale)) {
		if n.GPUs == 0 {
			continue
		}
		if !slices.Contains(models, n.Model) {
			models = append(models, n.Model)
		}
		spec := fleet.NodeSpec{Count: 1, GPUs: n.GPUs, CPUMilli: n.CPUMilli, MemoryMiB: n.MemoryMiB}
		list := byModel[n.Model]
		if last := len(list) - 1; last >= 0 && sameNode(list[last], spec) {
			list[last].Count++
		} else {
			list = append(list, spec)
		}
		byModel[n.Model] = list
		ranks[n.Model] = append(ranks[n.Model], rank)
		rank++
	}
	var specs []fleet.PoolSpec
	for _, model := range models {
		gpu, err := fleet.LookupGPU(model)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.NodesFrom.File, err)
		}
		spec := poolSpec(p, p.Name+"-"+model, gpu, byModel[model])
		spec.Ranks = ranks[model]
		specs = append(specs, spec)
	}
	if len(specs) == 0 {
		return nil, fmt.Errorf("%s lists no node with GPUs", p.NodesFrom.File)
	}
	return specs, nil
}

func sameNode(a, b fleet.NodeSpec) bool {
	return a.GPUs == b.GPUs && a.CPUMilli == b.CPUMilli && a.MemoryMiB == b.MemoryMiB
}

// evenShare returns the given share of the nodes, evenly spread over the list.
func evenShare(nodes []traces.Node, share float64) []traces.Node {
	var out []traces.Node
	owed := 0.0
	for _, n := range nodes {
		if owed += share; owed >= 1-1e-9 {
			out = append(out, n)
			owed--
		}
	}
	return out
}

// poolsNamed returns the pools that a scenario's pool name stands for: that
// pool, or the pools of a node list. An empty name stands for all.
func (s *Simulation) poolsNamed(name string) []int {
	var pools []int
	for i, p := range s.fleet.Pools {
		if name == "" || p.Spec.Name == name || (len(p.Spec.Name) > len(name) && p.Spec.Name[:len(name)+1] == name+"-" && s.isListed(name)) {
			pools = append(pools, i)
		}
	}
	return pools
}

// isListed reports whether the scenario's pool of that name comes from a list.
func (s *Simulation) isListed(name string) bool {
	return slices.ContainsFunc(s.doc.Fleet.Pools, func(p scenario.Pool) bool { return p.Name == name && p.NodesFrom != nil })
}
