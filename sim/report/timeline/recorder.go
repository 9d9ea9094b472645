package timeline

import (
	"cmp"
	"slices"

	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
)

// Limits is how much a trace holds at most.
type Limits struct {
	Placements int // on the tracks of jobs and replicas
	Phases     int
	OnNodes    int // placements on the tracks of nodes
	Samples    int // of the counters of series and of replicas, each
	Balances   int // of accounts
	Incidents  int
}

// DefaultLimits keeps traces below some fifty megabytes.
var DefaultLimits = Limits{Placements: 100_000, Phases: 250_000, OnNodes: 250_000, Samples: 200_000, Balances: 200_000, Incidents: 50_000}

// Recorder keeps what a timeline shows, within limits, and hands all rows on.
type Recorder struct {
	result.Recorder
	limits Limits

	placements []result.PlacementRow
	leftOut    map[string]ledger.Amount // by class
	dropped    int
	phases     []phase
	counted    map[int64]int // phases of a gang so far
	phaseEvery int
	incidents  []result.IncidentRow
	misses     int // incidents so far, of which every missEvery-th is kept
	missEvery  int
	series     samples[seriesKey]
	replicas   samples[replicaKey]
	accounts   balances
}

type phase struct {
	result.Phase
	index int // among its gang's
}

type seriesKey struct{ metric, label string }

type replicaKey struct {
	deployment string
	gang       int64
	what       string
}

var _ result.Tracer = (*Recorder)(nil)

// NewRecorder returns a recorder that hands rows on to another.
func NewRecorder(next result.Recorder, l Limits) *Recorder {
	return &Recorder{
		Recorder: next, limits: l, leftOut: map[string]ledger.Amount{}, counted: map[int64]int{}, phaseEvery: 1, missEvery: 1,
		series: newSamples[seriesKey](l.Samples), replicas: newSamples[replicaKey](l.Samples), accounts: balances{limit: l.Balances, every: 1},
	}
}

// Placement implements result.Recorder.
func (r *Recorder) Placement(x *result.PlacementRow) error {
	r.placements = append(r.placements, *x)
	if len(r.placements) > 2*r.limits.Placements {
		r.thinPlacements()
	}
	return r.Recorder.Placement(x)
}

func gpuTime(x *result.PlacementRow) ledger.Amount { return duration(x.GPUMilli, x.From, x.To) }

// thinPlacements keeps those with the most GPU time.
func (r *Recorder) thinPlacements() {
	if len(r.placements) <= r.limits.Placements {
		return
	}
	slices.SortStableFunc(r.placements, func(a, b result.PlacementRow) int { return gpuTime(&b).Sub(gpuTime(&a)).Sign() })
	for i := range r.placements[r.limits.Placements:] {
		x := &r.placements[r.limits.Placements+i]
		r.leftOut[x.Class] = r.leftOut[x.Class].Add(gpuTime(x))
		r.dropped++
	}
	r.placements = r.placements[:r.limits.Placements]
	slices.SortStableFunc(r.placements, func(a, b result.PlacementRow) int {
		return cmp.Or(cmp.Compare(a.To, b.To), cmp.Compare(a.Gang, b.Gang), cmp.Compare(a.NodeFrom, b.NodeFrom))
	})
}

// Incident implements result.Recorder.
func (r *Recorder) Incident(x *result.IncidentRow) error {
	if r.misses++; r.misses%r.missEvery == 0 {
		r.incidents = append(r.incidents, *x)
	}
	if len(r.incidents) > r.limits.Incidents {
		r.missEvery *= 2
		r.incidents = everySecond(r.incidents)
	}
	return r.Recorder.Incident(x)
}

// Series implements result.Recorder.
func (r *Recorder) Series(x *result.SeriesRow) error {
	r.series.add(x.Time, seriesKey{x.Metric, x.Label}, x.Value)
	return r.Recorder.Series(x)
}

// Ledger implements result.Recorder.
func (r *Recorder) Ledger(x *result.LedgerRow) error {
	r.accounts.add(x)
	return r.Recorder.Ledger(x)
}

// Replica implements result.Tracer.
func (r *Recorder) Replica(x *result.ReplicaState) error {
	key := replicaKey{x.Deployment, x.Gang, "requests in the batch"}
	r.replicas.add(x.Time, key, float64(x.Running))
	key.what = "requests in its queue"
	r.replicas.add(x.Time, key, float64(x.Waiting))
	key.what = "KV tokens"
	r.replicas.add(x.Time, key, float64(x.KVTokens))
	return nil
}

// Phase implements result.Tracer.
func (r *Recorder) Phase(x *result.Phase) error {
	n := r.counted[x.Gang]
	r.counted[x.Gang]++
	if n%r.phaseEvery == 0 {
		r.phases = append(r.phases, phase{*x, n})
	}
	if len(r.phases) > r.limits.Phases {
		r.phaseEvery *= 2
		r.phases = slices.DeleteFunc(r.phases, func(p phase) bool { return p.index%r.phaseEvery != 0 })
		if len(r.phases) > r.limits.Phases/2 && r.phaseEvery > 1<<20 { // more gangs than phases
			r.phases = everySecond(r.phases)
		}
	}
	return nil
}

// everySecond keeps the second of every pair.
func everySecond[T any](s []T) []T {
	kept := s[:0]
	for i := 1; i < len(s); i += 2 {
		kept = append(kept, s[i])
	}
	return kept
}
