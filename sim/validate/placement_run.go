package validate

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/placement"
	"github.com/jevons-sim/jevons/traces"
)

// arrivedLevels are the shares of the fleet's GPUs, in percent, that have been
// asked for when the fleet is looked at; pods arrive until the last.
var arrivedLevels = [...]int64{90, 100, 130}

// filling is what a fleet looks like when some of its GPUs have been asked
// for: one state per level.
type filling struct {
	allocated  [len(arrivedLevels)]float64 // % of GPUs
	fragmented [len(arrivedLevels)]float64 // expected fragmentation, % of GPUs
	ratio      [len(arrivedLevels)]float64 // the same, % of free GPUs
}

// pod is one request for a place.
type pod struct {
	request fleet.Request
	pools   []int // acceptable
}

// placementCase is a workload on a fleet, shared by all its runs.
type placementCase struct {
	nodes []traces.Node  // by name
	pools map[string]int // by GPU model
	any   []int          // all pools
	gpus  int64          // thousandths
	pods  []pod
	frag  *placement.Fragmentation
}

// newPlacementCase gathers the nodes of every GPU model in a pool and has the
// pods ask for them.
func newPlacementCase(nodes []traces.Node, jobs []traces.Job) (*placementCase, error) {
	c := &placementCase{nodes: slices.Clone(nodes), pools: map[string]int{}}
	slices.SortStableFunc(c.nodes, func(a, b traces.Node) int { return cmp.Compare(a.Name, b.Name) })
	for _, n := range c.nodes {
		if _, ok := c.pools[n.Model]; !ok {
			c.any = append(c.any, len(c.pools))
			c.pools[n.Model] = len(c.pools)
		}
		c.gpus += int64(n.GPUs) * fleet.MilliPerGPU
	}
	asked := int64(0)
	var popularity placement.Popularity
	for i := range jobs {
		p := c.newPod(&jobs[i])
		c.pods = append(c.pods, p)
		popularity.Add(p.request, p.pools)
		asked += p.request.TotalMilli()
	}
	if c.gpus == 0 || asked == 0 {
		return nil, fmt.Errorf("%d nodes with %d GPUs and %d pods that ask for %d: want some of each", len(nodes), c.gpus/fleet.MilliPerGPU, len(jobs), asked/fleet.MilliPerGPU)
	}
	c.frag = placement.NewFragmentation(&popularity)
	return c, nil
}

func (c *placementCase) newPod(j *traces.Job) pod {
	p := pod{request: fleet.Request{Workers: int(j.Workers), GPUs: int(j.GPUs), Milli: int(j.GPUMilli), CPUMilli: j.CPUMilli, MemoryMiB: j.MemoryMiB}, pools: c.any}
	if len(j.GPUTypes) == 0 {
		return p
	}
	p.pools = nil
	for _, model := range j.GPUTypes {
		if i, ok := c.pools[model]; ok && !slices.Contains(p.pools, i) {
			p.pools = append(p.pools, i)
		}
	}
	slices.Sort(p.pools)
	return p
}

// fleet returns the empty fleet. Which of equally good nodes is taken follows an
// order of the nodes that is drawn for every seed: the published simulator puts
// a random number before every node's name, and takes the first by name.
func (c *placementCase) fleet(seed uint64) (*fleet.Fleet, error) {
	nodes := slices.Clone(c.nodes)
	shuffle(nodes, event.NewStream(seed, "order of nodes").Entity(0))
	pools := make([]fleet.PoolSpec, len(c.pools))
	for rank, n := range nodes {
		p := &pools[c.pools[n.Model]]
		p.Name = cmp.Or(n.Model, "CPU")
		p.Nodes = append(p.Nodes, fleet.NodeSpec{Count: 1, GPUs: n.GPUs, CPUMilli: n.CPUMilli, MemoryMiB: n.MemoryMiB})
		p.Ranks = append(p.Ranks, rank)
	}
	return fleet.New(pools...)
}

// shuffle puts a list in random order (Fisher and Yates).
func shuffle[T any](list []T, draws event.Rand) {
	for i := len(list) - 1; i > 0; i-- {
		k := draws.IntN(i + 1)
		list[i], list[k] = list[k], list[i]
	}
}

// policy returns a policy by its name in scenarios.
func (c *placementCase) policy(name string, seed uint64) (placement.Policy, error) {
	if name == "fgd" {
		return placement.NewFGD(c.frag), nil
	}
	return placement.Parse(name, seed)
}

// arrivals returns the pods in the order of a seed: shuffled, then more of them
// drawn with replacement until the next would ask for more than the last level,
// or, when they ask for more from the start, without random ones of them.
func (c *placementCase) arrivals(seed uint64) []pod {
	pods := slices.Clone(c.pods)
	shuffle(pods, event.NewStream(seed, "order of pods").Entity(0))
	draws := event.NewStream(seed, "further pods").Entity(0)
	asked, want := int64(0), c.gpus*arrivedLevels[len(arrivedLevels)-1]/100
	for _, p := range pods {
		asked += p.request.TotalMilli()
	}
	if asked > want {
		for asked > want {
			k := draws.IntN(len(pods))
			asked -= pods[k].request.TotalMilli()
			pods = slices.Delete(pods, k, k+1)
		}
		return pods
	}
	for {
		p := c.pods[draws.IntN(len(c.pods))]
		if asked += p.request.TotalMilli(); asked > want {
			return pods
		}
		pods = append(pods, p)
	}
}

// run fills the fleet under a policy. Nobody leaves; a pod that fits nowhere
// is passed over.
func (c *placementCase) run(ctx context.Context, policy string, seed uint64) (*filling, error) {
	f, err := c.fleet(seed)
	if err != nil {
		return nil, err
	}
	p, err := c.policy(policy, seed)
	if err != nil {
		return nil, err
	}
	placer := placement.New(f, p)
	out := &filling{}
	level, arrived, allocated := 0, int64(0), int64(0)
	for i, pod := range c.arrivals(seed) {
		if i%256 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		milli := pod.request.TotalMilli()
		for arrived += milli; level < len(arrivedLevels)-1 && arrived*100 > c.gpus*arrivedLevels[level]; level++ {
			c.look(out, level, f, allocated)
		}
		if pl, ok := placer.Place(pod.pools, pod.request); ok {
			f.Allocate(pl, pod.request)
			allocated += milli
		}
	}
	for ; level < len(arrivedLevels); level++ {
		c.look(out, level, f, allocated)
	}
	return out, nil
}

// look notes the state of the fleet at a level.
func (c *placementCase) look(out *filling, level int, f *fleet.Fleet, allocated int64) {
	fragmented := 0.0 // GPUs
	for i, pool := range f.Pools {
		for k := range pool.Nodes() {
			fragmented += c.frag.Node(i, pool.Node(k))
		}
	}
	gpus := float64(c.gpus) / fleet.MilliPerGPU
	out.allocated[level] = 100 * float64(allocated) / float64(c.gpus)
	out.fragmented[level] = 100 * fragmented / gpus
	if free := gpus - float64(allocated)/fleet.MilliPerGPU; free > 0 {
		out.ratio[level] = 100 * fragmented / free
	}
}
