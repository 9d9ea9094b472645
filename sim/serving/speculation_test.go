package serving

import (
	"fmt"
	"math"
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/metrics"
)

// closedForm is the mean tokens per step of k proposals accepted with probability
// a each (Leviathan et al., equation 1).
func closedForm(a float64, k int) float64 {
	if a == 1 {
		return float64(k + 1)
	}
	return (1 - math.Pow(a, float64(k+1))) / (1 - a)
}

func newSpeculation(t *testing.T, k int, accept ...float64) *Speculation {
	t.Helper()
	s, err := NewSpeculation(Proposals{Tokens: k, Accept: accept, Stream: event.NewStream(1, "speculation")})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTokensPerStepFollowTheClosedForm(t *testing.T) {
	for _, a := range []float64{0, 0.3, 0.6, 0.8, 0.95, 1} {
		for _, k := range []int{1, 2, 3, 5, 8} {
			s := newSpeculation(t, k, a)
			want := closedForm(a, k)
			if math.Abs(s.Rate()-want) > float64(k)/(1<<16) {
				t.Errorf("acceptance %v, %d proposals: rate %v, want %v", a, k, s.Rate(), want)
			}
			const n = 40_000
			sum := 0.0
			for id := range uint64(4) {
				d := s.from(id, 0)
				for range n / 4 {
					sum += float64(d.gain())
				}
			}
			// The standard deviation of one draw is at most half its range.
			if limit := 4 * float64(k) / 2 / math.Sqrt(n); math.Abs(sum/n-want) > limit+1e-9 {
				t.Errorf("acceptance %v, %d proposals: %v tokens a step, want %v ± %v", a, k, sum/n, want, limit)
			}
		}
	}
}

func TestAcceptanceByPosition(t *testing.T) {
	s := newSpeculation(t, 3, 0.9, 0.5, 0.2)
	if want := 1 + 0.9 + 0.9*0.5 + 0.9*0.5*0.2; math.Abs(s.Rate()-want) > 1e-4 {
		t.Errorf("rate %v, want %v", s.Rate(), want)
	}
}

func TestDrawsDoNotDependOnWhereTheyBegin(t *testing.T) {
	s := newSpeculation(t, 4, 0.7)
	all := s.from(7, 0)
	for i := range int32(100) {
		one := s.from(7, i)
		if got, want := one.gain(), all.gain(); got != want {
			t.Fatalf("draw %d is %d from the start and %d by itself", i, want, got)
		}
	}
}

func TestSpeculationRefusesWhatIsNoProbability(t *testing.T) {
	for _, c := range []struct {
		k      int
		accept []float64
		want   string
	}{
		{0, []float64{0.5}, "speculation: 0 tokens, must be from 1 to 64"},
		{3, []float64{0.5, 0.4}, "speculation: 2 acceptance probabilities for 3 tokens: want one, or one for each"},
		{1, []float64{1.5}, "speculation: acceptance 1.5, must be from 0 to 1"},
	} {
		if _, err := NewSpeculation(Proposals{Tokens: c.k, Accept: c.accept}); err == nil || err.Error() != c.want {
			t.Errorf("%d proposals at %v: %v, want %s", c.k, c.accept, err, c.want)
		}
	}
}

// sinkFunc is a sink of one function.
type sinkFunc func(*Request)

func (f sinkFunc) Done(_ event.Time, q *Request, _ Outcome) { f(q) }

// A decode that is bound by reading weights takes as long per step with
// speculation as without: its output rate rises by the tokens per step.
func TestOutputRateOfAMemoryBoundDecode(t *testing.T) {
	for _, a := range []float64{0.3, 0.6, 0.8} {
		for _, k := range []int{1, 3, 5} {
			t.Run(fmt.Sprintf("acceptance %v, %d proposals", a, k), func(t *testing.T) {
				const output, requests = 20_000, 20
				table := llama8B(64)
				table.KVRead, table.DecodePair = 0, 0
				cfg := &Config{Table: table, MaxSeqs: 1, MaxTokens: 64, BlockSize: 16, Blocks: 2000}
				tpot := func(s *Speculation) float64 {
					cfg.Speculation = s
					if err := cfg.Validate(); err != nil {
						t.Fatal(err)
					}
					var e event.Engine
					var itl metrics.Histogram
					sum := 0.0
					r := NewReplica(&e, cfg, sinkFunc(func(q *Request) { sum += float64(q.TPOT()) }), &itl)
					for i := range uint64(requests) {
						r.Submit(0, &Request{ID: i, Prompt: 10, Output: output})
					}
					for e.Step() {
					}
					return sum / requests
				}
				got, want := tpot(nil)/tpot(newSpeculation(t, k, a)), closedForm(a, k)
				if limit := 4 * float64(k) / 2 / math.Sqrt(output*requests/want); math.Abs(got-want) > limit {
					t.Errorf("output comes %v times as fast, want %v ± %v", got, want, limit)
				}
			})
		}
	}
}
