package fluid

import (
	"math"

	"github.com/jevons-sim/jevons/sim/perf"
)

// local is what requests do in layers whose attention is bounded: the mean
// tokens that a decode attends to, and the pairs of a prompt.
type local struct{ context, pairs float64 }

// localOf returns it for requests of these means. It is that of one request of
// the mean lengths; how lengths are spread is left to the correction.
func (e *Engine) localOf(m Means) local {
	l := e.cfg.Table.Local
	if l == nil || m.Weight <= 0 {
		return local{}
	}
	prompt, steps := int64(math.Round(m.Prompt/m.Weight)), max(1, int64(math.Round(m.Steps/m.Weight)))
	return local{
		context: float64(l.Pairs(prompt, steps)) / float64(steps),
		pairs:   float64(l.Pairs(0, prompt)),
	}
}

// step returns the time in table units and the bytes that local layers add to a
// step of a batch of decodes with a chunk of prompt tokens, of so many prompts.
func (l local) step(t *perf.LocalTable, batch, chunk, prompts float64) (units, bytes float64) {
	if t == nil {
		return 0, 0
	}
	reads := float64(batch*l.context) + chunk
	pairs := float64(float64(t.DecodePair)*batch*l.context) + float64(float64(t.PrefillPair)*prompts*l.pairs)
	return max(pairs, float64(float64(t.KVRead)*reads)), float64(t.KVBytes * reads)
}

// flops returns the model FLOPs of requests of these means in local layers.
func (l local) flops(t *perf.LocalTable, m Means) float64 {
	if t == nil {
		return 0
	}
	return (float64(m.Weight*l.pairs) + float64(m.Steps*l.context)) * t.PairFLOPs
}
