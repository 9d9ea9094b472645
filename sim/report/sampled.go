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
		s.Windows, Number(float64(s.Simulated)), Percent(s.Share))
	if p := s.TTFT.P99; p.Hi > p.Lo {
		out += fmt.Sprintf(" The 95 %% interval of the p99 time to first token is %s to %s.", Seconds(p.Lo), Seconds(p.Hi))
	}
	return out
}
