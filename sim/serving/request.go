package serving

import "github.com/jevons-sim/jevons/sim/event"

// Request is one live inference request. The caller fills in the first group
// of fields and submits it; it must not be changed or reused until Sink.Done
// has returned.
type Request struct {
	ID       uint64
	Prompt   int32   // prompt tokens, ≥ 1
	Output   int32   // tokens to generate, thinking included, ≥ 1
	Thinking int32   // of these, thinking tokens
	Priority int32   // higher goes first in a Priority queue
	Class    int32   // the caller's numbering of service classes
	Tenant   int32   // and of tenants, from 0
	Expected int32   // output tokens as predicted; 0 = prediction is perfect
	Tag      int64   // free for the caller
	Content  Content // for the prefix cache
	Session  uint64  // conversation, for routers; 0 = none
	Arrive   event.Time

	// Results, valid when Sink.Done is called. Times are 0 where the request
	// never got that far.
	Scheduled   event.Time // first admitted to a batch
	FirstToken  event.Time // end of the step that produced the first token
	Finish      event.Time // end, however it ended
	Generated   int32      // tokens generated
	Preemptions int32
	Recomputed  int64 // tokens whose KV preemptions threw away, computed again
	Cached      int32 // tokens that never had to be computed, thanks to the prefix cache

	// Engine state.
	bendIndex int32    // decode: in the heap of bends, 1 = its top (see localContexts); 0 = not there
	home      *Replica // where the deployment sent it; nil = held there
	leg       leg
	output    int32   // of a split request in its first half: tokens in all
	out       *export // what the replica of its first half keeps
	phase     phase
	cancelled bool
	heapIndex int32      // in the waiting heap or the decode heap
	submitted event.Time // to the replica
	queued    int64      // place in the waiting queue (see queue)
	admitted  int64      // admission number, rises with every admission
	target    int32      // tokens to prefill: the prompt, and what was generated before a preemption
	computed  int32      // of these, computed so far
	chunk     int32      // of these, computed in the step in progress
	reached   int32      // the most tokens that any of its preemptions threw away
	saved     int32      // waiting: tokens whose KV is in host memory
	drawn     int32      // speculation: random numbers used before the decode in progress
	held      int32      // speculation: blocks held (macro: in the last step; stepper: taken for the step in progress)
	node      int32      // prefix cache: the last node it uses
	shared    int64      // blocks that belong to the prefix cache, from the start
	base      int64      // decode: context = base + the engine's step counter; under speculation its first step
	finish    int64      // decode: step counter at the last token
	lastToken event.Time
	prev      *Request // waiting queue or running list
	next      *Request
}

// phase says where in its life a request is.
type phase uint8

const (
	outside phase = iota // not submitted, or ended
	waiting
	prefilling
	decoding
	inTransit // its KV is on the way
)

// TTFT returns the time to first token.
func (r *Request) TTFT() event.Time { return r.FirstToken - r.Arrive }

// E2E returns the time from arrival to the end.
func (r *Request) E2E() event.Time { return r.Finish - r.Arrive }

// QueueTime returns the wait from arrival to the first batch.
func (r *Request) QueueTime() event.Time { return r.Scheduled - r.Arrive }

// TPOT returns the mean time per output token after the first, in
// nanoseconds, rounded down, or 0 when there was only one.
func (r *Request) TPOT() event.Time {
	if r.Output < 2 {
		return 0
	}
	return (r.Finish - r.FirstToken) / event.Time(r.Output-1)
}

// reset clears results and engine state for a submission.
func (r *Request) reset() {
	if r.Second() {
		return // what its first half has brought stands
	}
	*r = Request{ID: r.ID, Prompt: r.Prompt, Output: r.Output, Thinking: r.Thinking,
		Priority: r.Priority, Class: r.Class, Tenant: r.Tenant, Expected: r.Expected, Tag: r.Tag, Content: r.Content, Session: r.Session, Arrive: r.Arrive, home: r.home, leg: r.leg, output: r.output}
}

// tokens returns the largest context the request can reach in KV memory.
func (r *Request) tokens() int64 { return int64(r.Prompt) + int64(r.Output) - 1 }

// Outcome is how a request ended.
type Outcome uint8

// The outcomes. Every request that arrives ends in exactly one.
const (
	Completed  Outcome = iota
	Rejected           // refused on arrival, or its deadline passed in the queue
	Cancelled          // given up by the client
	Unfinished         // still in the system at the horizon
	Shed               // turned away by load shedding, or in favour of a more important one
	Outcomes   = int(iota)
)

var outcomeNames = [Outcomes]string{"completed", "rejected", "cancelled", "unfinished", "shed"}

// String returns the outcome's name in results.
func (o Outcome) String() string { return outcomeNames[o] }

// Sink hears of every request's end. The request is the sink's to reuse once
// Done returns.
type Sink interface {
	Done(now event.Time, r *Request, o Outcome)
}
