package sim

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/scenario"
	"github.com/jevons-sim/jevons/traces"
	"github.com/jevons-sim/jevons/workloads"
)

// requestPump feeds a stream of requests to a deployment: it holds one request
// ahead, and one place in the event queue.
type requestPump struct {
	book   *requestBook
	timer  event.Timer
	stream traces.RequestStream
	next   traces.Request
	waits  bool // for the next request's arrival
	to     *deployed
	spec   *scenario.RequestWorkload
	answer *answer // nil = the stream does not answer to prices
	salt   uint64  // tells its conversations from those of other streams
	probe  *probe  // of the deployment, that takes the requests; nil = all is simulated
	// The class of the last request, and its number: streams rarely alternate.
	lastName string
	last     int32
}

var _ event.Handler = (*requestPump)(nil)

func (p *requestPump) start(e *event.Engine) error {
	p.timer = e.NewTimer(p, 0, 0)
	p.last = -1
	return p.advance(e)
}

// advance reads the next request and waits for it.
func (p *requestPump) advance(e *event.Engine) error {
	ok, err := p.stream.Next(&p.next)
	if err != nil {
		return fmt.Errorf("requests %s: %w", p.spec.Name, err)
	}
	p.waits = ok
	if ok && p.next.At < p.book.sim.doc.Horizon {
		e.Arm(p.timer, max(p.next.At, e.Now()), event.ClassArrival)
	}
	return nil
}

// extend goes on with a stream that depends on demand up to a later instant.
func (p *requestPump) extend(e *event.Engine, known event.Time) error {
	p.stream.(*workloads.Requests).Extend(known)
	if p.waits {
		return nil
	}
	return p.advance(e)
}

// Handle implements event.Handler: a request arrives.
func (p *requestPump) Handle(e *event.Engine, ev event.Event) {
	r := &p.next
	if p.last < 0 || r.Class != p.lastName {
		p.lastName = r.Class
		p.last = p.book.class(p.className(r))
	}
	if r.Tenant == "" {
		r.Tenant = p.spec.Tenant
	}
	if r.Session != 0 {
		r.Session ^= p.salt
	}
	if p.spec.Trace != nil {
		r.Priority += p.spec.Priority
		if r.Deadline == 0 {
			r.Deadline = p.spec.Deadline
		}
		if r.Patience == 0 {
			r.Patience = p.spec.Patience
		}
	}
	if p.probe != nil {
		p.book.enter(ev.Time, r, p.to, p.probe, p.last, p.answer)
	} else {
		p.book.arrive(ev.Time, r, p.to, p.last, p.answer)
	}
	p.book.sim.fail(p.advance(e))
}

// className returns the class under which results report a request: the
// workload's, the trace's own, or the workload's name.
func (p *requestPump) className(r *traces.Request) string {
	switch {
	case p.spec.Class != "":
		return p.spec.Class
	case r.Class != "":
		return r.Class
	}
	return p.spec.Name
}
