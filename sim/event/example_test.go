package event_test

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/event"
)

// queue is an M/M/1 queue: customers arrive at rate 0.8 per second and are
// served one at a time in a mean of one second.
type queue struct {
	arrivals, services event.Rand
	waiting            []event.Time // arrival times, the one in service first
	served             int
	waited             event.Time
}

const (
	arrival event.Kind = iota
	departure
)

func (q *queue) Handle(e *event.Engine, ev event.Event) {
	if ev.Kind == arrival {
		e.At(ev.Time+event.FromSeconds(q.arrivals.Exp()/0.8), event.ClassArrival, q, arrival, 0)
		q.waiting = append(q.waiting, ev.Time)
		if len(q.waiting) > 1 {
			return // the server is busy
		}
	} else {
		q.waiting = q.waiting[1:]
	}
	if len(q.waiting) > 0 { // the next customer's service begins
		q.served++
		q.waited += ev.Time - q.waiting[0]
		e.At(ev.Time+event.FromSeconds(q.services.Exp()), event.ClassEnd, q, departure, 0)
	}
}

// A complete queueing simulation: the mean wait of M/M/1 at a load of 0.8 is
// ρ/(1−ρ) = 4 service times.
func Example_mM1() {
	var e event.Engine
	q := &queue{arrivals: event.NewStream(1, "arrivals").Entity(0), services: event.NewStream(1, "services").Entity(0)}
	e.At(0, event.ClassArrival, q, arrival, 0)
	e.RunUntil(2_000_000*event.Second, nil)
	fmt.Printf("mean wait %.2f s, exact 4 s\n", (q.waited / event.Time(q.served)).Seconds())
	// Output: mean wait 4.02 s, exact 4 s
}
