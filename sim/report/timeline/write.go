package timeline

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/jevons-sim/jevons/sim/result"
)

// Name is the file of a trace in a results directory.
const Name = "timeline.perfetto-trace"

// About is what a trace says of its run.
type About struct{ RunID, Scenario, Version string }

// slice is a slice to be written.
type slice struct {
	track          uint64
	depth          int8
	from, to       int64
	category, name string
	notes          []annotation
}

// writer lays out tracks and collects events, which a trace has in order of
// time.
type writer struct {
	*encoder
	recorder *Recorder
	slices   []slice
	instants []slice // of no length
	counts   []count
	jobs     map[int64]uint64 // the track of a gang
}

type count struct {
	at    int64
	track uint64
	v     float64
}

// Write writes the trace. The recorder is used up.
func (r *Recorder) Write(out io.Writer, about About) error {
	r.thinPlacements()
	w := &writer{
		encoder:  newEncoder(func(b []byte) error { _, err := out.Write(b); return err }),
		recorder: r, jobs: map[int64]uint64{},
	}
	fleet := w.track(0, "fleet", false)
	w.about(fleet, about)
	w.pools(fleet)
	w.gangs()
	w.demand()
	w.emitAll()
	if err := w.flush(); err != nil {
		return fmt.Errorf("writing the timeline: %w", err)
	}
	return nil
}

// WriteFile writes the trace into a new file.
func (r *Recorder) WriteFile(path string, about About) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("writing the timeline: %w", err)
	}
	return errors.Join(r.Write(f, about), f.Sync(), f.Close())
}

// about writes what the trace is of, and what it leaves out.
func (w *writer) about(track uint64, a About) {
	r := w.recorder
	notes := []annotation{{name: "run_id", text: a.RunID}, {name: "scenario", text: a.Scenario}, {name: "version", text: a.Version}}
	if r.dropped > 0 {
		notes = append(notes, annotation{name: "placements_left_out", number: int64(r.dropped)})
		for _, class := range slices.Sorted(keysOf(r.leftOut)) {
			notes = append(notes, annotation{name: "left_out_gpu_s_" + class, text: r.leftOut[class].String()})
		}
	}
	for _, thinned := range []struct {
		name  string
		every int
	}{{"phases_one_in", r.phaseEvery}, {"samples_one_in", r.series.every}, {"replica_samples_one_in", r.replicas.every}, {"incidents_one_in", r.missEvery}} {
		if thinned.every > 1 {
			notes = append(notes, annotation{name: thinned.name, number: int64(thinned.every)})
		}
	}
	w.instants = append(w.instants, slice{track: track, category: "run", name: "run", notes: notes})
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// emitAll writes all events in order of time: ends before begins, inner slices
// first to end and last to begin.
func (w *writer) emitAll() {
	type mark struct {
		at   int64
		kind int8 // of events at one instant: ends, begins, instants, counts
		rank int8
		i    int32
	}
	marks := make([]mark, 0, 2*len(w.slices)+len(w.instants)+len(w.counts))
	for i := range w.slices {
		s := &w.slices[i]
		marks = append(marks, mark{s.to, 0, -s.depth, int32(i)}, mark{s.from, 1, s.depth, int32(i)})
	}
	for i := range w.instants {
		marks = append(marks, mark{w.instants[i].from, 2, 0, int32(i)})
	}
	for i := range w.counts {
		marks = append(marks, mark{w.counts[i].at, 3, 0, int32(i)})
	}
	slices.SortFunc(marks, func(a, b mark) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.kind, b.kind), cmp.Compare(a.rank, b.rank), cmp.Compare(a.i, b.i))
	})
	for _, m := range marks {
		switch m.kind {
		case 0:
			w.end(m.at, w.slices[m.i].track)
		case 1:
			s := &w.slices[m.i]
			w.begin(m.at, s.track, s.category, s.name, s.notes...)
		case 2:
			s := &w.instants[m.i]
			w.instant(m.at, s.track, s.category, s.name, s.notes...)
		default:
			w.count(m.at, w.counts[m.i].track, w.counts[m.i].v)
		}
	}
}

// counter writes a counter with its points.
func (w *writer) counter(parent uint64, name string, points []point) {
	track := w.track(parent, name, true)
	for _, p := range points {
		w.counts = append(w.counts, count{p.at, track, p.v})
	}
}

// seriesOf writes the series of a label that are not of the fleet.
func (w *writer) seriesOf(parent uint64, label string, metrics ...string) {
	for _, m := range metrics {
		if points := w.recorder.series.points[seriesKey{m, label}]; points != nil {
			w.counter(parent, m, points)
		}
	}
}

// demand writes what prices do to demand.
func (w *writer) demand() {
	parent := uint64(0)
	for _, k := range w.recorder.series.order {
		if !slices.Contains([]string{"demand_desired", "demand_arriving", "price_ratio"}, k.metric) {
			continue
		}
		if parent == 0 {
			parent = w.track(0, "demand", false)
		}
		w.counter(parent, k.label+" "+k.metric, w.recorder.series.points[k])
	}
}

// nodesOf returns how many nodes a placement lies on.
func nodesOf(x *result.PlacementRow) int64 { return int64(x.NodeTo-x.NodeFrom) + 1 }
