package demand

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// near reports whether two numbers are equal but for rounding.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-12*max(math.Abs(a), math.Abs(b)) }

func anyResponse(t *rapid.T) Response {
	return Response{
		Elasticity:         rapid.Float64Range(0, 4).Draw(t, "elasticity"),
		ThinkingElasticity: rapid.Float64Range(0, 0.95).Draw(t, "thinking elasticity"),
		ThinkShare:         rapid.Float64Range(0, 1).Draw(t, "share of thinking"),
	}
}

// thinker is a response of requests that do nothing but think.
func thinker(t *rapid.T) Response {
	r := anyResponse(t)
	r.ThinkShare = 1
	return r
}

func anyFactor(t *rapid.T, name string) float64 {
	return math.Exp(rapid.Float64Range(-4, 4).Draw(t, name))
}

func TestResponsesAtATenthOfThePriceAreTheClosedForms(t *testing.T) {
	for _, c := range []struct {
		epsilon, theta                   float64
		price, requests, tokens, gpuTime float64 // powers of the price factor
	}{
		{0, 0, 1, 0, 0, 1},                // nothing responds: GPU-hours fall with the cost
		{1, 0, 1, -1, 0, 0},               // break-even
		{2, 0, 1, -2, 0, -1},              // the paradox
		{0, 0.2, 0.8, 0, -0.2, 0.8},       // only thinking grows
		{1, 0.2, 0.8, -0.8, -0.2, 0},      // break-even, whatever θ
		{1.5, 0.2, 0.8, -1.2, -0.2, -0.4}, // the defaults
		{1.5, 0.9, 0.1, -0.15, -0.9, -0.05},
	} {
		r := Response{Elasticity: c.epsilon, ThinkingElasticity: c.theta, ThinkShare: 1}
		for _, x := range []struct {
			name       string
			got, power float64
		}{
			{"price of a request", r.RequestPrice(0.1), c.price},
			{"requests", r.Requests(0.1), c.requests},
			{"tokens per request", r.Thinking(0.1), c.tokens},
			{"GPU-hours", r.GPUHours(0.1, 0.1), c.gpuTime},
		} {
			if want := math.Pow(0.1, x.power); !near(x.got, want) {
				t.Errorf("ε %v, θ %v: %s changes by %v, want 0.1^%v = %v", c.epsilon, c.theta, x.name, x.got, x.power, want)
			}
		}
	}
}

func TestGPUHoursAreRequestsTimesWorkTimesCost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, f, c := anyResponse(t), anyFactor(t, "price"), anyFactor(t, "cost")
		if got, want := r.GPUHours(f, c), r.Requests(f)*r.RequestPrice(f)/f*c; !near(got, want) {
			t.Fatalf("GPU-hours change by %v, requests × work × cost by %v", got, want)
		}
		if got, want := r.GPUHours(f, f), math.Pow(r.RequestPrice(f), 1-r.Elasticity); !near(got, want) {
			t.Fatalf("GPU-hours change by %v, the price of a request to the power 1−ε by %v", got, want)
		}
		if r.ThinkShare = 0; r.RequestPrice(f) != f {
			t.Fatalf("a request that does not think costs %v of before, a token %v", r.RequestPrice(f), f)
		}
	})
}

func TestBreakEvenIsOneWherePricesFollowCosts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, f := anyResponse(t), math.Exp(rapid.Float64Range(-4, -0.1).Draw(t, "log of the factor"))
		if got := r.BreakEven(f, f); !near(got, 1) {
			t.Fatalf("break-even elasticity %v, want 1", got)
		}
		c := math.Exp(rapid.Float64Range(-4, 0).Draw(t, "log of the cost"))
		r.Elasticity = r.BreakEven(f, c)
		if ratio := r.GPUHours(f, c); math.Abs(ratio-1) > 1e-9 {
			t.Fatalf("at the break-even elasticity %v GPU-hours change by %v", r.Elasticity, ratio)
		}
	})
	if got := (Response{}).BreakEven(1, 0.5); !math.IsNaN(got) {
		t.Errorf("break-even elasticity %v without a change of price, want none", got)
	}
}

func TestLatencyDetersByItsElasticity(t *testing.T) {
	for _, c := range []struct{ eta, l, want float64 }{{0, 7, 1}, {1, 4, 0.25}, {0.5, 4, 0.5}, {2, 0.5, 4}} {
		if got := (Response{LatencyElasticity: c.eta}).Latency(c.l); !near(got, c.want) {
			t.Errorf("η %v: latency × %v changes requests by %v, want %v", c.eta, c.l, got, c.want)
		}
	}
}

func TestTowardGoesPartOfTheWayOnALogarithmicScale(t *testing.T) {
	for _, c := range []struct{ from, to, damping, want float64 }{{1, 100, 0.5, 10}, {1, 100, 1, 100}, {8, 1, 1. / 3, 4}, {3, 3, 0.2, 3}} {
		if got := Toward(c.from, c.to, c.damping); !near(got, c.want) {
			t.Errorf("from %v toward %v by %v: %v, want %v", c.from, c.to, c.damping, got, c.want)
		}
	}
}

func TestGPUHoursRiseWithEfficiencyExactlyWhenElasticityExceedsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyResponse(t)
		f := math.Exp(rapid.Float64Range(-4, -0.1).Draw(t, "log of the factor"))
		// Near the break-even the ratio is 1 but for rounding.
		switch ratio := r.GPUHours(f, f); {
		case r.Elasticity > 1.001 && ratio <= 1, r.Elasticity < 0.999 && ratio >= 1:
			t.Fatalf("ε %v: GPU-hours change by %v when tokens cost %v of before", r.Elasticity, ratio, f)
		}
		r.Elasticity = 1
		if ratio := r.GPUHours(f, f); !near(ratio, 1) {
			t.Fatalf("ε 1: GPU-hours change by %v, want none", ratio)
		}
	})
}

func TestTwoPriceChangesAreOneOfTheirProduct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, f, g := thinker(t), anyFactor(t, "first"), anyFactor(t, "second")
		for name, of := range map[string]func(float64) float64{
			"requests": r.Requests, "tokens per request": r.Thinking, "GPU-hours": func(f float64) float64 { return r.GPUHours(f, f) },
		} {
			if a, b := of(f)*of(g), of(f*g); !near(a, b) {
				t.Fatalf("%s: %v after two changes, %v after one", name, a, b)
			}
			if of(1) != 1 {
				t.Fatalf("%s change by %v though the price does not", name, of(1))
			}
		}
	})
}

func TestResponsesOutOfRangeAreNamed(t *testing.T) {
	for _, c := range []struct {
		r    Response
		want string
	}{
		{Response{Elasticity: -0.1}, "elasticity is -0.1"},
		{Response{Elasticity: math.NaN()}, "elasticity is NaN"},
		{Response{ThinkingElasticity: 1}, "thinking_elasticity is 1"},
		{Response{ThinkingElasticity: -1}, "thinking_elasticity is -1"},
		{Response{LatencyElasticity: -1}, "latency elasticity is -1"},
		{Response{ThinkShare: 1.5}, "thinking is 1.5 of"},
	} {
		if err := c.r.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want one with %q", c.r, err, c.want)
		}
	}
	if err := (Response{Elasticity: 3, ThinkingElasticity: 0.99}).Validate(); err != nil {
		t.Errorf("error %v for a response within range", err)
	}
}
