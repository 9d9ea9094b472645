package serving

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/perf"
)

// experiment is a random deployment under a random load, with replicas that
// come and go, cancellations and reads in between: everything that could make
// macro-steps go wrong.
type experiment struct {
	seed      uint64
	cfg       Config
	router    string
	routing   Routing
	admission *Gate // nil = everything is admitted
	replicas  int   // at the start
	limit     int   // of held requests
	requests  []Request
	turns     []int        // how often a completed request comes back at once
	chained   []int        // request to cancel on hearing of this one's end; −1 = none
	cancels   []event.Time // by request; 0 = never
	expires   []event.Time
	probes    []event.Time // when everything is read
	commands  []command
	horizon   event.Time
	// grid is what all steps and all times of events are multiples of: with a
	// coarse one, boundaries of several replicas, arrivals and commands keep
	// falling on the same instants.
	grid event.Time
	cost *perf.Serving // that the step table is of; nil = the table is random
	// watch, if not nil, is called after every event and at the horizon.
	watch func(t *trial, now event.Time)
}

// command changes the set of replicas.
type command struct {
	at    event.Time
	class event.Class
	what  event.Kind // addReplica, drainReplica or stopReplica
}

// Event kinds of a trial.
const (
	arrive event.Kind = iota
	cancelIt
	expireIt
	probe
	addReplica
	drainReplica
	stopReplica
)

// randomTable returns a step table with memory- and compute-bound regions, in
// which every step takes at least a nanosecond.
func randomTable(r *event.Rand, maxTokens int) *perf.StepTable {
	unit := func(lo, hi int) int64 { return int64(lo + r.IntN(hi-lo+1)) }
	t := &perf.StepTable{
		Host: unit(1, 64) << perf.TableShift, Sequence: unit(0, 1) * unit(0, 1<<18), DecodePair: unit(0, 3000), PrefillPair: unit(0, 3000), KVRead: unit(0, 3000),
		TokenFLOPs: 1, PairFLOPs: 1, KVBytes: 1,
	}
	perToken, weights, comm := unit(0, 1<<20), unit(0, 1<<24), unit(0, 1<<18)
	for n := range int64(maxTokens + 1) {
		t.Matrix = append(t.Matrix, max(perToken*n, weights+n*n))
		t.Comm = append(t.Comm, comm*n)
		t.WeightBytes = append(t.WeightBytes, float64(100+n))
	}
	return t
}

// newExperiment draws experiment i.
func newExperiment(i uint64) experiment {
	rand := event.NewStream(1, "differential").Entity(i)
	r := &rand
	pick := func(v ...int) int { return v[r.IntN(len(v))] }
	x := experiment{seed: i, replicas: 1 + r.IntN(3), limit: pick(0, 0, 20), router: RouterNames()[r.IntN(len(RouterNames()))]}
	seqs := pick(1, 2, 5, 16, 64)
	tokens := seqs + pick(0, 1, 7, 50, 500)
	x.cfg = Config{
		Table: randomTable(r, tokens), MaxSeqs: seqs, MaxTokens: tokens,
		BlockSize: pick(1, 3, 16), Blocks: pick(4, 20, 100, 1000),
		Queue: Discipline(r.IntN(4)), MaxWaiting: pick(0, 0, 0, 5),
	}
	x.grid = 1
	x.drawFeatures(i)
	if r.IntN(3) == 0 {
		x.grid = event.Time(x.cfg.Table.Host >> perf.TableShift)
		t := &perf.StepTable{Host: x.cfg.Table.Host, TokenFLOPs: 1, PairFLOPs: 1, KVBytes: 1, WeightBytes: x.cfg.Table.WeightBytes}
		for range x.cfg.Table.Matrix {
			t.Matrix, t.Comm = append(t.Matrix, 0), append(t.Comm, 0)
		}
		x.cfg.Table = t
		if s := x.cfg.Speculation; s != nil && s.Draft != nil {
			s.Draft = t
			s.Sample = 0
		}
		x.cfg.HostMove = min(x.cfg.HostMove, 1) * t.Host
	}
	if rand := event.NewStream(1, "cost model").Entity(i); x.grid == 1 && rand.IntN(3) == 0 {
		x.costModel(&rand)
	}
	if rand := event.NewStream(1, "first use").Entity(i); x.grid == 1 && rand.IntN(3) == 0 {
		x.cfg.Table.FirstUse = int64(1+rand.IntN(200)) << perf.TableShift
	}
	x.drawLocalLayers(i)
	step := event.Time(1 + (x.cfg.Table.Host+x.cfg.Table.Matrix[1])>>perf.TableShift)
	longest := pick(5, 60, 400)
	last := x.drawRequests(r, step, longest)
	x.drawContents(i, longest)
	x.drawRouting(step)
	x.horizon = last + step*event.Time(longest*(4+r.IntN(40)))
	for range r.IntN(30) {
		x.probes = append(x.probes, event.Time(r.Float64()*float64(x.horizon)))
	}
	if r.IntN(3) == 0 {
		for range 1 + r.IntN(4) {
			at := event.Time(r.Float64() * float64(last+10*step))
			class := []event.Class{event.ClassFault, event.ClassTimer, event.ClassSchedule}[r.IntN(3)]
			x.commands = append(x.commands, command{at / x.grid * x.grid, class, addReplica + event.Kind(r.IntN(3))})
		}
	}
	return x
}

// drawRequests draws the requests and what happens to them, and returns the
// last arrival.
func (x *experiment) drawRequests(r *event.Rand, step event.Time, longest int) event.Time {
	gap := float64(step) * []float64{0, 0.5, 5, 50}[r.IntN(4)]
	sometimes := func(odds int, scale event.Time) event.Time {
		if r.IntN(odds) > 0 {
			return 0
		}
		return (event.Time(r.Exp()*float64(scale))/x.grid + 1) * x.grid
	}
	now := event.Time(0)
	for i := range 5 + r.IntN(80) {
		if r.IntN(3) > 0 { // bursts at equal times
			now += event.Time(r.Exp()*gap) / x.grid * x.grid
		}
		x.requests = append(x.requests, Request{
			ID: uint64(i), Tag: int64(i), Arrive: now, Prompt: int32(1 + r.IntN(longest)), Output: int32(1 + r.IntN(longest)), Priority: int32(r.IntN(3)),
		})
		x.turns = append(x.turns, max(0, r.IntN(6)-3))
		x.chained = append(x.chained, -1)
		if r.IntN(6) == 0 {
			x.chained[i] = r.IntN(i + 1)
		}
		x.cancels = append(x.cancels, sometimes(5, 20*step))
		x.expires = append(x.expires, sometimes(5, 5*step))
	}
	return now
}

// drawFeatures draws what engines may do otherwise than by default.
func (x *experiment) drawFeatures(i uint64) {
	rand := event.NewStream(1, "features").Entity(i)
	r := &rand
	if r.IntN(3) == 0 {
		x.cfg.Admission = Guaranteed
		x.cfg.MaxOutput = r.IntN(2) * r.IntN(100)
	}
	if r.IntN(2) == 0 {
		x.cfg.HostBlocks = 1 + r.IntN(2*x.cfg.Blocks)
		x.cfg.HostMove = int64(r.IntN(3)) * int64(r.IntN(1<<20))
		x.cfg.Preemption = Preemption(r.IntN(2))
		x.cfg.HostOverlap = r.IntN(3) == 0
	}
	if r.IntN(3) == 0 {
		x.speculate(r)
	}
}

// speculate draws a draft and how well it does, and makes steps longer for it.
func (x *experiment) speculate(r *event.Rand) {
	k := 1 + r.IntN(5)
	x.cfg.MaxTokens += k * x.cfg.MaxSeqs
	x.cfg.Table = randomTable(r, x.cfg.MaxTokens)
	accept := []float64{r.Float64()}
	if r.IntN(2) == 0 {
		for range k - 1 {
			accept = append(accept, float64(r.IntN(5))/4)
		}
	}
	var draft *perf.StepTable
	if r.IntN(4) > 0 {
		draft = randomTable(r, x.cfg.MaxTokens)
	}
	s, err := NewSpeculation(Proposals{k, accept, draft, int64(r.IntN(2) * r.IntN(1<<18)), event.NewStream(x.seed, "speculation")})
	if err != nil {
		panic(err)
	}
	x.cfg.Speculation = s
}

// drawContents draws what the prompts begin with, from so few streams that many
// begin alike.
func (x *experiment) drawContents(i uint64, longest int) {
	rand := event.NewStream(1, "contents").Entity(i)
	r := &rand
	x.cfg.PrefixCache = r.IntN(3) > 0
	x.cfg.ScheduleAhead = r.IntN(2) > 0
	lengths := []int{1, x.cfg.BlockSize, 2*x.cfg.BlockSize + 1, 1 + longest/2}
	streams := 1 + r.IntN(4)
	for j := range x.requests {
		c := &x.requests[j].Content
		for range r.IntN(4) {
			c.Segments = append(c.Segments, Segment{Key: uint64(1 + r.IntN(streams)), Tokens: int32(lengths[r.IntN(len(lengths))])})
		}
		c.Tail = uint64(r.IntN(streams + 1))
	}
}

// drawRouting draws what the router knows, and how old that may be.
func (x *experiment) drawRouting(step event.Time) {
	rand := event.NewStream(1, "routing").Entity(x.seed)
	x.routing = Routing{
		Draws: event.NewStream(x.seed, "router"), Refresh: event.Time(1+rand.IntN(3)) * 4 * step, Imbalance: rand.IntN(4),
		Weights: Weights{Queue: float64(rand.IntN(3)), KV: float64(rand.IntN(3)), Prefix: float64(rand.IntN(3))},
	}
	if rand.IntN(5) == 0 {
		x.admission = &Gate{
			Order: Discipline(rand.IntN(4)), Fair: &FairShare{Weights: []float64{1, 3}}, Concurrency: rand.IntN(2) * (1 + rand.IntN(x.cfg.MaxSeqs+3)),
			MaxWaiting: rand.IntN(2) * 10, TTFT: event.Time(rand.IntN(2)*(5+rand.IntN(100))) * step, Displace: rand.IntN(2) == 0,
		}
		if rand.IntN(2) == 0 {
			x.admission.Rules = []ShedRule{{Class: -1, Below: 1, Waiting: 5}}
		}
	}
	for j := range x.requests {
		x.requests[j].Tenant = int32(rand.IntN(4))
		x.requests[j].Expected = int32(rand.IntN(30))
		x.requests[j].Session = x.requests[j].Content.Tail
	}
}

// calm removes all that keeps requests from completing, or their work from
// being useful.
func (x *experiment) calm() {
	clear(x.cancels)
	clear(x.expires)
	for i := range x.chained {
		x.chained[i] = -1
	}
	x.commands, x.cfg.MaxWaiting, x.limit, x.admission = nil, 0, 0, nil
	x.horizon = 1 << 50
}
