package workloads

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/traces"
)

func requestConfig() RequestConfig {
	return RequestConfig{
		Name: "chat", Class: "chat", Tenant: "consumers", Process: Poisson{}, Rate: Rate{PerSecond: 1},
		End: event.Hour, Prompt: Exponential(200), Output: Exponential(100),
	}
}

func TestRequestsCarryWhatTheWorkloadSays(t *testing.T) {
	c := requestConfig()
	c.Process, c.Start = Deterministic{}, event.Minute
	c.Prompt, c.Output, c.Thinking, c.ThinkShare = Constant(30), Constant(20), Constant(7), 1
	c.Priority, c.Deadline, c.Patience = 3, event.Minute, 2*event.Minute
	all := allRequests(t, c)
	if len(all) != 59*60-1 {
		t.Fatalf("%d requests, one a second after the first minute of an hour: want %d", len(all), 59*60-1)
	}
	want := traces.Request{
		At: event.Minute + event.Second, Prompt: 30, Output: 27, Thinking: 7, Class: "chat", Tenant: "consumers",
		Priority: 3, Deadline: event.Minute, Patience: 2 * event.Minute,
	}
	if d := cmp.Diff(want, all[0]); d != "" {
		t.Errorf("first request:\n%s", d)
	}
}

func TestAShareOfRequestsThinks(t *testing.T) {
	c := requestConfig()
	c.End, c.Thinking, c.ThinkShare = 24*event.Hour, Exponential(3000), 0.3
	var share, tokens moments
	for _, r := range allRequests(t, c) {
		x := 0.0
		if r.Thinking > 0 {
			x = 1
			tokens.add(float64(r.Thinking))
		}
		share.add(x)
		if r.Output <= r.Thinking {
			t.Fatalf("%d tokens of which %d are thinking: an answer has at least one", r.Output, r.Thinking)
		}
	}
	// Thoughts that round to no token do not count: P(x < 1/2) = 1 − e^(−1/6000).
	keeps := math.Exp(-0.5 / 3000)
	share.expectMean(t, "share that thinks", 0.3*keeps)
	tokens.expectMean(t, "thinking tokens", 3000/keeps)
}

func TestThinkingGrowsByItsFactorAndNothingElseDoes(t *testing.T) {
	c := requestConfig()
	c.Thinking, c.ThinkShare = Constant(100), 0.5
	before := allRequests(t, c)
	c.ThinkFactor = func(at event.Time) float64 {
		if at < event.Hour/2 {
			return 1
		}
		return 2.5
	}
	for i, r := range allRequests(t, c) {
		want := before[i]
		if want.At >= event.Hour/2 && want.Thinking > 0 {
			want.Thinking, want.Output = 250, want.Output+150
		}
		if d := cmp.Diff(want, r); d != "" {
			t.Fatalf("request %d:\n%s", i, d)
		}
	}
}

// attributes leaves out when a request comes.
func attributes(r traces.Request) traces.Request {
	r.At = 0
	return r
}

func TestLengthsAndArrivalsDrawFromSequencesOfTheirOwn(t *testing.T) {
	distribution := rapid.SampledFrom(distributions)
	rapid.Check(t, func(t *rapid.T) {
		a := requestConfig()
		a.Prompt, a.Output = distribution.Draw(t, "prompt").length, distribution.Draw(t, "output").length
		if rapid.Bool().Draw(t, "thinks") {
			a.Thinking, a.ThinkShare = distribution.Draw(t, "thinking").length, rapid.Float64Range(0, 1).Draw(t, "share")
		}
		otherLengths, otherArrivals := a, a
		otherLengths.Prompt = distribution.Draw(t, "another prompt").length
		otherLengths.Thinking = nil
		otherArrivals.Process = rapid.SampledFrom([]Process{Deterministic{}, mustGamma(2), mustWeibull(0.5)}).Draw(t, "another process")
		otherArrivals.Rate = anyRate(t)

		x, y, z := allRequests(t, a), allRequests(t, otherLengths), allRequests(t, otherArrivals)
		if len(x) != len(y) {
			t.Fatalf("%d requests became %d with other lengths", len(x), len(y))
		}
		for i := range x {
			if x[i].At != y[i].At {
				t.Fatalf("request %d came at %v, with other lengths at %v", i, x[i].At, y[i].At)
			}
		}
		for i := range min(len(x), len(z)) {
			if d := cmp.Diff(attributes(x[i]), attributes(z[i])); d != "" {
				t.Fatalf("request %d changed with its arrival:\n%s", i, d)
			}
		}
	})
}

func TestWorkloadsOfOtherNamesOrSeedsAreIndependent(t *testing.T) {
	draw := func(name string, seed uint64) []traces.Request {
		c := requestConfig()
		c.Name = name
		s, err := NewRequests(seed, c)
		if err != nil {
			t.Fatal(err)
		}
		out := make([]traces.Request, 2000)
		for i := range out {
			if ok, err := s.Next(&out[i]); !ok || err != nil {
				t.Fatal(ok, err)
			}
		}
		return out
	}
	same, again := draw("a", 1), draw("a", 1)
	if d := cmp.Diff(same, again); d != "" {
		t.Fatalf("equal workloads differ:\n%s", d)
	}
	for _, other := range [][]traces.Request{draw("b", 1), draw("a", 2)} {
		var products moments
		for i := range same {
			products.add((float64(same[i].Prompt) - 200) * (float64(other[i].Prompt) - 200))
		}
		products.expectMean(t, "covariance of prompts", 0)
	}
}

func TestRequestsOutOfRangeAreRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*RequestConfig)
		want   string
	}{
		{"no rate", func(c *RequestConfig) { c.Rate.PerSecond = 0 }, "rate is 0/s"},
		{"no process", func(c *RequestConfig) { c.Process = nil }, "need arrivals"},
		{"no output", func(c *RequestConfig) { c.Output = nil }, "output distribution"},
		{"more than all think", func(c *RequestConfig) { c.ThinkShare = 1.5 }, "probability is 1.5"},
		{"end before start", func(c *RequestConfig) { c.Start = 2 * event.Hour }, "must be after their start"},
	} {
		config := requestConfig()
		c.change(&config)
		if _, err := NewRequests(1, config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}
