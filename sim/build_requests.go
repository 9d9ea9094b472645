package sim

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/traces"
	"github.com/jevons-sim/jevons/workloads"
)

// buildBooks prepares what counts requests and jobs.
func (s *Simulation) buildBooks() error {
	s.segments = newSegments(&s.doc.Scenario)
	s.requests = newRequestBook(s)
	s.jobs = newJobBook(s)
	return nil
}

// buildRequests starts every stream of requests.
func (s *Simulation) buildRequests() error {
	if s.doc.Workloads.Sampling.On() {
		return s.buildSampling()
	}
	for i := range s.doc.Workloads.Requests {
		w := &s.doc.Workloads.Requests[i]
		path := fmt.Sprintf("workloads.requests[%d]", i)
		stream, err := s.requestStream(w, path)
		if err != nil {
			return err
		}
		p := &requestPump{book: s.requests, stream: stream, to: s.service(w.Deployment), spec: w, answer: s.demand.answer(w.Name), salt: uint64(i) * 0x9e3779b97f4a7c15}
		s.demand.follow(p)
		if err := p.start(s.engine); err != nil {
			return s.doc.Locate(path, err)
		}
	}
	return nil
}

// requestStream returns the requests of a workload.
func (s *Simulation) requestStream(w *scenario.RequestWorkload, path string) (traces.RequestStream, error) {
	if w.Trace != nil {
		stream, err := s.requestTrace(w, path)
		if err != nil {
			return nil, s.doc.Locate(path+".trace", err)
		}
		return stream, nil
	}
	c, err := s.requestConfig(w)
	if err != nil {
		return nil, s.doc.Locate(path, err)
	}
	stream, err := workloads.NewRequests(s.doc.Seed, c)
	if err != nil {
		return nil, s.doc.Locate(path, err)
	}
	return stream, nil
}

// requestConfig translates a synthetic workload, with its answer to prices.
func (s *Simulation) requestConfig(w *scenario.RequestWorkload) (workloads.RequestConfig, error) {
	c, err := requestConfig(w)
	if c.End == 0 {
		c.End = s.doc.Horizon
	}
	if a := s.demand.answer(w.Name); a != nil {
		c.Rate.Factor, c.ThinkFactor, c.Known = a.rate, a.think.Value, s.demand.known
	}
	return c, err
}

// requestTrace returns a recorded stream, aligned with the run.
func (s *Simulation) requestTrace(w *scenario.RequestWorkload, path string) (traces.RequestStream, error) {
	file, err := s.openTrace(w.Trace)
	if err != nil {
		return nil, err
	}
	open := func() (traces.RequestStream, error) { return file.Requests(s.doc.Seed) }
	return traces.AlignRequests(open, s.alignment(w.Trace, w.Start, w.End), s.doc.Seed, w.Name)
}

// openTrace opens a trace, with the map of its columns where it has one.
func (s *Simulation) openTrace(t *scenario.Trace) (*traces.File, error) {
	file, err := s.options.Inputs.Trace(t.File, t.Fallback, t.Format)
	if err != nil || t.Format != "csv" {
		return file, err
	}
	return file.Map(t.Columns)
}

// alignment returns how a trace lies in the run.
func (s *Simulation) alignment(t *scenario.Trace, start, end event.Time) traces.Alignment {
	a := traces.Alignment{
		Start: max(t.Start, start), TimeScale: t.TimeScale, RateScale: t.RateScale, DurationScale: 1,
		Repeat: t.Repeat, Horizon: s.doc.Horizon,
	}
	if t.Window != nil {
		a.From, a.To = t.Window.From, t.Window.To
	}
	if end > 0 {
		a.Horizon = end
	}
	return a
}

// requestConfig translates a synthetic workload.
func requestConfig(w *scenario.RequestWorkload) (workloads.RequestConfig, error) {
	c := workloads.RequestConfig{
		Name: w.Name, Class: w.Class, Tenant: w.Tenant, Start: w.Start, End: w.End,
		Priority: w.Priority, Deadline: w.Deadline, Patience: w.Patience,
	}
	var err error
	if c.Process, c.Rate, err = arrivals(w.Arrivals); err != nil {
		return c, fmt.Errorf("arrivals: %w", err)
	}
	if c.Prompt, err = lengths(w.Prompt); err != nil {
		return c, fmt.Errorf("prompt: %w", err)
	}
	if c.Output, err = lengths(w.Output); err != nil {
		return c, fmt.Errorf("output: %w", err)
	}
	if t := w.Thinking; t != nil {
		c.ThinkShare = float64(t.Probability)
		if c.Thinking, err = lengths(&t.Tokens); err != nil {
			return c, fmt.Errorf("thinking: %w", err)
		}
	}
	if w.Sessions != nil {
		c.Sessions = &workloads.Sessions{MaxPrompt: int32(w.Sessions.MaxPrompt)}
		if c.Sessions.Turns, err = lengths(&w.Sessions.Turns); err != nil {
			return c, fmt.Errorf("turns: %w", err)
		}
		if c.Sessions.Gap, err = durations(&w.Sessions.Gap); err != nil {
			return c, fmt.Errorf("gap: %w", err)
		}
	}
	return c, nil
}

// arrivals translates an arrival process.
func arrivals(a *scenario.Arrivals) (workloads.Process, workloads.Rate, error) {
	rate := workloads.Rate{PerSecond: float64(a.Rate), Weekly: a.Weekly}
	if a.Daily != nil {
		rate.Amplitude, rate.Peak = float64(a.Daily.Amplitude), a.Daily.Peak
	}
	switch a.Process {
	case "gamma":
		p, err := workloads.NewGamma(a.CV)
		return p, rate, err
	case "weibull":
		p, err := workloads.NewWeibull(a.CV)
		return p, rate, err
	case "deterministic":
		return workloads.Deterministic{}, rate, nil
	case "mmpp":
		var states []workloads.State
		for _, st := range a.States {
			states = append(states, workloads.State{Rate: float64(st.Rate), Mean: st.Mean.Seconds()})
		}
		p, mean, err := workloads.NewMarkovModulated(states)
		rate.PerSecond = mean
		return p, rate, err
	}
	return workloads.Poisson{}, rate, nil
}

// lengths translates a distribution of token counts.
func lengths(l *scenario.Lengths) (workloads.Length, error) {
	values := make([]float64, len(l.Values))
	for i, v := range l.Values {
		values[i] = float64(v)
	}
	return distribution(l.Dist, float64(l.Value), float64(l.Mean), l.CV, float64(l.P50), float64(l.P99), float64(l.Min), float64(l.Max), values, l.Weights)
}

// durations translates a distribution of spans of time, in seconds.
func durations(d *scenario.Durations) (workloads.Length, error) {
	values := make([]float64, len(d.Values))
	for i, v := range d.Values {
		values[i] = v.Seconds()
	}
	return distribution(d.Dist, d.Value.Seconds(), d.Mean.Seconds(), d.CV, d.P50.Seconds(), d.P99.Seconds(), d.Min.Seconds(), d.Max.Seconds(), values, d.Weights)
}

// distribution returns the distribution of a name. The bounds of a uniform one
// are its range; others are moved into theirs.
func distribution(dist string, value, mean, cv, p50, p99, lo, hi float64, values, weights []float64) (workloads.Length, error) {
	var l workloads.Length
	var err error
	switch dist {
	case "constant":
		return workloads.Constant(value), nil
	case "uniform":
		return workloads.Uniform{Min: lo, Max: hi}, nil
	case "exponential":
		l = workloads.Exponential(mean)
	case "gamma":
		l, err = workloads.NewGammaLength(mean, cv)
	case "histogram":
		l, err = workloads.NewHistogram(values, weights)
	default:
		if p50 > 0 {
			l, err = workloads.NewLognormalQuantiles(p50, p99)
		} else {
			l, err = workloads.NewLognormal(mean, cv)
		}
	}
	if err != nil || (lo == 0 && hi == 0) {
		return l, err
	}
	return workloads.Bounded{Length: l, Min: lo, Max: hi}, nil
}
