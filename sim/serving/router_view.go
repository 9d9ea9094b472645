package serving

import "github.com/jevons-sim/jevons/sim/event"

// view is what a router knows of a replica. Engines publish their load and what
// their caches hold, and a gateway looks at that every so often: in between it
// decides by what it saw last.
type view struct {
	waiting int     // requests in the queue
	tokens  int64   // in KV memory, and waiting to be prefilled into it
	use     float64 // share of KV memory
	// contents says how many blocks the cache has along each path; see changeLog.
	contents map[pathKey]int64
}

// reader is a router that decides by views of the replicas.
type reader interface {
	Router
	// period is the time between looks at the replicas.
	period() event.Time
	// contents says that it wants to know what the caches hold.
	contents() bool
}

// look brings the router's view of the replica up to date. It must be called as
// a reader of event.ClassSample, when all of an instant has happened.
func (r *Replica) look(now event.Time) {
	blocks := r.KVBlocks(now)
	v := &r.view
	v.waiting = r.Waiting()
	v.tokens = blocks*int64(r.cfg.BlockSize) + r.waitingTokens
	v.use = float64(blocks) / float64(r.cfg.Blocks)
	if r.cache == nil || r.cache.log == nil {
		return
	}
	r.engine.settle(now)
	if v.contents == nil {
		v.contents = map[pathKey]int64{}
	}
	r.cache.log.apply(v.contents)
}

// matched returns how many tokens of a request's prompt the replica's cache had
// when its router looked. The last token never counts: it has to be computed in
// any case.
func (r *Replica) matched(q *Request) int64 {
	if r.cache == nil {
		return 0
	}
	size := int64(r.cfg.BlockSize)
	return r.cache.lookUp(r.view.contents, q, int64(q.Prompt-1)/size) * size
}

// watch looks at a deployment's replicas at every multiple of a period while
// there are requests in it: what replicas hold changes only then.
type watch struct {
	deployment *Deployment
	events     *event.Engine
	timer      event.Timer
	every      event.Time
}

var _ event.Handler = (*watch)(nil)

// wake makes sure that the next look is due.
func (w *watch) wake(now event.Time) {
	if _, armed := w.events.Armed(w.timer); !armed {
		w.events.Arm(w.timer, (now/w.every+1)*w.every, event.ClassSample)
	}
}

// Handle implements event.Handler.
func (w *watch) Handle(_ *event.Engine, ev event.Event) {
	for _, r := range w.deployment.ready.replicas {
		r.look(ev.Time)
	}
	if w.deployment.load > 0 {
		w.wake(ev.Time)
	}
}
