package serving

import (
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
)

// Deployment spreads the requests of one service over its ready replicas. It
// is the sink of its replicas and passes every end on. Requests that arrive
// while no replica is ready, or under a central queue while none has room, are
// held in order of arrival.
type Deployment struct {
	router  Router
	central bool
	sink    Sink
	ready   Candidates
	held    fcfsQueue
	limit   int // of held requests; 0 = none
	load    int // requests in the deployment
	// dispatching is set while held requests are routed: those that a replica
	// rejects must not start over.
	dispatching bool
}

var _ Sink = (*Deployment)(nil)

// NewDeployment returns a deployment without replicas. A limit above zero
// rejects requests that arrive while so many are held.
func NewDeployment(r Router, sink Sink, limit int) *Deployment {
	_, central := r.(Central)
	return &Deployment{router: r, central: central, sink: sink, limit: limit, ready: Candidates{seats: central}}
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
	switch {
	case d.held.len() == 0 && d.ready.open():
		d.give(now, q)
	case d.limit > 0 && d.held.len() >= d.limit:
		q.reset()
		q.Finish = now
		d.Done(now, q, Rejected)
	default:
		q.reset()
		q.phase = waiting
		d.held.push(q)
	}
}

// Retry routes requests again that a stopped replica has returned, in front of
// those held. Their arrival times stand; what had been generated is lost.
func (d *Deployment) Retry(now event.Time, requests []*Request) {
	for _, q := range slices.Backward(requests) {
		q.home = nil
		q.reset()
		q.phase = waiting
		d.held.restore(q)
	}
	d.dispatch(now)
}

// dispatch routes held requests while there are replicas for them.
func (d *Deployment) dispatch(now event.Time) {
	if d.dispatching {
		return
	}
	d.dispatching = true
	for d.held.len() > 0 && d.ready.open() {
		q := d.held.head()
		d.held.remove(q)
		d.give(now, q)
	}
	d.dispatching = false
}

// give hands a request to the replica that the router picks.
func (d *Deployment) give(now event.Time, q *Request) {
	r := d.ready.At(d.router.Pick(q, &d.ready))
	q.home = r
	r.Submit(now, q)
	d.ready.update(r)
}

// Done implements Sink for the replicas.
func (d *Deployment) Done(now event.Time, q *Request, o Outcome) {
	if q.home != nil {
		d.ready.update(q.home)
	}
	d.load--
	d.sink.Done(now, q, o)
	d.dispatch(now)
}

// Add lets a replica take requests, those held first.
func (d *Deployment) Add(now event.Time, r *Replica) {
	d.ready.add(r)
	d.dispatch(now)
}

// Remove stops sending requests to a replica. Those it has, it keeps.
func (d *Deployment) Remove(r *Replica) { d.ready.remove(r) }

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
	} else if q.phase == waiting {
		d.leave(now, q, Rejected)
	}
}

func (d *Deployment) leave(now event.Time, q *Request, o Outcome) {
	d.held.remove(q)
	q.phase = outside
	q.Finish = now
	d.Done(now, q, o)
}

// Unfinished calls f for every request still in the deployment's own queue.
func (d *Deployment) Unfinished(f func(*Request)) {
	d.held.each(f)
}
