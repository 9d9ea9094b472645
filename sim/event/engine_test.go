package event

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// recorder writes down what fires.
type recorder struct{ fired []Event }

func (r *recorder) Handle(_ *Engine, ev Event) { r.fired = append(r.fired, ev) }

func args(events []Event) []int64 {
	var out []int64
	for _, e := range events {
		out = append(out, e.Arg)
	}
	return out
}

func TestEventsFireByTimeThenClassThenSequence(t *testing.T) {
	var e Engine
	var r recorder
	e.At(2, ClassEnd, &r, 0, 5)
	e.At(1, ClassSample, &r, 0, 4)
	e.At(1, ClassArrival, &r, 0, 2)
	e.At(1, ClassArrival, &r, 0, 3)
	e.At(1, ClassEnd, &r, 0, 1)
	e.RunUntil(10, nil)
	if got := args(r.fired); !slices.Equal(got, []int64{1, 2, 3, 4, 5}) {
		t.Errorf("fired %v", got)
	}
	if e.Now() != 10 {
		t.Errorf("the clock stands at %v, want 10", e.Now())
	}
}

func TestATimerKeepsItsRankHoweverOftenItIsArmed(t *testing.T) {
	var e Engine
	var r recorder
	early := e.NewTimer(&r, 0, 1)
	late := e.NewTimer(&r, 0, 2)
	e.Arm(late, 5, ClassEnd)
	for at := range Time(4) { // armed last, but made first
		e.Arm(early, at+2, ClassEnd)
	}
	e.RunUntil(9, nil)
	if got := args(r.fired); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("fired %v, want the timer that was made first to go first", got)
	}
	if _, armed := e.Armed(early); armed {
		t.Error("a timer is still armed after it has fired")
	}
}

func TestAStaleIDDoesNothing(t *testing.T) {
	var e Engine
	var r recorder
	id := e.At(1, ClassEnd, &r, 0, 1)
	e.RunUntil(1, nil)
	again := e.At(2, ClassEnd, &r, 0, 2) // takes the same slot
	if e.Cancel(id) || e.Reschedule(id, 5) || e.Cancel(ID{}) {
		t.Error("a stale or zero ID changed the queue")
	}
	if !e.Cancel(again) || e.Pending() != 0 {
		t.Error("the live ID was not cancelled")
	}
}

func TestSchedulingIntoThePastPanics(t *testing.T) {
	var e Engine
	var r recorder
	e.RunUntil(5, nil)
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	e.At(4, ClassEnd, &r, 0, 0)
}

func TestQuietLooksAtThisInstantOnly(t *testing.T) {
	var e Engine
	var r recorder
	e.At(3, ClassEnd, &r, 0, 0)
	if !e.Quiet() {
		t.Error("not quiet although the next event is later")
	}
	e.RunUntil(2, nil)
	e.At(2, ClassSample, &r, 0, 0)
	if e.Quiet() || e.Next() != 2 {
		t.Error("quiet although an event is due")
	}
}

func TestRunUntilStopsWhenAsked(t *testing.T) {
	var e Engine
	for i := range Time(20_000) {
		e.At(i, ClassEnd, stopper{}, 0, int64(i))
	}
	polls := 0
	if e.RunUntil(30_000, func() bool { polls++; return polls < 2 }) {
		t.Error("RunUntil says that it reached its end")
	}
	if e.Fired() != 2*8192 {
		t.Errorf("%d events fired before the second poll, want %d", e.Fired(), 2*8192)
	}
	if e.RunUntil(30_000, nil); e.Fired() != 2*8192+616+1 { // the handler stops at 17,000
		t.Errorf("%d events fired before the stop", e.Fired())
	}
}

type stopper struct{}

func (stopper) Handle(e *Engine, ev Event) {
	if ev.Arg == 17_000 {
		e.Stop()
	}
}

// model is a queue kept as a plain slice.
type model struct {
	time Time
	c    Class
	rank int
	arg  int64
}

func TestTheQueueBehavesAsASortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var e Engine
		var r recorder
		var want []model
		ids := map[int64]ID{}
		timers := map[int64]Timer{}
		ranks := map[int64]int{}
		pick := func(m func(int64) bool) (int, bool) {
			var at []int
			for i := range want {
				if m(want[i].arg) {
					at = append(at, i)
				}
			}
			if len(at) == 0 {
				return 0, false
			}
			return rapid.SampledFrom(at).Draw(t, "which"), true
		}
		isEvent := func(a int64) bool { _, ok := ids[a]; return ok }
		next := int64(0)
		for range rapid.IntRange(1, 80).Draw(t, "operations") {
			at := e.Now() + Time(rapid.IntRange(0, 5).Draw(t, "delay"))
			c := Class(rapid.IntRange(0, int(ClassSample)).Draw(t, "class"))
			switch rapid.IntRange(0, 5).Draw(t, "operation") {
			case 0, 1:
				next++
				ids[next], ranks[next] = e.At(at, c, &r, 0, next), int(next)
				want = append(want, model{at, c, int(next), next})
			case 2:
				if i, ok := pick(isEvent); ok {
					e.Cancel(ids[want[i].arg])
					want = slices.Delete(want, i, i+1)
				}
			case 3:
				if i, ok := pick(isEvent); ok {
					e.Reschedule(ids[want[i].arg], at)
					want[i].time = at
				}
			case 4: // a timer, new or armed again
				arg := int64(-1 - rapid.IntRange(0, 3).Draw(t, "timer"))
				if _, ok := timers[arg]; !ok {
					next++
					timers[arg], ranks[arg] = e.NewTimer(&r, 0, arg), int(next)
				}
				e.Arm(timers[arg], at, c)
				want = slices.DeleteFunc(want, func(m model) bool { return m.arg == arg })
				want = append(want, model{at, c, ranks[arg], arg})
			case 5:
				if len(want) == 0 {
					continue
				}
				slices.SortFunc(want, func(a, b model) int {
					switch {
					case a.time != b.time:
						return int(a.time - b.time)
					case a.c != b.c:
						return int(a.c) - int(b.c)
					}
					return a.rank - b.rank
				})
				e.Step()
				got := r.fired[len(r.fired)-1]
				if got.Arg != want[0].arg || got.Time != want[0].time || got.Class != want[0].c {
					t.Fatalf("fired %+v, want %+v", got, want[0])
				}
				delete(ids, want[0].arg)
				want = want[1:]
			}
			if e.Pending() != len(want) {
				t.Fatalf("%d pending, want %d", e.Pending(), len(want))
			}
		}
	})
}

// holder schedules itself again: the hold model of queue benchmarks.
type holder struct{ rand Rand }

func (h *holder) Handle(e *Engine, ev Event) {
	e.At(ev.Time+1+Time(h.rand.Uint64()&0xfffff), ClassEnd, h, 0, 0)
}

func TestNoAllocationPerEvent(t *testing.T) {
	var e Engine
	h := &holder{rand: NewStream(1, "hold").Entity(0)}
	for range 1000 {
		e.At(Time(h.rand.IntN(1<<20)), ClassEnd, h, 0, 0)
	}
	for range 5000 {
		e.Step()
	}
	if n := testing.AllocsPerRun(1000, func() { e.Step() }); n != 0 {
		t.Errorf("%v allocations per event", n)
	}
}

func BenchmarkHold100000Pending(b *testing.B) {
	var e Engine
	h := &holder{rand: NewStream(1, "hold").Entity(0)}
	for range 100_000 {
		e.At(Time(h.rand.IntN(1<<20)), ClassEnd, h, 0, 0)
	}
	b.ReportAllocs()
	for b.Loop() {
		e.Step()
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mevents/s")
}

func BenchmarkTimers1000Armed(b *testing.B) {
	var e Engine
	a := &rearm{rand: NewStream(1, "hold").Entity(0)}
	for i := range 1000 {
		tm := e.NewTimer(a, 0, int64(i))
		a.timers = append(a.timers, tm)
		e.Arm(tm, Time(a.rand.IntN(1<<20)), ClassEnd)
	}
	b.ReportAllocs()
	for b.Loop() {
		e.Step()
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mevents/s")
}

type rearm struct {
	rand   Rand
	timers []Timer
}

func (a *rearm) Handle(e *Engine, ev Event) {
	e.Arm(a.timers[ev.Arg], ev.Time+1+Time(a.rand.Uint64()&0xfffff), ClassEnd)
}
