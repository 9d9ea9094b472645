package fluid

import "github.com/jevons-sim/jevons/sim/serving"

// Correction is what simulated requests say of the curve: the parts of a step
// as measured, relative to what the curve has at the same batch. It is a ratio
// of sums over all measurements, in which older ones fade.
type Correction struct {
	measured, predicted [NumParts + 1]float64 // the last: bytes
	lessons             int
}

// fading is the weight of a measurement after the next one.
const fading = 0.9

// Fade makes what was learned before count less than what is learned from now
// on.
func (e *Engine) Fade() {
	c := &e.Correct
	c.lessons++
	for i := range c.measured {
		c.measured[i] *= fading
		c.predicted[i] *= fading
	}
}

func newCorrection() Correction { return Correction{} }

func (c *Correction) ratio(i int) float64 {
	if c.predicted[i] <= 0 || c.measured[i] <= 0 {
		return 1
	}
	return c.measured[i] / c.predicted[i]
}

func (c *Correction) part(i int) float64 { return c.ratio(i) }
func (c *Correction) bytes() float64     { return c.ratio(NumParts) }

// Lessons returns how often the curve may have changed.
func (e *Engine) Lessons() int { return e.Correct.lessons }

// Learn takes a measurement: how replicas of the engine spent some time, and
// the work that they did in it, with requests of these means.
func (e *Engine) Learn(u serving.Usage, w serving.Work, m Means) {
	if w.Steps == 0 || w.DecodeTokens == 0 || m.Weight == 0 {
		return
	}
	steps := float64(w.Steps)
	// The curve is asked about the lengths that came, not about those that come
	// on average: that leaves their chance out of the comparison.
	if w.PrefillTokens > 0 && m.Prompt > 0 {
		prompt := m.Steps * (float64(w.PrefillTokens) / float64(w.DecodeTokens))
		m.Pairs *= prompt / m.Prompt
		m.Prompt = prompt
		m.Context = m.Steps * (float64(w.KVRead-w.PrefillTokens) / float64(w.DecodeTokens))
	}
	plain := Engine{cfg: e.cfg, spread: e.spread}
	// Running requests are those that decode, and those in their prompt.
	decodes := m.Steps / m.Weight
	_, _, chunks := plain.mean(1, m)
	s, _, _ := plain.mean(float64(w.DecodeTokens)/steps*(decodes+chunks)/max(decodes, 1e-9), m)
	c := &e.Correct
	measured := [NumParts]float64{u.Prefill.Seconds(), u.Decode.Seconds(), u.Host.Seconds(), u.Comm.Seconds()}
	for i, x := range measured {
		c.measured[i] += x
		c.predicted[i] += float64(steps * s.parts[i])
	}
	c.measured[NumParts] += w.Bytes(e.cfg)
	c.predicted[NumParts] += float64(steps * s.bytes)
}
