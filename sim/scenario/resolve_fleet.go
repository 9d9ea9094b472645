package scenario

import (
	"fmt"
	"strings"

	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
)

func duration(t event.Time) string { return units.FormatDuration(t) }

func listed(names []string) string { return strings.Join(names, ", ") }

func (r *resolver) fleet() {
	pools := r.Fleet.Pools
	if len(pools) == 0 {
		r.fail("fleet.pools", "has no pool")
	}
	unique(r, "fleet.pools", "pool", pools, func(p *Pool) string { return p.Name })
	for i := range pools {
		path := fmt.Sprintf("fleet.pools[%d]", i)
		r.pool(path, &pools[i])
		r.network(path, &pools[i])
		r.failures(path+".failures", &pools[i])
		r.power(path+".power", pools[i].Power)
		r.energy(path+".energy", pools[i].Energy)
		r.timetable(path+".prices", pools[i].Prices)
		if pools[i].Prices != nil && pools[i].Price != 0 {
			r.fail(path+".price", "prices already gives the price; leave price out")
		}
	}
	r.energy("fleet.energy", r.Fleet.Energy)
}

func (r *resolver) pool(path string, p *Pool) {
	if p.NodesFrom != nil {
		r.listedPool(path, p)
		return
	}
	if p.Node != nil {
		if p.GPU != "" || p.GPUsPerNode != 0 {
			r.fail(path+".node", "node already gives gpu and gpus_per_node; leave them out")
			return
		}
		gpu, err := fleet.LookupGPU(p.Node.GPU)
		if err != nil {
			r.fail(path+".node", "%w", err)
			return
		}
		if p.Node.Count > maxNodeGPUs {
			r.fail(path+".node", "%d GPUs are more than the %d a node can have", p.Node.Count, maxNodeGPUs)
		}
		p.GPU, p.GPUsPerNode, p.Node = gpu.Name, p.Node.Count, nil
	}
	switch gpu, err := fleet.LookupGPU(p.GPU); {
	case p.GPU == "":
		r.fail(path, "gpu is missing (such as gpu: H100, or node: 8xH100)")
	case err != nil:
		r.fail(path+".gpu", "%w", err)
	default:
		p.GPU = gpu.Name
	}
	if p.GPUsPerNode == 0 {
		p.GPUsPerNode = usualNodeGPUs
	}
	if p.Nodes == 0 {
		r.fail(path, "nodes is missing: how many nodes the pool has")
	}
}

// Sizes of nodes in GPUs.
const (
	usualNodeGPUs = 8  // of a node whose size is not given
	maxNodeGPUs   = 64 // what sim/fleet can keep track of
)

// listedPool checks a pool whose nodes come from a file.
func (r *resolver) listedPool(path string, p *Pool) {
	for _, given := range []struct {
		key string
		is  bool
	}{
		{"node", p.Node != nil}, {"gpu", p.GPU != ""}, {"gpus_per_node", p.GPUsPerNode != 0}, {"nodes", p.Nodes != 0},
	} {
		if given.is {
			r.fail(path+"."+given.key, "nodes_from already gives the nodes; leave %s out", given.key)
		}
	}
	if s := p.NodesFrom.Scale; s == 0 || s > 1 {
		r.fail(path+".nodes_from.scale", "%v is not a share above 0 and up to 1", s)
	}
}

// placed resolves the pool of work that runs on one GPU type. The pools of a
// node list are known only once the file is read: any name with the list's
// name and a dash in front is taken here and checked there.
func (r *resolver) placed(path string, pool *string) {
	for i := range r.Fleet.Pools {
		p := &r.Fleet.Pools[i]
		if p.NodesFrom != nil && strings.HasPrefix(*pool, p.Name+"-") {
			return
		}
	}
	r.reference(path+".pool", "pool", pool, r.typedPools())
}

// typedPools lists the pools of one known GPU type.
func (r *resolver) typedPools() []string {
	var out []string
	for i := range r.Fleet.Pools {
		if r.Fleet.Pools[i].NodesFrom == nil {
			out = append(out, r.Fleet.Pools[i].Name)
		}
	}
	return out
}

// byGPU chooses the pool of a deployment that names a GPU type, and checks
// one that names both.
func (r *resolver) byGPU(path, gpu string, pool *string) (ok bool) {
	g, err := fleet.LookupGPU(gpu)
	if err != nil {
		r.fail(path+".gpu", "%w", err)
		return false
	}
	var found []string
	for i := range r.Fleet.Pools {
		p := &r.Fleet.Pools[i]
		if p.GPU == g.Name && (*pool == "" || *pool == p.Name) {
			found = append(found, p.Name)
		}
	}
	switch len(found) {
	case 1:
		*pool = found[0]
		return true
	case 0:
		if *pool != "" {
			r.fail(path+".gpu", "pool %q has no %s", *pool, g.Name)
		} else {
			r.fail(path+".gpu", "no pool has %s", g.Name)
		}
	default:
		r.fail(path+".gpu", "several pools have %s (%s): name one with pool", g.Name, listed(found))
	}
	return false
}
