package workloads

import (
	"math"
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/traces"
)

// sigmas is how many standard errors a statistic may lie from its law. Seeds
// are fixed, so that a test passes always or never.
const sigmas = 5

// moments sums up a sample.
type moments struct{ n, sum, squares float64 }

func (m *moments) add(x float64) {
	m.n++
	m.sum += x
	m.squares += x * x
}

func (m *moments) mean() float64     { return m.sum / m.n }
func (m *moments) variance() float64 { return m.squares/m.n - m.mean()*m.mean() }

// standardError is that of the mean, of independent observations.
func (m *moments) standardError() float64 { return math.Sqrt(m.variance() / m.n) }

// expectMean checks the mean of independent observations against its law. The
// slack allows for rounding where the sample does not vary.
func (m *moments) expectMean(t *testing.T, what string, want float64) {
	t.Helper()
	if off := math.Abs(m.mean() - want); !(off <= sigmas*m.standardError()+1e-9*math.Abs(want)) {
		t.Errorf("%s: mean %v, want %v ± %v", what, m.mean(), want, sigmas*m.standardError())
	}
}

func rand(name string) event.Rand { return event.NewStream(20, name).Entity(0) }

// allRequests reads a stream to its end.
func allRequests(tb fataler, c RequestConfig) []traces.Request {
	s, err := NewRequests(1, c)
	if err != nil {
		tb.Fatalf("%v", err)
	}
	var out []traces.Request
	for {
		var r traces.Request
		ok, err := s.Next(&r)
		if err != nil {
			tb.Fatalf("%v", err)
		}
		if !ok {
			return out
		}
		out = append(out, r)
	}
}

// allJobs reads a stream to its end.
func allJobs(tb fataler, c JobConfig) []traces.Job {
	s, err := NewJobs(1, c)
	if err != nil {
		tb.Fatalf("%v", err)
	}
	var out []traces.Job
	for {
		var j traces.Job
		ok, err := s.Next(&j)
		if err != nil {
			tb.Fatalf("%v", err)
		}
		if !ok {
			return out
		}
		out = append(out, j)
	}
}

// fataler is a *testing.T or a *rapid.T.
type fataler interface{ Fatalf(string, ...any) }
