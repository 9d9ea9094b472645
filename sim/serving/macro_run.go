package serving

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/perf"
)

// This file is the run of decode steps in progress: where it is cut, and how its
// steps are taken.

// cut ends the run in progress at the first boundary at or after now.
func (m *macro) cut(now event.Time) {
	m.sync(now)
	if m.clock.ceil() == now {
		// A boundary falls on this very instant: the step that starts there is
		// formed again, and gives back the blocks it took.
		m.allocate(-m.forming())
		m.trim()
		m.run.steps = 0
		m.state = forming
		m.events.Arm(m.timer, now, event.ClassStep)
		return
	}
	m.run.steps = 1
	m.endAt(m.elapsed(1))
}

// elapsed returns the summed duration of the first j steps of the run.
func (m *macro) elapsed(j int64) int64 {
	if m.drafted != nil {
		return m.drafted.elapsed(j)
	}
	return m.run.elapsed(j)
}

// within returns how many whole steps of the run fit into units.
func (m *macro) within(units int64) int64 {
	if m.drafted != nil {
		return m.drafted.within(units)
	}
	return m.run.within(units)
}

// sync takes the steps of the run in progress that have ended by now.
func (m *macro) sync(now event.Time) {
	if m.state != stepping || m.mixed.duration != 0 {
		return
	}
	// The last step's end is an event of its own: it is never taken here.
	if j := min(m.within(m.clock.until(now)), m.run.steps-1); j > 0 {
		m.allocate(m.crossings(j))
		m.take(j)
	}
}

func (m *macro) settle(now event.Time) {
	m.sync(now)
	if m.state == stepping && m.mixed.duration == 0 {
		formed := m.forming()
		m.allocate(-formed)
		m.trim()
		m.allocate(formed)
	}
}

// take completes j steps of the run in progress.
func (m *macro) take(j int64) {
	if m.drafted != nil {
		m.takeDrafted(j)
		return
	}
	b := int64(m.decodes.len())
	began := m.clock.plus(m.run.elapsed(j - 1))
	sum := m.run.take(j, m.itl, b)
	context := j*(m.kv+b) + b*(j*(j-1)/2) // Σ over steps and decodes of the context attended
	m.began = began
	host, comm := j*m.cfg.Table.HostTime(b), j*m.cfg.Table.Comm[b]
	m.meter.add(j, b, 0, host, comm, sum-host-comm, context, context)
	if m.local.table != nil {
		m.meter.addLocal(m.localWork(j))
		m.local.advance(m.n, j)
	}

	m.clock = m.clock.plus(sum)
	m.kv += j * b
	m.advance(j)
}

// forming returns how many blocks the decodes take in the step to come.
func (m *macro) forming() int64 {
	if m.drafted != nil {
		return int64(m.drafted.blocks[m.drafted.slot(m.n)])
	}
	return m.residue[m.at]
}

// crossings returns how many blocks the decodes take in count steps after the
// step to come.
func (m *macro) crossings(count int64) int64 {
	if m.drafted != nil {
		return m.drafted.crossings(m.n+1, count)
	}
	size, total := int64(len(m.residue)), int64(0)
	if count >= size {
		total = int64(m.decodes.len()) * (count / size)
		count %= size
	}
	for at := m.at; count > 0; count-- {
		if at--; at < 0 {
			at = size - 1
		}
		total += m.residue[at]
	}
	return total
}

// affordable returns how many of the next k decode steps the free blocks last.
func (m *macro) affordable(k, free int64) int64 {
	b, size := int64(m.decodes.len()), int64(len(m.residue))
	if b*(k/size+1) <= free {
		return k
	}
	steps := free / b * size
	free %= b
	for at := m.at; steps < k; steps++ {
		if free -= m.residue[at]; free < 0 {
			break
		}
		if at--; at < 0 {
			at = size - 1
		}
	}
	return min(k, steps)
}

// localWork returns the work of the decodes in local layers in the next j steps,
// under speculation in the next one.
func (m *macro) localWork(j int64) perf.LocalWork {
	switch {
	case m.local.table != nil:
		return m.local.work(int64(m.decodes.len()), j)
	case m.drafted != nil:
		return m.drafted.localWork(m.n)
	}
	return perf.LocalWork{}
}

// advance counts steps taken.
func (m *macro) advance(steps int64) {
	size := int64(len(m.residue))
	m.n += steps
	if m.at -= steps; m.at < 0 {
		m.at = (size - (-m.at)%size) % size
	}
}
