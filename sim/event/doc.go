// Package event is the simulation kernel: a clock in integer nanoseconds, a
// queue of typed events and named random streams. It knows nothing of GPUs and
// can be used alone; Example_mM1 in its tests is a complete queueing
// simulation in about twenty lines.
//
// # Order
//
// Events fire by (time, class, rank). The class says what an event means, so
// that ties at one instant resolve by meaning: what ends, ends before what
// fails; failures come before arrivals, arrivals before timers, timers before
// replicas form their next batch, that before a scheduling pass, and readers
// (samples) see the instant last. The rank is a sequence number, taken from
// one counter when an event or a timer is made. Nothing depends on map order,
// goroutines or the host.
//
// # Two ways to schedule
//
// At puts a one-shot event into the queue and returns an ID that can cancel or
// move it. A Timer is made once and armed again and again: it keeps its rank
// for life. Use a timer for whatever re-schedules itself (a replica, an arrival
// source, a sampler). Components that arm their timers more or less often, as
// the step-by-step and the macro-step serving engines do, then still resolve
// every tie alike.
//
// An event belongs to one owner, its Handler, and changes only that owner's
// state; anything else is a call on, or an event for, another owner.
//
// # Cost
//
// The queue is a 4-ary heap of 24-byte keys beside a table of payloads: no
// allocation per event once the table has grown to the largest number pending.
//
// # Randomness
//
// A Stream is named; a Rand is one entity's sequence within it, counter-based
// (Philox2x64-10) on (seed, name, entity). Drawing more for one entity, adding
// a component or changing a policy leaves every other draw as it was.
package event
