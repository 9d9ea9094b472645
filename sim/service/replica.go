package service

import (
	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/serving"
)

// state is where in its life a replica is, in order of usefulness.
type state uint8

const (
	waiting state = iota // for GPUs
	starting
	ready
	draining
)

// replica is one replica of a service, the owner of its gang.
type replica struct {
	service *Service
	engine  *serving.Config // of its variant
	placed  func(fleet.Location) *serving.Config
	runs    *serving.Config // once it has GPUs: its engine where it lies
	start   ColdStart
	state   state
	gang    *cluster.Gang
	ready   event.ID         // end of the start
	serving *serving.Replica // once ready
	settled serving.Usage
	drains  bool     // by the fluid model: it computes no more prompts
	idle    event.ID // end of the drain, due at this instant
	evict   event.ID // end of the grace period
}

var (
	_ cluster.Owner = (*replica)(nil)
	_ event.Handler = (*replica)(nil)
)

// Event kinds of a replica.
const (
	isReady event.Kind = iota
	isDrained
	isUnwanted
	isOverdue
)

// Start implements cluster.Owner.
func (r *replica) Start(now event.Time, g *cluster.Gang) {
	r.state = starting
	if r.runs = r.engine; r.placed != nil {
		r.runs = r.placed(r.service.cluster.Locate(g))
	}
	r.service.waits--
	r.ready = r.service.engine.At(now+r.service.startup(r, g), event.ClassTimer, r, isReady, 0)
}

// Handle implements event.Handler.
func (r *replica) Handle(_ *event.Engine, ev event.Event) {
	switch ev.Kind {
	case isReady:
		s := r.service
		r.state = ready
		s.cluster.SetAccount(ev.Time, r.gang, ledger.StalledEmpty)
		r.serving = serving.NewReplica(s.engine, r.runs, s.deployment, s.itl)
		if ev.Time > 0 && r.start.WarmUp == 0 {
			r.serving.Cold()
		}
		if s.split != nil {
			s.split.joins(r.serving)
		}
		r.settled = r.usage(ev.Time)
		s.deployment.Add(ev.Time, r.serving)
		s.became(ev.Time)
		s.changed(ev.Time)
	case isDrained:
		r.idle = event.ID{}
		r.service.engine.Cancel(r.evict)
		r.close(ev.Time)
		r.release(ev.Time)
		r.service.cluster.Finish(ev.Time, r.gang)
		r.service.forget(r)
	case isOverdue:
		s := r.service
		s.engine.Cancel(r.idle)
		r.idle = event.ID{}
		left := r.close(ev.Time)
		r.release(ev.Time)
		s.cluster.Finish(ev.Time, r.gang)
		s.forget(r)
		s.deployment.Retry(ev.Time, left)
	case isUnwanted:
		if s := r.gang.State; s == cluster.Waiting || s == cluster.Hung || s == cluster.Saving {
			r.service.discard(ev.Time, r)
		}
	}
}

// checkDrained asks for a draining replica's end at this instant if it has no
// requests left. It must not end at once: its engine may be at work.
func (r *replica) checkDrained(now event.Time) {
	if r.serving != nil && r.load() == 0 && r.serving.Exports() == 0 && r.idle == (event.ID{}) {
		r.idle = r.service.engine.At(now+r.drain(now), event.ClassTimer, r, isDrained, 0)
	}
}

// Preempt implements cluster.Owner. A replica that was on its way out must not
// come back from the cluster's queue.
func (r *replica) Preempt(now event.Time, _ *cluster.Gang) {
	s := r.service
	wanted := s.current(r)
	s.engine.Cancel(r.ready)
	s.engine.Cancel(r.idle)
	s.engine.Cancel(r.evict)
	r.idle = event.ID{}
	var left []*serving.Request
	if r.serving != nil {
		s.deployment.Remove(r.serving)
		left = r.close(now)
		s.changed(now)
	}
	if r.state == draining {
		s.drains--
	}
	r.release(now)
	r.state = waiting
	s.waits++
	if !wanted {
		s.engine.At(now, event.ClassTimer, r, isUnwanted, 0)
	}
	s.deployment.Retry(now, left)
}

// close stops the engine, settles and counts its work.
func (r *replica) close(now event.Time) []*serving.Request {
	stopped := r.serving
	left := stopped.Stop(now)
	r.settle(now)
	r.service.gone.add(r.work(now))
	r.serving = nil
	if r.service.split != nil {
		left = r.service.split.leaves(now, stopped, left)
	}
	return left
}

// holds returns the GPU time since the gang was placed.
func (r *replica) holds(now event.Time) ledger.Amount {
	return ledger.Product(r.gang.Milli(), now-r.gang.LastStart)
}

// release counts the GPU time of a gang that is about to give its GPUs back.
func (r *replica) release(now event.Time) {
	r.drains = false
	r.service.held = r.service.held.Add(r.holds(now))
}

func (r *replica) load() int {
	if r.serving == nil {
		return 0
	}
	return r.serving.Load()
}

func (r *replica) work(now event.Time) totals {
	if r.serving == nil {
		return totals{}
	}
	w := r.serving.Work(now)
	counts := Counts{
		Computed: w.PrefillTokens, Cached: w.CachedTokens, Decoded: w.DecodeTokens,
		Decodes: w.Decodes, Gained: w.Gained, Swapped: w.SwappedBlocks, Loaded: w.LoadedBlocks,
	}
	if w.Decodes > 0 {
		counts.Decoded = w.Gained
	}
	return totals{w.FLOPs(r.runs), w.Bytes(r.runs), counts}
}

// settle journals the replica's time since the last call: all of it accrued in
// StalledEmpty.
func (r *replica) settle(now event.Time) {
	if r.serving == nil {
		return
	}
	u := r.usage(now)
	d := u.Sub(r.settled)
	r.settled = u
	if r.drains {
		d.Prefill, d.Decode = 0, d.Prefill+d.Decode
	}
	for _, part := range []struct {
		account ledger.Account
		time    event.Time
	}{{ledger.Prefill, d.Prefill}, {ledger.Decode, d.Decode}, {ledger.StalledHost, d.Host}, {ledger.StalledComm, d.Comm}} {
		r.service.cluster.Reclassify(r.gang, r.gang.Milli(), part.time, ledger.StalledEmpty, part.account)
	}
}
