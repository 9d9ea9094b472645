package sim

import (
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/serving"
	"github.com/jevons-sim/jevons/traces"
)

// requestBook follows every request from arrival to its end. Its memory is one
// record per request in the system and one set of sketches per class and
// segment.
type requestBook struct {
	sim     *Simulation
	itl     metrics.Histogram // table units
	classes []string
	tenants []string
	cells   [][]*requestCell // [class][segment]
	live    []*liveRequest   // by tag
	free    []int64
	arrived uint64 // requests, simulated or not
	ids     uint64 // given so far
	row     result.RequestRow
}

// liveRequest is a request in the system.
type liveRequest struct {
	serving.Request
	service  *deployed
	to       front   // the service's, or a probe's
	probe    *probe  // nil = the request is not part of a sample
	answer   *answer // of its workload to prices; nil = it does not answer
	tenant   string
	deadline event.Time // span after which the result is worthless; 0 = none
	patience event.Time // span after which the client gives up; 0 = never
	expires  event.ID
	cancels  event.ID
	reaches  event.ID
	// outside says that the engine has not seen the request yet.
	outside bool
	// reclaims says that it arrived while a replica waited for lent GPUs.
	reclaims bool
	segments []serving.Segment // what Content refers to
}

// requestCell counts the requests of one class that arrived in one segment.
type requestCell struct {
	arrived                  int64
	desired, adopted         float64 // that price asks for; that have been adopted (see answer.weights)
	ended                    [serving.Outcomes]int64
	prompt, output, thinking int64
	preemptions, good        int64
	cached                   int64             // prompt tokens
	ttft, tpot, e2e, queue   metrics.Histogram // ns
}

var (
	_ serving.Sink  = (*requestBook)(nil)
	_ event.Handler = (*requestBook)(nil)
)

// Event kinds of a request book.
const (
	clientCancels event.Kind = iota
	deadlinePasses
	reachesEngine
)

func newRequestBook(s *Simulation) *requestBook { return &requestBook{sim: s} }

// class returns the number of a class.
func (b *requestBook) class(name string) int32 {
	i := slices.Index(b.classes, name)
	if i < 0 {
		i = len(b.classes)
		b.classes = append(b.classes, name)
		b.cells = append(b.cells, make([]*requestCell, b.sim.segments.count()))
	}
	return int32(i)
}

// tenantNumber returns the number of a tenant.
func (b *requestBook) tenantNumber(name string) int32 {
	i := slices.Index(b.tenants, name)
	if i < 0 {
		i = len(b.tenants)
		b.tenants = append(b.tenants, name)
	}
	return int32(i)
}

// cell returns the counters of a class at an arrival time.
func (b *requestBook) cell(class int32, arrive event.Time) *requestCell {
	c := &b.cells[class][b.sim.segments.of(arrive)]
	if *c == nil {
		*c = &requestCell{}
	}
	return *c
}

// arrive takes a request into the system.
func (b *requestBook) arrive(now event.Time, r *traces.Request, d *deployed, class int32, a *answer) {
	b.arrived++
	c := b.cell(class, now)
	c.arrived++
	if b.sim.doc.Demand != nil {
		desired, adopted := 1.0, 1.0 // a trace comes as it was recorded
		if a != nil {
			desired, adopted = a.weights(now)
		}
		c.desired += desired
		c.adopted += adopted
	}
	b.enter(now, r, d, nil, class, a)
}

// enter follows a request from now on, to its deployment or to a probe of it.
func (b *requestBook) enter(now event.Time, r *traces.Request, d *deployed, p *probe, class int32, a *answer) {
	q := b.take()
	b.ids++
	q.Request = serving.Request{
		ID: b.ids, Tag: q.Tag, Prompt: r.Prompt, Output: r.Output, Thinking: r.Thinking,
		Priority: r.Priority, Class: class, Session: r.Session, Arrive: r.At,
	}
	q.service, q.to, q.tenant, q.deadline, q.patience, q.answer = d, d.front, r.Tenant, r.Deadline, r.Patience, a
	if q.probe = p; p != nil {
		q.to = p.deployment
	}
	q.reclaims = b.sim.lending.arrived(d)
	if d.fair {
		q.Tenant = b.tenantNumber(r.Tenant)
	}
	if cv := d.predictionCV; cv > 0 {
		q.Expected = d.predict(&q.Request, cv)
	}
	q.setContent(r)
	q.outside = true
	if ahead := event.FromSeconds(d.serving.Ahead(int(q.Prompt))); ahead > 0 {
		q.reaches = b.sim.engine.At(now+ahead, event.ClassArrival, b, reachesEngine, q.Tag)
		return
	}
	b.reach(now, q)
}

// reach hands a request to its deployment, once the API server is through with
// it.
func (b *requestBook) reach(now event.Time, q *liveRequest) {
	q.outside = false
	// Client and deadline act through events of their own: they must be armed
	// before the request can end.
	if q.patience > 0 {
		q.cancels = b.sim.engine.At(max(now, q.Arrive+q.patience), event.ClassTimer, b, clientCancels, q.Tag)
	}
	if q.deadline > 0 {
		q.expires = b.sim.engine.At(max(now, q.Arrive+q.deadline), event.ClassTimer, b, deadlinePasses, q.Tag)
	}
	q.to.Submit(now, &q.Request)
}

// setContent tells the prefix cache what the prompt begins with: the blocks
// whose hashes a trace gives, or the conversation so far. Thinking tokens are
// not part of a conversation: what follows them is shared with nobody.
func (q *liveRequest) setContent(r *traces.Request) {
	q.segments, q.Content = q.segments[:0], serving.Content{}
	switch {
	case r.HashBlock > 0:
		left := r.Prompt
		for _, h := range r.Hashes {
			if left <= 0 {
				break
			}
			q.segments = append(q.segments, serving.Segment{Key: h, Tokens: min(left, r.HashBlock)})
			left -= r.HashBlock
		}
	case r.Session != 0 && r.Thinking > 0:
		q.segments = append(q.segments, serving.Segment{Key: r.Session, Tokens: r.Prompt})
	default:
		q.Content.Tail = r.Session
	}
	q.Content.Segments = q.segments
}

// take returns a free record.
func (b *requestBook) take() *liveRequest {
	if n := len(b.free); n > 0 {
		q := b.live[b.free[n-1]]
		b.free = b.free[:n-1]
		return q
	}
	q := &liveRequest{}
	q.Tag = int64(len(b.live))
	b.live = append(b.live, q)
	return q
}

// Handle implements event.Handler.
func (b *requestBook) Handle(_ *event.Engine, ev event.Event) {
	q := b.live[ev.Arg]
	switch ev.Kind {
	case reachesEngine:
		b.reach(ev.Time, q)
	case clientCancels:
		q.to.Cancel(ev.Time, &q.Request)
	default:
		q.to.Expire(ev.Time, &q.Request)
	}
}

// Done implements serving.Sink.
func (b *requestBook) Done(_ event.Time, r *serving.Request, o serving.Outcome) {
	q := b.live[r.Tag]
	b.cell(q.Class, q.Arrive).count(q, o, 1)
	b.sim.metering.processed(q, 1)
	b.sim.demand.ended(q, o)
	b.sim.lending.ended(q, o)
	b.record(q, o)
	b.leave(q)
}

// leave forgets a request.
func (b *requestBook) leave(q *liveRequest) {
	for _, id := range []event.ID{q.cancels, q.expires, q.reaches} {
		b.sim.engine.Cancel(id)
	}
	q.cancels, q.expires, q.reaches = event.ID{}, event.ID{}, event.ID{}
	q.outside, q.probe = false, nil
	b.free = append(b.free, q.Tag)
}

// count adds the end of a request that stands for so many. Latencies are those
// of completed requests.
func (c *requestCell) count(q *liveRequest, o serving.Outcome, n int64) {
	c.ended[o] += n
	c.prompt += n * int64(q.Prompt)
	c.output += n * int64(q.Generated)
	c.thinking += n * int64(min(q.Thinking, q.Generated))
	c.preemptions += n * int64(q.Preemptions)
	c.cached += n * int64(min(q.Cached, q.Prompt))
	if o != serving.Completed {
		return
	}
	c.ttft.RecordN(int64(q.TTFT()), uint64(n))
	c.e2e.RecordN(int64(q.E2E()), uint64(n))
	c.queue.RecordN(int64(q.QueueTime()), uint64(n))
	if q.Output > 1 {
		c.tpot.RecordN(int64(q.TPOT()), uint64(n))
	}
	if q.good() {
		c.good += n
	}
}

// good reports whether a completed request met its deployment's SLO and its
// own deadline.
func (q *liveRequest) good() bool {
	slo := &q.service.spec.SLO
	return (slo.TTFT == 0 || q.TTFT() <= slo.TTFT) && (slo.TPOT == 0 || q.TPOT() <= slo.TPOT) &&
		(slo.E2E == 0 || q.E2E() <= slo.E2E) && (q.deadline == 0 || q.E2E() <= q.deadline)
}

// record writes a request's row.
func (b *requestBook) record(q *liveRequest, o serving.Outcome) {
	if !b.sim.doc.Outputs.Requests {
		return
	}
	b.row = result.RequestRow{
		ID: int64(q.ID), Class: b.classes[q.Class], Tenant: q.tenant, Deployment: q.service.Name(), Outcome: o.String(),
		PromptTokens: q.Prompt, OutputTokens: q.Generated, ThinkingTokens: min(q.Thinking, q.Generated),
		Arrive: int64(q.Arrive), Scheduled: int64(q.Scheduled), FirstToken: int64(q.FirstToken), Finish: int64(q.Finish),
		Preemptions: q.Preemptions,
	}
	b.sim.fail(b.sim.recorder.Request(&b.row))
}

// close ends every request still in the system as unfinished, in order of
// arrival.
func (b *requestBook) close(now event.Time) {
	var left []*serving.Request
	for _, q := range b.live {
		if q.outside {
			q.outside = false
			left = append(left, &q.Request)
		}
	}
	for _, d := range b.sim.services {
		d.Unfinished(now, func(q *serving.Request) { left = append(left, q) })
	}
	slices.SortFunc(left, func(x, y *serving.Request) int { return int(x.ID) - int(y.ID) })
	for _, q := range left {
		q.Finish = now
		b.Done(now, q, serving.Unfinished)
	}
}
