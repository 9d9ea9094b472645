package report

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/result"
)

// sampledStory says how requests were sampled, "" where all were simulated.
func sampledStory(r *result.Requests) string {
	if r == nil || r.Sampling == nil {
		return ""
	}
	s := r.Sampling
	out := fmt.Sprintf(" Requests are sampled: %d windows simulate %s of them (%s), a fluid model carries the rest; counts, GPU time and scaling are the model's.",
		s.Windows, Number(float64(s.Simulated)), simulatedShare(s.Share))
	if p := s.TTFT.P99; p.Hi > p.Lo {
		out += fmt.Sprintf(" The 95 %% interval of the p99 time to first token is %s to %s.", Seconds(p.Lo), Seconds(p.Hi))
	}
	return out
}

// simulatedShare prints a share that may be very small.
func simulatedShare(x float64) string {
	if x > 0 && x < 0.001 {
		return "one in " + Number(1/x)
	}
	return Percent(x)
}
