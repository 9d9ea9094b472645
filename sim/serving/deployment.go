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
	ready   []*Replica
	held    fcfsQueue
	limit   int // of held requests; 0 = none
	load    int // requests in the deployment
}

var _ Sink = (*Deployment)(nil)

// NewDeployment returns a deployment without replicas. A limit above zero
// rejects requests while so many are held.
func NewDeployment(r Router, sink Sink, limit int) *Deployment {
	_, central := r.(Central)
	return &Deployment{router: r, central: central, sink: sink, limit: limit}
}

// Load returns the requests in the deployment: held, waiting and running.
func (d *Deployment) Load() int { return d.load }

// Held returns the requests that no replica has taken yet.
func (d *Deployment) Held() int { return d.held.len() }

// Ready returns the replicas that take requests, in the order they were added.
func (d *Deployment) Ready() []*Replica { return d.ready }

// Submit routes a request, or holds it.
func (d *Deployment) Submit(now event.Time, q *Request) {
	d.load++
	d.route(now, q)
}

// Retry routes requests again that a stopped replica has returned. Their
// arrival times stand; what had been generated is lost.
func (d *Deployment) Retry(now event.Time, requests []*Request) {
	for _, q := range requests {
		d.route(now, q)
	}
}

func (d *Deployment) route(now event.Time, q *Request) {
	q.home = nil
	if len(d.ready) == 0 || (d.central && (d.held.len() > 0 || !d.anyRoom())) {
		if d.limit > 0 && d.held.len() >= d.limit {
			q.reset()
			q.Finish = now
			d.Done(now, q, Rejected)
			return
		}
		q.phase = waiting
		d.held.push(q)
		return
	}
	d.give(now, q, d.ready[d.router.Pick(q, d.ready)])
}

func (d *Deployment) give(now event.Time, q *Request, r *Replica) {
	q.home = r
	r.Submit(now, q)
}

func (d *Deployment) anyRoom() bool {
	return slices.ContainsFunc(d.ready, (*Replica).HasRoom)
}

// Done implements Sink for the replicas.
func (d *Deployment) Done(now event.Time, q *Request, o Outcome) {
	r := q.home
	d.load--
	d.sink.Done(now, q, o)
	if d.central && r != nil && slices.Contains(d.ready, r) {
		d.refill(now, r)
	}
}

// refill gives held requests to a replica while it has room.
func (d *Deployment) refill(now event.Time, r *Replica) {
	for d.held.len() > 0 && r.HasRoom() {
		q := d.held.head()
		d.held.remove(q)
		d.give(now, q, r)
	}
}

// Add lets a replica take requests, those held first.
func (d *Deployment) Add(now event.Time, r *Replica) {
	d.ready = append(d.ready, r)
	if d.central {
		d.refill(now, r)
		return
	}
	for d.held.len() > 0 {
		q := d.held.head()
		d.held.remove(q)
		d.route(now, q)
	}
}

// Remove stops sending requests to a replica. Those it has, it keeps.
func (d *Deployment) Remove(r *Replica) {
	if i := slices.Index(d.ready, r); i >= 0 {
		d.ready = slices.Delete(d.ready, i, i+1)
	}
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
	} else if q.phase == waiting {
		d.leave(now, q, Rejected)
	}
}

func (d *Deployment) leave(now event.Time, q *Request, o Outcome) {
	d.held.remove(q)
	q.reset()
	q.Finish = now
	d.Done(now, q, o)
}

// Unfinished calls f for every request still in the deployment's own queue.
func (d *Deployment) Unfinished(f func(*Request)) {
	d.held.each(f)
}
