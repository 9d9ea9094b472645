package timeline

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/jevons-sim/jevons/sim/result"
)

// nodeTracks is the most tracks of nodes a pool gets.
const nodeTracks = 512

// pools writes the tracks of each pool: accounts, what broke, nodes.
func (w *writer) pools(fleet uint64) {
	r := w.recorder
	w.seriesOf(fleet, "", "jobs_waiting", "gangs_running", "requests_per_s")
	for _, pool := range r.pools() {
		track := w.track(fleet, "pool "+pool, false)
		w.accounts(track, pool)
		w.incidents(track, pool)
		w.nodes(track, pool)
	}
}

// pools returns the names of the pools, in the ledger's order.
func (r *Recorder) pools() []string {
	var pools []string
	for _, k := range r.accounts.order {
		if !slices.Contains(pools, k.pool) {
			pools = append(pools, k.pool)
		}
	}
	return pools
}

func (w *writer) accounts(parent uint64, pool string) {
	b := &w.recorder.accounts
	heading := w.track(parent, "GPUs by account", false)
	keys := slices.Clone(b.order)
	slices.SortStableFunc(keys, func(a, b accountKey) int {
		return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.account, b.account))
	})
	for _, k := range keys {
		if k.pool != pool {
			continue
		}
		track := w.track(heading, k.class+" "+k.account, true)
		b.mean(k, func(from int64, gpus float64) { w.counts = append(w.counts, count{from, track, gpus}) })
		w.counts = append(w.counts, count{b.ends[len(b.ends)-1], track, 0}) // the run is over
	}
}

func (w *writer) incidents(parent uint64, pool string) {
	track := uint64(0)
	for i := range w.recorder.incidents {
		x := &w.recorder.incidents[i]
		if x.Pool != pool {
			continue
		}
		if track == 0 {
			track = w.track(parent, "incidents", false)
		}
		w.instants = append(w.instants, slice{
			track: track, from: x.Time, category: "incident", name: x.Component + " " + x.Event,
			notes: []annotation{{name: "node_from", number: int64(x.NodeFrom)}, {name: "node_to", number: int64(x.NodeTo)}, {name: "gangs", number: int64(x.Gangs)}},
		})
	}
}

// nodes writes a track per node with what lies on it; where that is too much,
// for one node in two, four …
func (w *writer) nodes(parent uint64, pool string) {
	last := int32(-1)
	for i := range w.recorder.placements {
		if x := &w.recorder.placements[i]; x.Pool == pool {
			last = max(last, x.NodeTo)
		}
	}
	if last < 0 {
		return
	}
	load := make([]int, last+1) // placements by node
	for i := range w.recorder.placements {
		if x := &w.recorder.placements[i]; x.Pool == pool {
			for n := x.NodeFrom; n <= x.NodeTo; n++ {
				load[n]++
			}
		}
	}
	every := 1
	for tooMuch := true; tooMuch; {
		total, tracks := 0, 0
		for n := 0; n < len(load); n += every {
			total += load[n]
			tracks++
		}
		if tooMuch = (total > w.recorder.limits.OnNodes || tracks > nodeTracks) && every < len(load); tooMuch {
			every *= 2
		}
	}
	title := "nodes"
	if every > 1 {
		title = fmt.Sprintf("nodes, one in %d", every)
	}
	heading := w.track(parent, title, false)
	byNode := make(map[int32][]*result.PlacementRow)
	for i := range w.recorder.placements {
		x := &w.recorder.placements[i]
		for n := x.NodeFrom; n <= x.NodeTo && x.Pool == pool; n++ {
			if int(n)%every == 0 {
				byNode[n] = append(byNode[n], x)
			}
		}
	}
	for n := 0; n < len(load); n += every {
		w.node(heading, n, byNode[int32(n)])
	}
}

// node writes what lies on a node, on as many tracks as lie there at a time.
func (w *writer) node(heading uint64, n int, on []*result.PlacementRow) {
	lives := make([]life, len(on))
	for i, x := range on {
		lives[i] = life{id: int64(i), from: x.From, to: x.To}
	}
	lane, lanes := pack(lives)
	tracks := make([]uint64, lanes)
	for i := range tracks {
		name := fmt.Sprintf("node %05d", n)
		if i > 0 {
			name += fmt.Sprintf(" (%d)", i+1)
		}
		tracks[i] = w.track(heading, name, false)
	}
	for i, x := range on {
		s := slice{track: tracks[lane[int64(i)]], from: x.From, to: x.To, category: "node", name: x.Name}
		if x.Gang == 0 {
			s.category, s.name = "outage", x.Account
		}
		s.notes = []annotation{{name: "gpu_milli", number: x.GPUMilli / nodesOf(x)}, {name: "class", text: x.Class}}
		w.slices = append(w.slices, s)
	}
}
