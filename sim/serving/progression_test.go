package serving

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/perf"
)

// drawRun draws a run of decode steps, extreme ones included, with local layers or
// without.
func drawRun(t *rapid.T) (c *Config, b, kv, inSpan, grow, k int64) {
	upTo := func(bits int, name string) int64 {
		return rapid.Int64Range(0, 1<<rapid.IntRange(0, bits).Draw(t, name+" bits")).Draw(t, name)
	}
	b = 1 + upTo(16, "batch")
	table := &perf.StepTable{
		Host: fracOne + upTo(40, "host"), DecodePair: upTo(24, "pair"), KVRead: upTo(24, "read"),
		Matrix: make([]int64, b+1), Comm: make([]int64, b+1),
	}
	table.Matrix[b], table.Comm[b] = upTo(45, "matrix"), upTo(40, "comm")
	if rapid.Bool().Draw(t, "local layers") {
		table.Local = &perf.LocalTable{DecodePair: upTo(24, "local pair"), KVRead: upTo(24, "local read")}
	}
	kv = upTo(30, "kv")
	return &Config{Table: table}, b, kv, min(kv, upTo(30, "in span")), min(b, upTo(16, "growing")), 1 + upTo(30, "steps")
}

// stepOf returns the duration of step j of a run by the step table.
func stepOf(c *Config, b, kv, inSpan, grow, j int64) int64 {
	context, attended := kv+b+b*j, inSpan+b+grow*j
	host, comm, body := c.Table.Step(b, b, context, 0, context, perf.LocalWork{DecodePairs: attended, Reads: attended})
	return host + comm + body
}

func TestARunIsTheSumOfItsSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, b, kv, inSpan, grow, k := drawRun(t)
		u := newRun(c, b, kv, inSpan, grow, k)
		if u.steps < 1 || u.steps > k {
			t.Fatalf("a run of %d steps became one of %d", k, u.steps)
		}
		sum := new(big.Int)
		last := min(u.steps, 300)
		for j := range last {
			if got := u.elapsed(j); sum.Cmp(big.NewInt(got)) != 0 {
				t.Fatalf("%d steps take %d, want %v", j, got, sum)
			}
			sum.Add(sum, big.NewInt(stepOf(c, b, kv, inSpan, grow, j)))
		}
	})
}

func TestLongRunsDoNotOverflow(t *testing.T) {
	check := func(t rapid.TB, c *Config, b, kv, inSpan, grow, k int64) {
		u := newRun(c, b, kv, inSpan, grow, k)
		if total := u.elapsed(u.steps); total < u.steps*fracOne || (u.steps > 1 && total > maxRun) {
			t.Fatalf("%d steps take %d units", u.steps, total)
		}
		// The last step, as the difference of two sums.
		want := stepOf(c, b, kv, inSpan, grow, u.steps-1)
		if got := u.elapsed(u.steps) - u.elapsed(u.steps-1); got != want {
			t.Fatalf("step %d takes %d, want %d", u.steps-1, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		c, b, kv, inSpan, grow, k := drawRun(t)
		check(t, c, b, kv, inSpan, grow, k)
	})
	const b = 1 << 17
	flat := make([]int64, b+1)
	table := &perf.StepTable{Host: fracOne, Matrix: flat, Comm: flat, DecodePair: 1 << 20, KVRead: 1 << 24}
	check(t, &Config{Table: table}, b, 1<<31, 0, 0, math.MaxInt32)
}

func TestWithinInvertsElapsed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := newRun(drawRun(t))
		units := rapid.Int64Range(0, u.elapsed(u.steps)).Draw(t, "units")
		j := u.within(units)
		if u.elapsed(j) > units || (j < u.steps && u.elapsed(j+1) <= units) {
			t.Fatalf("within(%d) = %d: %d steps take %d, one more %d", units, j, j, u.elapsed(j), u.elapsed(j+1))
		}
	})
}

func TestSpansAddUpExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, want := span{}, new(big.Int)
		for range rapid.IntRange(1, 20).Draw(t, "spans") {
			units := rapid.Int64Range(0, 1<<62).Draw(t, "units")
			s = s.plus(units)
			want.Add(want, big.NewInt(units))
		}
		got := new(big.Int).Lsh(big.NewInt(int64(s.ns)), perf.TableShift)
		if got.Add(got, big.NewInt(s.frac)); got.Cmp(want) != 0 {
			t.Fatalf("sum %v, want %v", got, want)
		}
		if c := s.ceil(); c != s.ns && (s.frac == 0 || c != s.ns+event.Nanosecond) {
			t.Fatalf("%+v rounds up to %d", s, c)
		}
	})
}
