package traces

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
)

// listed is a stream of rows at given times.
type listed struct {
	times []event.Time
	next  int
}

func (l *listed) Next(r *Request) (bool, error) {
	if l.next == len(l.times) {
		return false, nil
	}
	*r = Request{At: l.times[l.next], Prompt: int32(l.next + 1), Output: 1}
	l.next++
	return true, nil
}

func alignTimes(t interface{ Fatal(...any) }, times []event.Time, a Alignment) []event.Time {
	s, err := AlignRequests(func() (RequestStream, error) { return &listed{times: times}, nil }, a, 1, "test")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := drainRequests(s)
	if err != nil {
		t.Fatal(err)
	}
	var out []event.Time
	for _, r := range rows {
		out = append(out, r.At)
	}
	return out
}

func TestAlignment(t *testing.T) {
	times := []event.Time{0, 10, 20, 30}
	for _, c := range []struct {
		name string
		a    Alignment
		want []event.Time
	}{
		{"the zero value changes nothing", Alignment{}, times},
		{"a window begins at the start", Alignment{From: 10, To: 30, Start: 100}, []event.Time{100, 110}},
		{"time is stretched from the window's begin", Alignment{From: 10, Start: 5, TimeScale: 2}, []event.Time{5, 25, 45}},
		{"rows lie before the horizon", Alignment{Horizon: 20}, []event.Time{0, 10}},
		{"a window repeats after its length", Alignment{From: 5, To: 25, Repeat: true, Horizon: 50}, []event.Time{5, 15, 25, 35, 45}},
		{"a whole trace repeats after a mean gap", Alignment{Repeat: true, Horizon: 70}, []event.Time{0, 10, 20, 30, 40, 50, 60}},
		{"an empty window does not repeat", Alignment{From: 40, To: 50, Repeat: true, Horizon: 70}, nil},
	} {
		if got := alignTimes(t, times, c.a); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAlignmentScalesJobs(t *testing.T) {
	f, err := Open("sample:cluster.swf")
	if err != nil {
		t.Fatal(err)
	}
	plain := jobsOf(t, f)
	s, err := AlignJobs(f.Jobs, Alignment{DurationScale: 0.5}, 1, "test")
	if err != nil {
		t.Fatal(err)
	}
	scaled, err := drainJobs(s)
	if err != nil {
		t.Fatal(err)
	}
	for i := range plain {
		if scaled[i].At != plain[i].At || scaled[i].Duration != plain[i].Duration/2 || scaled[i].Estimate != plain[i].Estimate/2 {
			t.Fatalf("job %d: %+v became %+v", i, plain[i], scaled[i])
		}
	}
}

func TestAlignmentsThatMeanNothingAreRefused(t *testing.T) {
	for _, a := range []Alignment{{TimeScale: -1}, {RateScale: -1}, {From: 5, To: 5}, {Start: -1}, {Repeat: true}} {
		if _, err := AlignRequests(func() (RequestStream, error) { return &listed{}, nil }, a, 1, "test"); err == nil {
			t.Errorf("%+v was accepted", a)
		}
	}
}

func TestAlignedRowsAreOrderedAndWithinBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := event.Time(0)
		var times []event.Time
		for _, gap := range rapid.SliceOfN(rapid.Int64Range(0, 50), 0, 60).Draw(t, "gaps") {
			at += event.Time(gap)
			times = append(times, at)
		}
		a := Alignment{
			From: event.Time(rapid.Int64Range(0, 100).Draw(t, "from")), Start: event.Time(rapid.Int64Range(0, 100).Draw(t, "start")),
			TimeScale: rapid.Float64Range(0.1, 3).Draw(t, "time scale"), RateScale: rapid.Float64Range(0.1, 3).Draw(t, "rate scale"),
			Repeat: rapid.Bool().Draw(t, "repeat"), Horizon: event.Time(rapid.Int64Range(1, 3000).Draw(t, "horizon")),
		}
		if rapid.Bool().Draw(t, "to the end") {
			a.To = a.From + event.Time(rapid.Int64Range(1, 500).Draw(t, "window"))
		}
		got := alignTimes(t, times, a)
		if !slices.IsSorted(got) {
			t.Fatalf("not in order: %v", got)
		}
		if n := len(got); n > 0 && (got[0] < a.Start || got[n-1] >= a.Horizon) {
			t.Fatalf("%v … %v lie outside %v … %v", got[0], got[n-1], a.Start, a.Horizon)
		}
		if again := alignTimes(t, times, a); !slices.Equal(got, again) {
			t.Fatal("two equal alignments differ")
		}
	})
}

func TestARateScaleKeepsWhatALowerOneKept(t *testing.T) {
	var times []event.Time
	for i := range 4000 {
		times = append(times, event.Time(i)*event.Second)
	}
	var before []event.Time
	for _, scale := range []float64{0.1, 0.3, 0.9, 1, 2} {
		got := alignTimes(t, times, Alignment{RateScale: scale})
		near(t, "kept share", float64(len(got))/4000, scale, 0.03)
		for _, at := range before {
			if _, ok := slices.BinarySearch(got, at); !ok {
				t.Fatalf("rate scale %v lost the row at %v", scale, at)
			}
		}
		before = got
	}
}

func TestFractionalRateScalesRepeatSomeRows(t *testing.T) {
	var times []event.Time
	for i := range 4000 {
		times = append(times, event.Time(i)*event.Second)
	}
	near(t, "rows", float64(len(alignTimes(t, times, Alignment{RateScale: 2.5}))), 10_000, 150)
}
