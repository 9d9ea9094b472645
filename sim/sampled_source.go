package sim

import (
	"fmt"
	"math"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fluid"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/traces"
	"github.com/jevons-sim/jevons/workloads"
)

// The number of requests from which a workload's means come: as many as it would
// bring, within bounds. The standard error of a mean is the coefficient of
// variation over its root: at most, 0.3 % for exponential lengths.
const leastDrawn, mostDrawn = 1 << 12, 1 << 17

// thinkStep is the change of thinking after which means are taken anew.
const thinkStep = 0.005

// source is a request workload that is sampled.
type source struct {
	spec   *scenario.RequestWorkload
	config workloads.RequestConfig
	answer *answer
	to     *deployed
	class  int32
	scv    float64 // squared coefficient of variation of the times between arrivals
	base   []fluid.Request
	think  float64 // factor on thinking of the draws
	draws  *fluid.Draws
	prompt float64 // mean tokens
	output float64 // mean tokens, thinking included
	flows  []flow  // by segment
	rate   float64 // in the step
}

// flow is what comes and goes, by the fluid model.
type flow struct {
	arrived, desired, adopted float64
	ended, givenUp            float64 // by replicas; of these, before the last token
	rejected, cancelled       float64
	prompt, output, thinking  float64 // tokens
}

// newSource returns the source of a workload, with its draws.
func (s *Simulation) newSource(w *scenario.RequestWorkload, path string) (*source, error) {
	c, err := s.requestConfig(w)
	if err != nil {
		return nil, s.doc.Locate(path, err)
	}
	src := &source{spec: w, config: c, answer: s.demand.answer(w.Name), to: s.service(w.Deployment), scv: 1}
	switch w.Arrivals.Process {
	case "gamma", "weibull":
		src.scv = w.Arrivals.CV * w.Arrivals.CV
	case "deterministic":
		src.scv = 0
	}
	name := w.Class
	if name == "" {
		name = w.Name
	}
	src.class = s.requests.class(name)
	src.flows = make([]flow, s.segments.count())
	if err := src.draw(s.doc.Seed); err != nil {
		return nil, s.doc.Locate(path, err)
	}
	return src, nil
}

// draw takes requests of the workload as they would come without any change of
// demand.
func (s *source) draw(seed uint64) error {
	c := s.config
	c.Name += "/draws"
	c.Rate = workloads.Rate{PerSecond: 1}
	c.ThinkFactor, c.Known = nil, 0
	c.Start, c.End = 0, math.MaxInt64
	stream, err := workloads.NewRequests(seed, c)
	if err != nil {
		return err
	}
	var r traces.Request
	expected := s.config.Rate.PerSecond * (s.config.End - s.config.Start).Seconds()
	for range int(min(max(expected, leastDrawn), mostDrawn)) {
		if _, err := stream.Next(&r); err != nil {
			return fmt.Errorf("drawing lengths: %w", err)
		}
		s.base = append(s.base, fluid.Request{Prompt: float64(r.Prompt), Output: float64(r.Output), Thinking: float64(r.Thinking)})
	}
	s.rethink(1)
	return nil
}

// rethink changes the draws to a factor on thinking.
func (s *source) rethink(factor float64) {
	if s.draws != nil && math.Abs(factor-s.think) <= thinkStep*s.think {
		return
	}
	s.think = factor
	requests := make([]fluid.Request, len(s.base))
	s.prompt, s.output = 0, 0
	for i, r := range s.base {
		t := math.Round(r.Thinking * factor)
		requests[i] = fluid.Request{Prompt: r.Prompt, Output: r.Output - r.Thinking + t, Thinking: t}
		s.prompt += r.Prompt / float64(len(s.base))
		s.output += requests[i].Output / float64(len(s.base))
	}
	s.draws = fluid.NewDraws(requests)
}

// prepare reads the rate of a step that starts now.
func (s *source) prepare(now, end event.Time) {
	s.rate = s.rateOver(now, end)
	if s.answer != nil {
		s.rethink(s.answer.think.Value(now))
	}
}

// rateOver returns the mean rate from an instant to the end of a step.
func (s *source) rateOver(now, end event.Time) float64 {
	from, to := max(now, s.config.Start), min(end, s.config.End)
	if to <= from {
		return 0
	}
	return s.config.Rate.At(now) * (float64(to-from) / float64(end-now))
}

// addLoads adds up what comes to each deployment, interval by interval. Where
// prices or latencies come back to demand, it is what the run's start says.
func (g *sampling) addLoads(loads [][]load) {
	interval := g.sim.perfectInterval()
	for k, t := range g.tides {
		for _, s := range t.sources {
			for at := g.sim.doc.Warmup; at < g.sim.doc.Horizon; {
				end := min((at/workloads.RateStep+1)*workloads.RateStep, g.sim.doc.Horizon)
				n := s.rateOver(at, end) * (end - at).Seconds()
				if s.answer != nil {
					s.rethink(s.answer.think.Value(at))
				}
				l := &loads[k][(at-g.sim.doc.Warmup)/interval]
				l.requests += n
				l.prompt += float64(n * s.prompt)
				l.output += float64(n * s.output)
				at = end
			}
			s.rethink(1)
		}
	}
}
