package html

import (
	"fmt"
	"html/template"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/report/chart"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/scenario"
)

// The fleet's heat map has at most so many rows, of one node or several
// neighbours, and so many columns.
const (
	nodeRows = 64
	nodeBins = 120
)

// nodeTime is milli-GPU-seconds of a pool's nodes by row and column.
type nodeTime struct {
	nodes      int
	per        int         // nodes of a row
	held, down [][]float64 // by row and column
	bin        float64     // seconds
}

// readNodes reads who held what of which node, nil where nobody wrote it down.
func readNodes(dir string, doc *scenario.Document) (map[string]*nodeTime, error) {
	nodes := map[string]int{}
	err := eachRow(dir, "placements.parquet", func(r *result.PlacementRow) {
		nodes[r.Pool] = max(nodes[r.Pool], int(r.NodeTo)+1)
	})
	if err != nil {
		return nil, err
	}
	for i := range doc.Fleet.Pools {
		p := &doc.Fleet.Pools[i]
		if n, there := nodes[p.Name]; there {
			nodes[p.Name] = max(n, p.Nodes)
		}
	}
	pools := map[string]*nodeTime{}
	for name, n := range nodes {
		pools[name] = newNodeTime(n, doc.Horizon)
	}
	return pools, eachRow(dir, "placements.parquet", func(r *result.PlacementRow) { pools[r.Pool].add(r) })
}

func newNodeTime(nodes int, horizon event.Time) *nodeTime {
	t := &nodeTime{nodes: nodes, per: (nodes + nodeRows - 1) / nodeRows, bin: horizon.Seconds() / nodeBins}
	for range (nodes + t.per - 1) / t.per {
		t.held, t.down = append(t.held, make([]float64, nodeBins)), append(t.down, make([]float64, nodeBins))
	}
	return t
}

// add spreads a placement over rows and columns.
func (t *nodeTime) add(r *result.PlacementRow) {
	into := t.held
	switch {
	case r.Gang != 0:
	case r.Account == "down":
		into = t.down
	default:
		return
	}
	from, to := float64(r.From)/1e9, float64(r.To)/1e9
	each := float64(r.GPUMilli) / float64(r.NodeTo-r.NodeFrom+1)
	for row := int(r.NodeFrom) / t.per; row <= int(r.NodeTo)/t.per; row++ {
		first, last := max(row*t.per, int(r.NodeFrom)), min((row+1)*t.per-1, int(r.NodeTo))
		milli := each * float64(last-first+1)
		for b := min(int(from/t.bin), nodeBins-1); b < nodeBins && float64(b)*t.bin < to; b++ {
			into[row][b] += milli * (min(to, float64(b+1)*t.bin) - max(from, float64(b)*t.bin))
		}
	}
}

// nodeHeat is the share of each node's GPUs that gangs held, and that were
// down.
func (r *results) nodeHeat(pool string, x chart.Axis, u chart.TimeUnit) template.HTML {
	t := r.nodes[pool]
	if t == nil || t.nodes < 2 {
		return ""
	}
	all := r.gpusOfPool(pool) / float64(t.nodes) * 1000 // milli-GPUs of a node
	h := chart.Heat{
		Frame: chart.Frame{ID: "nodes-" + pool, Title: "Nodes of pool " + pool, Desc: "Share of each node's GPUs that gangs held"},
		X:     x, BadName: "down",
	}
	if t.per > 1 {
		h.Desc = fmt.Sprintf("Share of the GPUs of every %d neighbouring nodes that gangs held", t.per)
	}
	if slices.ContainsFunc(t.down, anything) {
		h.Desc += ", and in red the share that was down"
	}
	h.Desc += "."
	for b := range nodeBins {
		h.At = append(h.At, float64(b)*t.bin/u.Seconds)
		h.Until = append(h.Until, float64(b+1)*t.bin/u.Seconds)
	}
	for row := range t.held {
		first, last := row*t.per, min((row+1)*t.per, t.nodes)-1
		label, name := fmt.Sprint(first), fmt.Sprintf("node %d", first)
		if last > first {
			label = fmt.Sprintf("%d–%d", first, last)
			name = "nodes " + label
		}
		h.Labels = append(h.Labels, label)
		share := func(v []float64) []float64 {
			out := make([]float64, len(v))
			for i := range v {
				out[i] = min(v[i]/(all*float64(last-first+1)*t.bin), 1)
			}
			return out
		}
		h.Rows = append(h.Rows, chart.Series{Name: name, Values: share(t.held[row])})
		h.Bad = append(h.Bad, share(t.down[row]))
	}
	return h.HTML()
}

// gpusOfPool returns the GPUs of a pool, as its ledger has them.
func (r *results) gpusOfPool(pool string) float64 {
	p := r.gpu.byPool[pool]
	if p == nil || len(p.all) == 0 {
		return 0
	}
	most := 0.0
	for _, v := range p.all {
		most = max(most, v)
	}
	return most
}
