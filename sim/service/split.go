package service

import (
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/flow"
	"github.com/jevons-sim/jevons/sim/serving"
)

// Split is a disaggregated deployment: the replicas of one service compute
// prompts and first tokens, those of another the rest. Each service has its own
// layout, router and autoscaler. In between a request's KV crosses the network.
type Split struct {
	Prefill, Decode *Service
	transfer        Transfer
	network         *flow.Network
	backbone        *flow.Link // nil = none
	ports           map[*serving.Replica]*flow.Link
	sink            serving.Sink
	moves           map[*serving.Request]*move
	moved           int // moves begun so far
	restarts        []*serving.Request
}

// Transfer is how KV gets from prefill to decode replicas.
type Transfer struct {
	TokenBytes      float64 // of KV
	Latency         event.Time
	Prefill, Decode float64 // bytes per second that a replica sends and receives
	Backbone        float64 // bytes per second of all together; 0 = no limit
}

// move is a request between its halves, until its KV has landed.
type move struct {
	request *serving.Request
	order   int // in which first halves ended
	from    *serving.Replica
	flow    *flow.Flow // nil = memory is not kept for it yet
}

// half is a service's part in a split deployment.
type half interface {
	// joins says that a replica is ready.
	joins(r *serving.Replica)
	// leaves says that a replica has been stopped, and returns those of the
	// requests it had that its own service should route again.
	leaves(now event.Time, r *serving.Replica, left []*serving.Request) []*serving.Request
}

// firstHalf and secondHalf are what the services of a split deployment see.
type (
	firstHalf  struct{ *Split }
	secondHalf struct{ *Split }
)

var (
	_ serving.Sink     = firstHalf{}
	_ serving.Sink     = secondHalf{}
	_ serving.Receiver = (*Split)(nil)
)

// NewSplit returns a split deployment without services, ends of whose requests
// go to sink. The caller makes the services, with First and Second as their
// sinks, and joins them.
func NewSplit(e *event.Engine, t Transfer, sink serving.Sink) *Split {
	s := &Split{transfer: t, network: flow.New(e), ports: map[*serving.Replica]*flow.Link{}, moves: map[*serving.Request]*move{}, sink: sink}
	if t.Backbone > 0 {
		s.backbone = flow.NewLink(t.Backbone)
	}
	return s
}

// First and Second are the sinks of the services.
func (s *Split) First() serving.Sink  { return firstHalf{s} }
func (s *Split) Second() serving.Sink { return secondHalf{s} }

// Join makes the services a deployment, before the first event.
func (s *Split) Join(prefill, decode *Service) {
	s.Prefill, s.Decode = prefill, decode
	prefill.split, decode.split = firstHalf{s}, secondHalf{s}
}

// Submit takes a request in. One whose context could not fit a decode replica is
// rejected.
func (s *Split) Submit(now event.Time, q *serving.Request) {
	if !s.Decode.variant.Engine.Fits(q) {
		q.Finish = now
		s.sink.Done(now, q, serving.Rejected)
		return
	}
	q.Split()
	s.Prefill.deployment.Submit(now, q)
}

// Cancel ends a request wherever it is.
func (s *Split) Cancel(now event.Time, q *serving.Request) { s.where(q).Cancel(now, q) }

// Expire rejects a request that has not started.
func (s *Split) Expire(now event.Time, q *serving.Request) { s.where(q).Expire(now, q) }

// where returns a deployment that can find a request: any, if a replica has it.
func (s *Split) where(q *serving.Request) *serving.Deployment {
	if q.Second() {
		return s.Decode.deployment
	}
	return s.Prefill.deployment
}

// Unfinished calls f for every request in the deployment, at the end of the run.
func (s *Split) Unfinished(now event.Time, f func(*serving.Request)) {
	for _, h := range []*Service{s.Prefill, s.Decode} {
		h.Unfinished(now, func(q *serving.Request) {
			q.Rejoin()
			f(q)
		})
	}
}

// Done implements serving.Sink: a first half has ended. A request that wants
// more is handed over; its KV stays where it is until there is room for it.
func (h firstHalf) Done(now event.Time, q *serving.Request, o serving.Outcome) {
	if o != serving.Completed || !q.HasSecondHalf() {
		q.Rejoin()
		h.sink.Done(now, q, o)
		return
	}
	h.moved++
	h.moves[q] = &move{request: q, order: h.moved, from: q.Home()}
	h.Decode.deployment.Submit(now, q)
}

// Done implements serving.Sink: a request has ended, or starts anew because its
// KV was lost on the way.
func (h secondHalf) Done(now event.Time, q *serving.Request, o serving.Outcome) {
	if h.restarts != nil && slices.Contains(h.restarts, q) {
		return
	}
	h.drop(now, q)
	q.Rejoin()
	h.sink.Done(now, q, o)
}

// Reserved implements serving.Receiver: there is room for a request's KV.
func (s *Split) Reserved(now event.Time, q *serving.Request, tokens int64) {
	m := s.moves[q]
	links := []*flow.Link{s.port(m.from, s.transfer.Prefill), s.port(q.Home(), s.transfer.Decode)}
	if s.backbone != nil {
		links = append(links, s.backbone)
	}
	m.flow = s.network.Start(now, float64(float64(tokens)*s.transfer.TokenBytes), s.transfer.Latency, links, func(now event.Time) {
		delete(s.moves, q)
		q.Home().Land(now, q)
		q.Release(now)
		s.Prefill.checkDrains(now)
	})
}

// drop ends a request's move, if it has one.
func (s *Split) drop(now event.Time, q *serving.Request) {
	m := s.moves[q]
	if m == nil {
		return
	}
	if m.flow != nil {
		s.network.Cancel(now, m.flow)
	}
	delete(s.moves, q)
	q.Release(now)
	s.Prefill.checkDrains(now)
}

// port returns the link between a replica and the network.
func (s *Split) port(r *serving.Replica, capacity float64) *flow.Link {
	l := s.ports[r]
	if l == nil {
		l = flow.NewLink(capacity)
		s.ports[r] = l
	}
	return l
}

func (h firstHalf) joins(*serving.Replica)    {}
func (h secondHalf) joins(r *serving.Replica) { r.ReceiveFrom(h.Split) }

// leaves implements half: KV that the replica kept for others is lost, and those
// requests start anew.
func (h firstHalf) leaves(now event.Time, r *serving.Replica, left []*serving.Request) []*serving.Request {
	delete(h.ports, r)
	var moves []*move
	for _, m := range h.moves {
		if m.from == r {
			moves = append(moves, m)
		}
	}
	if moves == nil {
		return left
	}
	slices.SortFunc(moves, func(a, b *move) int { return a.order - b.order })
	var lost []*serving.Request
	for _, m := range moves {
		h.drop(now, m.request)
		lost = append(lost, m.request)
	}
	h.restarts = lost
	for _, q := range lost {
		h.Decode.deployment.Cancel(now, q)
	}
	h.restarts = nil
	h.restart(now, lost)
	return left
}

// leaves implements half: all requests of a decode replica start anew.
func (h secondHalf) leaves(now event.Time, r *serving.Replica, left []*serving.Request) []*serving.Request {
	delete(h.ports, r)
	for _, q := range left {
		h.drop(now, q)
	}
	h.Decode.deployment.Yield(left)
	h.restart(now, left)
	return nil
}

// restart routes requests again from the beginning of their first half.
func (s *Split) restart(now event.Time, requests []*serving.Request) {
	for _, q := range requests {
		q.Rejoin()
		q.Split()
	}
	s.Prefill.deployment.Adopt(now, requests)
}
