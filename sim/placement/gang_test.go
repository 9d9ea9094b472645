package placement_test

import (
	"fmt"
	"math/bits"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/placement"
)

// tightestGroup looks at every group of neighbours: the first node of the one
// with room for a gang that has the fewest GPUs free, or −1.
func tightestGroup(p *fleet.Pool, r fleet.Request, size int) int {
	best, bestFree := -1, 0
	for lo := 0; lo < p.Nodes(); lo += size {
		room, free := 0, 0
		for i := lo; i < min(lo+size, p.Nodes()); i++ {
			whole := bits.OnesCount64(p.Node(i).Whole())
			room += whole / r.GPUs
			free += whole
		}
		if room >= r.Workers && (best < 0 || free < bestFree) {
			best, bestFree = lo, free
		}
	}
	return best
}

func TestGangsTakeTheTightestGroupUnderEveryPolicy(t *testing.T) {
	for _, name := range placement.Names() {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			f, err := fleet.New(fleet.PoolSpec{Name: "main", NodesPerDomain: 2, NodesPerRack: 4, Nodes: []fleet.NodeSpec{
				{Count: rapid.IntRange(1, 21).Draw(t, "nodes"), GPUs: 4},
			}})
			if err != nil {
				t.Fatal(err)
			}
			p := f.Pools[0]
			placer := placement.New(f, policyOf(t, name))
			type held struct {
				pl fleet.Placement
				r  fleet.Request
			}
			var all []held
			for range rapid.IntRange(1, 40).Draw(t, "steps") {
				if len(all) > 0 && rapid.IntRange(0, 2).Draw(t, "release") == 0 {
					i := rapid.IntRange(0, len(all)-1).Draw(t, "which")
					f.Release(all[i].pl, all[i].r)
					all = slices.Delete(all, i, i+1)
					continue
				}
				r := fleet.Request{Workers: rapid.IntRange(1, 6).Draw(t, "workers"), GPUs: rapid.IntRange(1, 4).Draw(t, "gpus")}
				free := p.FreeMilli()
				pl, ok := placer.Place([]int{0}, r)
				if p.FreeMilli() != free {
					t.Fatalf("looking for room changed the fleet: %d thousandths free, %d before", p.FreeMilli(), free)
				}
				if !ok {
					continue
				}
				if r.Workers*r.GPUs > 4 {
					for _, size := range []int{2, 4} {
						lo := tightestGroup(p, r, size)
						if lo < 0 {
							continue
						}
						if first, last := pl.Slots[0].Node, pl.Slots[r.Workers-1].Node; first < lo || last >= lo+size {
							t.Fatalf("%+v lies on nodes %d to %d, its group of %d starts at %d", r, first, last, size, lo)
						}
						break
					}
				}
				f.Allocate(pl, r) // panics if it is not free
				all = append(all, held{pl, r})
			}
		}))
	}
}

// BenchmarkGangTurnover shows the cost of one gang of whole nodes going and
// another coming, by the number of nodes, where domains hold 18 of them.
func BenchmarkGangTurnover(b *testing.B) {
	for _, nodes := range []int{100, 1213, 12_500} {
		b.Run(fmt.Sprintf("%d nodes", nodes), func(b *testing.B) {
			f := newFleet(b, fleet.PoolSpec{Name: "main", NodesPerDomain: 18, Nodes: []fleet.NodeSpec{{Count: nodes, GPUs: 8}}})
			placer := placement.New(f, placement.BestFit{})
			draws := event.NewStream(1, "turnover").Entity(0)
			var running []fleet.Placement
			r := fleet.Request{Workers: 4, GPUs: 8}
			for f.Pools[0].FreeGPUs() > nodes*8/5+4*8 {
				pl, ok := placer.Place([]int{0}, r)
				if !ok {
					b.Fatal("no room")
				}
				f.Allocate(pl, r)
				running = append(running, pl)
			}
			b.ReportAllocs()
			for b.Loop() {
				i := draws.IntN(len(running))
				f.Release(running[i], r)
				pl, ok := placer.Place([]int{0}, r)
				if !ok {
					b.Fatal("no room")
				}
				f.Allocate(pl, r)
				running[i] = pl
			}
		})
	}
}
