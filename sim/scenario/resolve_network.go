package scenario

import "github.com/jevons-sim/jevons/sim/fleet"

// network checks the tiers of a pool's network.
func (r *resolver) network(path string, p *Pool) {
	if p.NodesPerPod > 0 && p.NodesPerRack > 0 && p.NodesPerPod%p.NodesPerRack != 0 {
		r.fail(path+".nodes_per_pod", "a pod of %d nodes is not whole racks of %d", p.NodesPerPod, p.NodesPerRack)
	}
	o := p.Oversubscription
	if o == nil {
		return
	}
	if o.Rack != 0 && p.NodesPerRack == 0 {
		r.fail(path+".oversubscription.rack", "the pool has no racks: nodes_per_rack is missing")
	}
	if o.Pod != 0 && p.NodesPerPod == 0 {
		r.fail(path+".oversubscription.pod", "the pool has no pods: nodes_per_pod is missing")
	}
}

// topology checks the tier to which work must keep: that a pool it may use has
// it. An empty pool stands for all.
func (r *resolver) topology(path, tier, pool string) {
	if tier == "" {
		return
	}
	t, err := fleet.ParseTier(tier)
	if err != nil {
		r.fail(path, "%w", err)
		return
	}
	key := "nodes_per_rack"
	if t == fleet.Pod {
		key = "nodes_per_pod"
	}
	for i := range r.Fleet.Pools {
		p := &r.Fleet.Pools[i]
		switch {
		case pool != "" && pool != p.Name && p.NodesFrom == nil:
		case t == fleet.Domain, t == fleet.Rack && p.NodesPerRack > 0, t == fleet.Pod && p.NodesPerPod > 0:
			return
		}
	}
	r.fail(path, "no pool for this work has a tier %s: %s is missing", tier, key)
}
