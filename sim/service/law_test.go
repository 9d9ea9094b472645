package service

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/serving"
)

// happenings is a course of events around a service of two nodes.
type happenings struct {
	config   Config
	bursts   []burst
	swaps    []swap
	swapAt   []event.Time
	urgent   []event.Time
	settles  []event.Time
	stepMode bool
}

type burst struct {
	at        event.Time
	n, tokens int
}

const (
	lawNodes   = 2
	lawBusy    = 30 * event.Minute // nothing happens later
	lawHorizon = 3 * event.Hour    // all is quiet again
)

func anyHappenings(t *rapid.T) happenings {
	instant := func(name string) event.Time {
		return event.Time(rapid.Int64Range(0, int64(lawBusy)).Draw(t, name))
	}
	size := rapid.SampledFrom([]int{1, 2, 4, 8})
	h := happenings{config: Config{Name: "chat", Variant: variant("v0", size.Draw(t, "GPUs")), Replicas: rapid.IntRange(1, 4).Draw(t, "replicas")}}
	if rapid.Bool().Draw(t, "autoscaled") {
		lo := rapid.IntRange(1, 3).Draw(t, "min")
		h.config.Autoscale = &Autoscale{
			Min: lo, Max: lo + rapid.IntRange(0, 4).Draw(t, "more"), Target: rapid.Float64Range(0.5, 20).Draw(t, "target"),
			Interval: 10 * event.Second, Cooldown: event.Time(rapid.IntRange(0, 10).Draw(t, "cooldown")) * 20 * event.Second,
		}
	}
	for range rapid.IntRange(0, 12).Draw(t, "bursts") {
		h.bursts = append(h.bursts, burst{instant("burst"), rapid.IntRange(1, 30).Draw(t, "requests"), rapid.IntRange(1, 5000).Draw(t, "tokens")})
	}
	for range rapid.IntRange(0, 3).Draw(t, "swaps") {
		h.swaps = append(h.swaps, swap{variant: variant("other", size.Draw(t, "GPUs")), replicas: rapid.IntRange(0, 4).Draw(t, "replicas")})
		h.swapAt = append(h.swapAt, instant("swap"))
	}
	for range rapid.IntRange(0, 4).Draw(t, "interruptions") {
		h.urgent = append(h.urgent, instant("interruption"))
	}
	for range rapid.IntRange(0, 10).Draw(t, "settles") {
		h.settles = append(h.settles, instant("settle"))
	}
	return h
}

// run plays the course. Engines and routers belong to one run.
func (h *happenings) run(t *rapid.T) *world {
	c := h.config
	c.Variant.Engine, c.Router = engine(8), serving.LeastRequests{}
	c.Variant.Engine.StepMode = h.stepMode
	if c.Autoscale != nil {
		rule := *c.Autoscale
		c.Autoscale = &rule
	}
	w := newWorld(t, lawNodes, c)
	for _, b := range h.bursts {
		w.requests(b.at, b.n, b.tokens)
	}
	for i, s := range h.swaps {
		s.variant.Engine = engine(8)
		s.variant.Engine.StepMode = h.stepMode
		w.swap(h.swapAt[i], s.variant, s.replicas, 0)
	}
	for _, at := range h.urgent {
		w.interrupt(lawNodes, at, event.Minute)
	}
	for _, at := range h.settles {
		w.engine.At(at, event.ClassSample, w, settles, 0)
	}
	w.runTo(lawHorizon)
	return w
}

func TestWhateverHappensEveryRequestCompletesOnceAndTheServiceComesToRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := anyHappenings(t)
		w := h.run(t)
		if len(w.twice) > 0 || w.count(serving.Completed) != w.sent {
			t.Fatalf("%d of %d requests completed, %v ended twice", w.count(serving.Completed), w.sent, w.twice)
		}
		s := w.service
		if s.deployment.Load() != 0 || s.drains != 0 || s.oldest() != nil {
			t.Fatalf("load %d, %d replicas drain, old replicas: %v", s.deployment.Load(), s.drains, s.oldest() != nil)
		}
		room := lawNodes * 8 / s.variant.GPUs()
		want := s.desired
		if c := h.config.Autoscale; c != nil && want != c.Min {
			t.Fatalf("%d replicas wanted without load, the minimum is %d", want, c.Min)
		}
		if got := s.Ready(); got != min(want, room) || len(s.replicas) != want {
			t.Fatalf("%d replicas ready of %d, want %d of which %d have room", got, len(s.replicas), want, room)
		}
		w.balances()
		var held ledger.Amount
		w.ledger.Each(lawHorizon, 0, func(k ledger.Key, a ledger.Amount) {
			if a.Sign() < 0 {
				t.Fatalf("%v %v: %v GPU-s", k.Class, k.Account, a)
			}
			if k.Class == ledger.Inference {
				held = held.Add(a)
			}
		})
		if got := s.Held(lawHorizon); got != held {
			t.Fatalf("replicas held %v GPU-s, the ledger has %v for inference", got, held)
		}
		if limit := ledger.Product(lawNodes*8*ledger.MilliPerGPU, lawHorizon); held.Sub(limit).Sign() > 0 {
			t.Fatalf("inference held %v GPU-s, the fleet has %v", held, limit)
		}
	})
}

func TestNeitherSettlingNorTheStepModeChangesWhatHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := anyHappenings(t)
		a := h.run(t)
		h.settles = nil
		b := h.run(t)
		h.stepMode = true
		c := h.run(t)
		for name, other := range map[string]*world{"settling": b, "single steps": c} {
			if d := cmp.Diff(a.ends, other.ends); d != "" {
				t.Fatalf("%s changed when requests end:\n%s", name, d)
			}
			if d := cmp.Diff(a.balances(), other.balances()); d != "" {
				t.Fatalf("%s changed the accounts:\n%s", name, d)
			}
		}
	})
}
