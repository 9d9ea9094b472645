package serving

import "github.com/jevons-sim/jevons/sim/perf"

// localWork returns the work of the decodes in local layers in a step.
func (d *drafted) localWork(step int64) perf.LocalWork {
	if d.localPairs == nil {
		return perf.LocalWork{}
	}
	i := d.slot(step)
	return perf.LocalWork{DecodePairs: d.localPairs[i], Reads: d.localReads[i]}
}

// addLocal adds the work of a decode in the next step of its path, times a sign.
func (d *drafted) addLocal(t *perf.LocalTable, step int64, p *path, sign int64) {
	i := d.slot(step)
	d.localPairs[i] += sign * t.Pairs(p.context, p.ahead)
	d.localReads[i] += sign * t.Reads(p.context, p.ahead)
}
