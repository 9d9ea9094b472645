package event

import "fmt"

// Class orders events of the same instant by what they mean.
type Class uint8

// The classes, in the order in which they fire at one instant.
const (
	ClassEnd      Class = iota // a step, job or transfer ends
	ClassFault                 // failures and repairs
	ClassArrival               // requests and jobs arrive
	ClassTimer                 // timeouts, checkpoints, autoscaling
	ClassStep                  // replicas form their next batch
	ClassSchedule              // one scheduling pass
	ClassSample                // readers, which change nothing
)

// Kind tells a handler's own events apart. Each handler numbers its kinds.
type Kind uint16

// Event is what a Handler receives.
type Event struct {
	Time  Time
	Class Class
	Kind  Kind
	Arg   int64 // whatever the scheduler of the event passed along
}

// Handler owns events. Handle runs when one is due; it may schedule, cancel
// and arm freely on the engine.
type Handler interface {
	Handle(e *Engine, ev Event)
}

// ID names a pending one-shot event. The zero ID names none. An ID goes stale
// when its event fires or is cancelled; using a stale ID does nothing.
type ID struct {
	slot int32
	gen  uint32
}

// Timer names an event that is made once and armed many times.
type Timer struct{ slot int32 }

// slot is the payload of one event or timer; its place in the heap is pos.
type slot struct {
	owner Handler
	arg   int64
	rank  uint64
	pos   int32 // index in heap, or notQueued
	gen   uint32
	kind  Kind
	timer bool
}

const notQueued = -1

// Engine is a clock and the queue of what is to happen. The zero value is
// ready for use. An Engine is not safe for concurrent use.
type Engine struct {
	now   Time
	heap  heap
	slots []slot
	free  []int32
	ranks uint64
	fired uint64
	stop  bool
}

// Now returns the time of the event being handled, or of the last one.
func (e *Engine) Now() Time { return e.now }

// Fired returns how many events have been handled.
func (e *Engine) Fired() uint64 { return e.fired }

// Pending returns how many events are queued.
func (e *Engine) Pending() int { return len(e.heap.keys) }

// At schedules one event for h at time t. It panics when t is in the past: an
// effect before its cause is a programming error, never an input error.
func (e *Engine) At(t Time, c Class, h Handler, kind Kind, arg int64) ID {
	e.checkFuture(t)
	i := e.newSlot(h, kind, arg)
	s := &e.slots[i]
	id := ID{slot: i, gen: s.gen}
	e.heap.push(e.slots, key{t, order(c, s.rank), i})
	return id
}

// Cancel removes a pending event and reports whether there was one.
func (e *Engine) Cancel(id ID) bool {
	if !e.live(id) {
		return false
	}
	e.heap.remove(e.slots, int(e.slots[id.slot].pos))
	e.release(id.slot)
	return true
}

// Reschedule moves a pending event to time t, keeping its class and rank, and
// reports whether there was one.
func (e *Engine) Reschedule(id ID, t Time) bool {
	if !e.live(id) {
		return false
	}
	e.checkFuture(t)
	pos := int(e.slots[id.slot].pos)
	k := e.heap.keys[pos]
	k.time = t
	e.heap.update(e.slots, pos, k)
	return true
}

// live reports whether id names a pending one-shot event. A fresh slot starts
// at generation 1, so the zero ID is never live.
func (e *Engine) live(id ID) bool {
	return id.gen != 0 && int(id.slot) < len(e.slots) && e.slots[id.slot].gen == id.gen
}

// NewTimer makes a timer for h, not yet armed.
func (e *Engine) NewTimer(h Handler, kind Kind, arg int64) Timer {
	i := e.newSlot(h, kind, arg)
	e.slots[i].timer = true
	return Timer{slot: i}
}

// Arm makes the timer fire at time t with class c, instead of whenever it was
// armed for before. The timer is disarmed when it fires.
func (e *Engine) Arm(tm Timer, t Time, c Class) {
	e.checkFuture(t)
	s := &e.slots[tm.slot]
	k := key{t, order(c, s.rank), tm.slot}
	if s.pos == notQueued {
		e.heap.push(e.slots, k)
		return
	}
	e.heap.update(e.slots, int(s.pos), k)
}

// Disarm takes the timer out of the queue; it may be armed again.
func (e *Engine) Disarm(tm Timer) {
	if s := &e.slots[tm.slot]; s.pos != notQueued {
		e.heap.remove(e.slots, int(s.pos))
	}
}

// Armed reports whether the timer is in the queue, and for when.
func (e *Engine) Armed(tm Timer) (Time, bool) {
	s := &e.slots[tm.slot]
	if s.pos == notQueued {
		return 0, false
	}
	return e.heap.keys[s.pos].time, true
}

// FreeTimer disarms the timer and gives its slot back. The timer must not be
// used again.
func (e *Engine) FreeTimer(tm Timer) {
	e.Disarm(tm)
	e.release(tm.slot)
}

// Quiet reports whether nothing else is pending at the current instant. A
// handler that would defer work to a later class of the same instant may do it
// at once when Quiet holds: no event could have come between.
func (e *Engine) Quiet() bool {
	return len(e.heap.keys) == 0 || e.heap.keys[0].time > e.now
}

// Next returns the time of the next event, or Forever.
func (e *Engine) Next() Time {
	if len(e.heap.keys) == 0 {
		return Forever
	}
	return e.heap.keys[0].time
}

// Step handles the next event and reports whether there was one.
func (e *Engine) Step() bool {
	if len(e.heap.keys) == 0 {
		return false
	}
	k := e.heap.pop(e.slots)
	s := &e.slots[k.slot]
	e.now = k.time
	e.fired++
	ev := Event{Time: k.time, Class: Class(k.order >> classShift), Kind: s.kind, Arg: s.arg}
	h := s.owner
	if !s.timer {
		e.release(k.slot)
	}
	h.Handle(e, ev)
	return true
}

// RunUntil handles every event up to and including time t, then sets the clock
// to t. Between bursts of at most 8,192 events it calls poll (if not nil) and
// returns early when that returns false; so does Stop. It reports whether it
// reached t.
func (e *Engine) RunUntil(t Time, poll func() bool) bool {
	e.checkFuture(t)
	e.stop = false
	for {
		for range 8192 {
			if len(e.heap.keys) == 0 || e.heap.keys[0].time > t {
				e.now = t
				return true
			}
			e.Step()
			if e.stop {
				return false
			}
		}
		if poll != nil && !poll() {
			return false
		}
	}
}

// Stop makes RunUntil return after the event being handled.
func (e *Engine) Stop() { e.stop = true }

func (e *Engine) checkFuture(t Time) {
	if t < e.now {
		panic(fmt.Sprintf("event: scheduled for %v, before now (%v)", t, e.now))
	}
}

func (e *Engine) newSlot(h Handler, kind Kind, arg int64) int32 {
	var i int32
	if n := len(e.free); n > 0 {
		i = e.free[n-1]
		e.free = e.free[:n-1]
	} else {
		i = int32(len(e.slots))
		e.slots = append(e.slots, slot{gen: 1})
	}
	e.ranks++
	s := &e.slots[i]
	s.owner, s.arg, s.kind, s.timer, s.pos, s.rank = h, arg, kind, false, notQueued, e.ranks
	return i
}

func (e *Engine) release(i int32) {
	s := &e.slots[i]
	s.owner = nil
	s.pos = notQueued
	s.gen++
	if s.gen == 0 { // generation 0 belongs to the zero ID
		s.gen = 1
	}
	e.free = append(e.free, i)
}
