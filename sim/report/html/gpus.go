package html

import (
	"cmp"
	"slices"
	"strings"

	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/report/chart"
)

// classes are the workload classes as charts show them, from the bottom of a
// stack.
var classes = []struct{ class, name, color string }{
	{"inference", "inference", "c-inference"},
	{"rl", "RL post-training", "c-rl"},
	{"training", "pre-training", "c-training"},
	{"jobs", "other jobs", "c-jobs"},
}

// className returns a class as people read it.
func className(class string) string {
	for _, c := range classes {
		if c.class == class {
			return c.name
		}
	}
	return "nobody"
}

// accountWords says what GPUs do in an account.
var accountWords = map[string]string{
	"absent": "not delivered yet", "down": "down", "idle.no_demand": "idle, no demand", "idle.fragmented": "idle, fragmented", "idle.reserved": "idle, reserved",
	"starting": "starting", "compute.prefill": "prefill", "compute.decode": "decode", "compute.rollout": "RL rollout",
	"compute.train": "training step", "compute.logprob": "log-probabilities", "compute.batch": "batch job",
	"stalled.empty": "stalled, no request", "stalled.host": "stalled, host", "stalled.comm": "stalled, communication",
	"stalled.bubble": "stalled, pipeline bubble", "stalled.tail": "stalled, rollout tail", "stalled.sync": "stalled, weight sync",
	"stalled.reward": "stalled, rewards", "stalled.tools": "stalled, tools", "stalled.staleness": "stalled, too far ahead",
	"stalled.samples": "stalled, no samples", "stalled.fault": "stalled, failure unnoticed",
	"checkpoint": "checkpoint", "lost": "lost work",
}

func accountName(account string) string { return cmp.Or(accountWords[account], account) }

// accountColor returns the CSS class of an account.
func accountColor(account string) string {
	return "k-" + strings.NewReplacer(".", "-", "_", "-").Replace(account)
}

// stackOrder is the accounts from the bottom of a stack: work, what is not
// quite work, then nothing.
var stackOrder = []ledger.Account{
	ledger.Train, ledger.Decode, ledger.Prefill, ledger.Rollout, ledger.LogProb, ledger.Batch,
	ledger.StalledComm, ledger.StalledHost, ledger.StalledBubble, ledger.StalledTail, ledger.StalledSync,
	ledger.StalledReward, ledger.StalledTools, ledger.StalledStaleness, ledger.StalledSamples, ledger.StalledFault, ledger.StalledEmpty,
	ledger.Starting, ledger.Checkpoint, ledger.Lost,
	ledger.IdleReserved, ledger.IdleFragmented, ledger.IdleNoDemand, ledger.Down, ledger.Absent,
}

func accountRank(name string) int {
	return slices.IndexFunc(stackOrder, func(a ledger.Account) bool { return a.String() == name })
}

func compareAccounts(a, b account) int {
	return cmp.Or(cmp.Compare(accountRank(a.name), accountRank(b.name)), cmp.Compare(a.class, b.class))
}

// utilization is the GPUs over time, by who held them and by what they did.
func (r *results) utilization() section {
	s := section{ID: "utilisation", Title: "Utilisation over time"}
	g := r.gpu
	if len(g.from) == 0 {
		return s
	}
	x, u := r.axis()
	stack := func(id, title, desc string, series []chart.Series) *chart.Plot {
		at, until, series := chart.Thin(g.from, g.to, series)
		for i := range series {
			series[i].Lo, series[i].Hi = nil, nil // a stack shows means, which keep the areas exact
		}
		return &chart.Plot{
			Frame: chart.Frame{ID: id, Title: title, Desc: desc}, X: x, Y: chart.Axis{Scale: chart.Scale{Hi: r.summary.value("fleet.gpus")}, Format: chart.Number},
			At: in(u, at), Until: in(u, until), Series: series, Stacked: true, Events: r.events(u), Unit: "GPUs",
		}
	}
	var held []chart.Series
	for _, c := range classes {
		held = append(held, chart.Series{Name: c.name, Color: c.color, Values: g.sum(func(a account) bool { return a.class == c.class })})
	}
	held = append(held,
		chart.Series{Name: "idle", Color: "c-idle", Values: g.sum(func(a account) bool { return a.class == "none" && a.name != "down" && a.name != "absent" })},
		chart.Series{Name: "down", Color: "c-down", Values: g.sum(func(a account) bool { return a.name == "down" })},
		chart.Series{Name: "not delivered yet", Color: "k-absent", Values: g.sum(func(a account) bool { return a.name == "absent" })})
	s.add(r.draw(stack("gpus-by-class", "Who held the GPUs", "GPUs by the class of workload that held them, means over every sample interval.", used(held))))
	var did []chart.Series
	for _, a := range stackOrder {
		name := a.String()
		did = append(did, chart.Series{Name: accountName(name), Color: accountColor(name), Values: g.sum(func(k account) bool { return k.name == name })})
	}
	s.add(r.draw(stack("gpus-by-account", "What the GPUs did", "GPUs by the account of the ledger they stood in: computing in cool colours, stalled in warm ones, idle in grey.", used(did))))
	if len(g.pools) > 1 {
		s.add(r.poolHeat(x, u).HTML())
	}
	for _, pool := range g.pools {
		s.add(r.nodeHeat(pool, x, u))
	}
	return s
}

// used leaves out series that are zero throughout.
func used(series []chart.Series) []chart.Series {
	return slices.DeleteFunc(series, func(s chart.Series) bool { return !anything(s.Values) })
}

// poolHeat is the share of each pool's GPUs that gangs held.
func (r *results) poolHeat(x chart.Axis, u chart.TimeUnit) *chart.Heat {
	var rows []chart.Series
	for _, name := range r.gpu.pools {
		p := r.gpu.byPool[name]
		row := chart.Series{Name: name, Values: make([]float64, len(p.all))}
		for i := range p.all {
			if p.all[i] > 0 {
				row.Values[i] = p.held[i] / p.all[i]
			}
		}
		rows = append(rows, row)
	}
	at, until, rows := chart.Thin(r.gpu.from, r.gpu.to, rows)
	return &chart.Heat{
		Frame: chart.Frame{ID: "pools", Title: "How full the pools were", Desc: "Share of each pool's GPUs that gangs held."},
		X:     x, At: in(u, at), Until: in(u, until), Rows: rows,
	}
}
