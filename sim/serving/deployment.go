package serving

import (
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
)

// Deployment spreads the requests of one service over its ready replicas. It
// is the sink of its replicas and passes every end on. Requests that arrive
// while no replica is ready, or has room under a central queue or a limit of
// concurrency, are held in order of arrival, or in that of a Gate.
type Deployment struct {
	router Router
	sink   Sink
	ready  Candidates
	held   queue
	limit  int // of held requests; 0 = none
	load   int // requests in the deployment
	// dispatching is set while held requests are routed: those that a replica
	// rejects must not start over.
	dispatching bool
	watch       *watch // of a router that looks at its replicas
	gate        *gate  // nil = everything is admitted, and held in order of arrival
	busy        int    // requests on ready replicas
}

var _ Sink = (*Deployment)(nil)

// NewDeployment returns a deployment without replicas. A limit above zero
// rejects requests that arrive while so many are held.
func NewDeployment(r Router, sink Sink, limit int) *Deployment {
	_, central := r.(Central)
	return &Deployment{router: r, sink: sink, limit: limit, held: &fcfsQueue{}, ready: Candidates{seats: central}}
}

// Admit makes the deployment take requests in as a Gate says. It must be
// called before the first request.
func (d *Deployment) Admit(a Gate) {
	d.gate = &gate{Gate: a, held: map[int32]int{}}
	d.held = newQueue(a.Order, a.Fair)
}

// Load returns the requests in the deployment: held, waiting and running.
func (d *Deployment) Load() int { return d.load }

// Router returns the router.
func (d *Deployment) Router() Router { return d.router }

// Held returns the requests that no replica has taken yet.
func (d *Deployment) Held() int { return d.held.len() }

// Ready returns the replicas that take requests, in the order they were added.
func (d *Deployment) Ready() []*Replica { return d.ready.replicas }

// Submit routes a request, or holds it.
func (d *Deployment) Submit(now event.Time, q *Request) {
	d.load++
	q.home = nil
	if d.gate != nil {
		switch d.judge(now, q) {
		case refused:
			d.turnAway(now, q, Rejected)
			return
		case shed:
			d.turnAway(now, q, Shed)
			return
		}
	}
	switch {
	case d.held.len() == 0 && d.open():
		d.serve(now, q)
	case d.limit > 0 && d.held.len() >= d.limit:
		d.turnAway(now, q, Rejected)
	default:
		q.reset()
		q.phase = waiting
		d.held.push(q)
		d.count(q, 1)
	}
}

// turnAway ends a request that has just arrived.
func (d *Deployment) turnAway(now event.Time, q *Request, o Outcome) {
	q.reset()
	q.Finish = now
	d.Done(now, q, o)
}

// unhold takes a request out of the deployment's own queue.
func (d *Deployment) unhold(q *Request) {
	d.held.remove(q)
	d.count(q, -1)
}

// count notes that a request is held, or no longer.
func (d *Deployment) count(q *Request, change int) {
	if d.gate != nil {
		d.gate.held[q.Priority] += change
	}
}

// open reports whether a replica may be given a request now.
func (d *Deployment) open() bool {
	return d.ready.open() && (d.gate == nil || d.gate.Concurrency == 0 || d.busy < d.gate.Concurrency*d.ready.Len())
}

// Retry routes requests again that a stopped replica has returned, in front of
// those held. Their arrival times stand; what had been generated is lost.
func (d *Deployment) Retry(now event.Time, requests []*Request) {
	for _, q := range slices.Backward(requests) {
		q.home = nil
		q.reset()
		q.phase = waiting
		d.held.restore(q)
		d.count(q, 1)
	}
	d.dispatch(now)
}

// Yield lets requests go that a stopped replica has returned: they are somebody
// else's now.
func (d *Deployment) Yield(requests []*Request) { d.load -= len(requests) }

// Adopt takes requests in that somebody else had, in front of those held.
func (d *Deployment) Adopt(now event.Time, requests []*Request) {
	d.load += len(requests)
	d.Retry(now, requests)
}

// dispatch routes held requests while there are replicas for them.
func (d *Deployment) dispatch(now event.Time) {
	if d.dispatching {
		return
	}
	d.dispatching = true
	for d.held.len() > 0 && d.open() {
		q := d.held.head()
		d.unhold(q)
		d.serve(now, q)
	}
	d.dispatching = false
}

// serve hands a request to the replica that the router picks.
func (d *Deployment) serve(now event.Time, q *Request) {
	d.held.served(q)
	r := d.ready.At(d.router.Pick(now, q, &d.ready))
	q.home = r
	d.busy++
	r.Submit(now, q)
	d.ready.update(r)
	if d.watch != nil {
		d.watch.wake(now)
	}
}

// Done implements Sink for the replicas.
func (d *Deployment) Done(now event.Time, q *Request, o Outcome) {
	if q.home != nil {
		if q.home.place >= 0 {
			d.busy--
		}
		d.ready.update(q.home)
	}
	d.load--
	if d.gate != nil && d.gate.TTFT > 0 {
		d.gate.ended(now, o, d.Waiting())
	}
	d.sink.Done(now, q, o)
	d.dispatch(now)
}

// Add lets a replica take requests, those held first.
func (d *Deployment) Add(now event.Time, r *Replica) {
	if by, ok := d.router.(reader); ok {
		if d.watch == nil {
			d.watch = &watch{deployment: d, events: r.events, every: by.period()}
			d.watch.timer = r.events.NewTimer(d.watch, 0, 0)
		}
		if by.contents() && r.cache != nil {
			r.cache.log = &changeLog{}
		}
	}
	d.ready.add(r)
	d.busy += r.load
	d.dispatch(now)
}

// Remove stops sending requests to a replica. Those it has, it keeps.
func (d *Deployment) Remove(r *Replica) {
	if r.place >= 0 {
		d.busy -= r.load
	}
	d.ready.remove(r)
}

// Cancel ends a request wherever it is (see Replica.Cancel).
func (d *Deployment) Cancel(now event.Time, q *Request) {
	if q.home != nil {
		q.home.Cancel(now, q)
	} else if q.phase == waiting {
		d.leave(now, q, Cancelled)
	}
}

// Expire rejects a request that has not started (see Replica.Expire).
func (d *Deployment) Expire(now event.Time, q *Request) {
	if q.home != nil {
		q.home.Expire(now, q)
	} else if q.phase == waiting && q.Generated == 0 {
		d.leave(now, q, Rejected)
	}
}

func (d *Deployment) leave(now event.Time, q *Request, o Outcome) {
	d.unhold(q)
	q.phase = outside
	q.Finish = now
	d.Done(now, q, o)
}

// Unfinished calls f for every request still in the deployment's own queue.
func (d *Deployment) Unfinished(f func(*Request)) {
	d.held.each(f)
}
