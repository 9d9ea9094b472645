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
	}
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
		r := Response{Elasticity: c.epsilon, ThinkingElasticity: c.theta}
		for _, x := range []struct {
			name       string
			got, power float64
		}{
			{"price of a request", r.RequestPrice(0.1), c.price},
			{"requests", r.Requests(0.1), c.requests},
			{"tokens per request", r.TokensPerRequest(0.1), c.tokens},
			{"GPU-hours", r.GPUHours(0.1), c.gpuTime},
		} {
			if want := math.Pow(0.1, x.power); !near(x.got, want) {
				t.Errorf("ε %v, θ %v: %s changes by %v, want 0.1^%v = %v", c.epsilon, c.theta, x.name, x.got, x.power, want)
			}
		}
	}
}

func TestGPUHoursAreRequestsTimesTokensTimesCost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, f := anyResponse(t), anyFactor(t, "factor")
		if got, want := r.GPUHours(f), r.Requests(f)*r.TokensPerRequest(f)*f; !near(got, want) {
			t.Fatalf("GPU-hours change by %v, requests × tokens × cost by %v", got, want)
		}
		if got, want := r.RequestPrice(f), r.TokensPerRequest(f)*f; !near(got, want) {
			t.Fatalf("a request's price changes by %v, its tokens × their price by %v", got, want)
		}
	})
}

func TestGPUHoursRiseWithEfficiencyExactlyWhenElasticityExceedsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyResponse(t)
		f := math.Exp(rapid.Float64Range(-4, -0.1).Draw(t, "log of the factor"))
		// Near the break-even the ratio is 1 but for rounding.
		switch ratio := r.GPUHours(f); {
		case r.Elasticity > 1.001 && ratio <= 1, r.Elasticity < 0.999 && ratio >= 1:
			t.Fatalf("ε %v: GPU-hours change by %v when tokens cost %v of before", r.Elasticity, ratio, f)
		}
		r.Elasticity = 1
		if ratio := r.GPUHours(f); ratio != 1 {
			t.Fatalf("ε 1: GPU-hours change by %v, want none", ratio)
		}
	})
}

func TestTwoPriceChangesAreOneOfTheirProduct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, f, g := anyResponse(t), anyFactor(t, "first"), anyFactor(t, "second")
		for name, of := range map[string]func(float64) float64{
			"requests": r.Requests, "tokens per request": r.TokensPerRequest, "GPU-hours": r.GPUHours,
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
	} {
		if err := c.r.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want one with %q", c.r, err, c.want)
		}
	}
	if err := (Response{Elasticity: 3, ThinkingElasticity: 0.99}).Validate(); err != nil {
		t.Errorf("error %v for a response within range", err)
	}
}
