package traces

import (
	"container/heap"
	"fmt"
	"math"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
)

// Alignment says how a trace lies in a run. The zero value leaves it as it is.
type Alignment struct {
	From, To event.Time // window of the trace's own time; To 0 = to its end
	Start    event.Time // instant of the run at which the window begins
	// TimeScale multiplies spans between rows: 0.5 doubles the rate; 0 = 1.
	TimeScale float64
	// RateScale keeps a share of the rows (below 1) or repeats them (above 1,
	// copies coming a random while later); 0 = 1.
	RateScale float64
	// DurationScale multiplies the durations of jobs; 0 = 1.
	DurationScale float64
	// EstimateFactor makes the estimates of jobs so many times their durations; 0
	// = they stay as recorded.
	EstimateFactor float64
	Repeat         bool       // begin again when the window ends, until the horizon
	Horizon        event.Time // rows lie before it; 0 = no end
}

// normalize fills in defaults and checks the values.
func (a *Alignment) normalize() error {
	for _, s := range []struct {
		name  string
		value *float64
	}{{"time scale", &a.TimeScale}, {"rate scale", &a.RateScale}, {"duration scale", &a.DurationScale}} {
		switch {
		case *s.value == 0:
			*s.value = 1
		case !(*s.value > 0 && *s.value <= 1e9):
			return fmt.Errorf("trace: %s is %v, must be above 0 and at most 1e9", s.name, *s.value)
		}
	}
	if a.Horizon == 0 {
		a.Horizon = event.Forever
	}
	switch {
	case a.From < 0 || a.Start < 0 || a.Horizon < 0:
		return fmt.Errorf("trace: its window, start and horizon must not be negative")
	case a.To != 0 && a.To <= a.From:
		return fmt.Errorf("trace: its window ends at %v, must be after its begin at %v", a.To, a.From)
	case a.Repeat && a.Horizon == event.Forever:
		return fmt.Errorf("trace: it repeats without end, needs a horizon")
	}
	return nil
}

// AlignRequests lays a trace of requests onto a run. Open starts the trace from
// its beginning, once for every repetition. The name is that of the random
// stream that thins and multiplies; the draws belong to the rows, so that a
// higher rate scale keeps what a lower one kept.
func AlignRequests(open func() (RequestStream, error), a Alignment, seed uint64, name string) (RequestStream, error) {
	if err := a.normalize(); err != nil {
		return nil, err
	}
	return newAligner(a, seed, name, aligned[Request]{
		open: func() (rowStream[Request], error) { return open() },
		at:   func(r *Request) *event.Time { return &r.At },
		own:  func(r *Request) { r.Hashes = slices.Clone(r.Hashes) },
	})
}

// AlignJobs lays a trace of jobs onto a run, like AlignRequests.
func AlignJobs(open func() (JobStream, error), a Alignment, seed uint64, name string) (JobStream, error) {
	if err := a.normalize(); err != nil {
		return nil, err
	}
	return newAligner(a, seed, name, aligned[Job]{
		open: func() (rowStream[Job], error) { return open() },
		at:   func(j *Job) *event.Time { return &j.At },
		own:  func(*Job) {},
		adapt: func(j *Job) {
			j.Duration = stretch(j.Duration, a.DurationScale)
			j.Estimate = stretch(j.Estimate, a.DurationScale)
			if a.EstimateFactor > 0 {
				j.Estimate = stretch(j.Duration, a.EstimateFactor)
			}
		},
	})
}

// stretch multiplies a span, at most to the end of the clock.
func stretch(t event.Time, by float64) event.Time {
	if by == 1 {
		return t
	}
	x := math.Round(float64(t) * by)
	if x >= math.MaxInt64 {
		return event.Forever
	}
	return event.Time(x)
}

// rowStream is a stream of either kind of row.
type rowStream[T any] interface {
	Next(*T) (bool, error)
}

// aligned is what the aligner knows of a kind of row.
type aligned[T any] struct {
	open  func() (rowStream[T], error)
	at    func(*T) *event.Time
	own   func(*T) // detaches a row from its stream's memory
	adapt func(*T) // nil = nothing to do
}

// aligner is an aligned trace.
type aligner[T any] struct {
	Alignment
	aligned[T]
	draws event.Stream

	stream rowStream[T] // nil once over
	offset event.Time   // of the repetition in the run
	row    T            // next of the stream, already aligned
	have   bool         // row holds one
	copies copyHeap[T]
	index  uint64 // rows of the window so far, over all repetitions

	rows        int64      // of the window in this repetition
	first, last event.Time // of these rows, in the trace's time
}

func newAligner[T any](a Alignment, seed uint64, name string, of aligned[T]) (*aligner[T], error) {
	stream, err := of.open()
	if err != nil {
		return nil, err
	}
	return &aligner[T]{
		Alignment: a, aligned: of, draws: event.NewStream(seed, name+"/rate-scale"),
		stream: stream, offset: a.Start,
	}, nil
}

// Next implements RequestStream and JobStream.
func (a *aligner[T]) Next(out *T) (bool, error) {
	for !a.have && a.stream != nil {
		if err := a.read(); err != nil {
			return false, err
		}
	}
	switch {
	case a.have && (len(a.copies) == 0 || *a.at(&a.row) <= a.copies[0].at):
		*out, a.have = a.row, false
	case len(a.copies) > 0:
		*out = heap.Pop(&a.copies).(*copied[T]).row
	default:
		return false, nil
	}
	if *a.at(out) >= a.Horizon {
		a.copies, a.have = nil, false
		return false, a.Close()
	}
	return true, nil
}

// read takes one row from the stream.
func (a *aligner[T]) read() error {
	ok, err := a.stream.Next(&a.row)
	if err != nil {
		a.stream = nil
		return err
	}
	t := a.at(&a.row)
	switch {
	case !ok || (a.To > 0 && *t >= a.To):
		return a.turn()
	case *t < a.From:
		return nil
	}
	if a.rows == 0 {
		a.first = *t
	}
	a.rows, a.last = a.rows+1, *t
	a.index++
	span := stretch(*t-a.From, a.TimeScale)
	if span >= a.Horizon-min(a.offset, a.Horizon) {
		return a.Close()
	}
	*t = a.offset + span
	if a.adapt != nil {
		a.adapt(&a.row)
	}
	a.multiply()
	return nil
}

// multiply decides how often the row comes and puts its copies aside.
func (a *aligner[T]) multiply() {
	if a.RateScale == 1 {
		a.have = true
		return
	}
	r := a.draws.Entity(a.index)
	whole := math.Floor(a.RateScale)
	n := int(whole)
	if r.Float64() < a.RateScale-whole {
		n++
	}
	a.have = n > 0
	for i := 1; i < n; i++ {
		c := &copied[T]{at: *a.at(&a.row) + stretch(event.FromSeconds(r.Exp()*a.meanGap()), a.TimeScale), rank: a.index, row: a.row}
		if c.at < a.Horizon {
			*a.at(&c.row) = c.at
			a.own(&c.row)
			heap.Push(&a.copies, c)
		}
	}
}

// meanGap is the mean span between the rows of the window so far, in seconds of
// the trace's time.
func (a *aligner[T]) meanGap() float64 {
	return (a.last - a.first).Seconds() / float64(max(1, a.rows-1))
}

// turn ends a repetition and begins the next one, if there is one.
func (a *aligner[T]) turn() error {
	if err := a.Close(); err != nil {
		return err
	}
	period := a.To - a.From
	if a.To == 0 {
		period = a.last - a.From + event.FromSeconds(a.meanGap())
	}
	period = stretch(period, a.TimeScale)
	if !a.Repeat || a.rows == 0 || period <= 0 || period >= a.Horizon-a.offset {
		return nil
	}
	stream, err := a.open()
	if err != nil {
		return err
	}
	a.stream, a.rows = stream, 0
	a.offset += period
	return nil
}

// Close closes the stream. Rows put aside still come.
func (a *aligner[T]) Close() error {
	stream := a.stream
	a.stream = nil
	if stream == nil {
		return nil
	}
	return Close(stream)
}

// copied is a row that comes again.
type copied[T any] struct {
	at   event.Time
	rank uint64 // of the original
	row  T
}

// copyHeap orders copies by time, then by their originals.
type copyHeap[T any] []*copied[T]

func (h copyHeap[T]) Len() int { return len(h) }
func (h copyHeap[T]) Less(i, j int) bool {
	return h[i].at < h[j].at || (h[i].at == h[j].at && h[i].rank < h[j].rank)
}
func (h copyHeap[T]) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *copyHeap[T]) Push(x any) { *h = append(*h, x.(*copied[T])) }

// Pop implements heap.Interface.
func (h *copyHeap[T]) Pop() any {
	old := *h
	c := old[len(old)-1]
	*h = old[:len(old)-1]
	return c
}
