package serving

import (
	"fmt"
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
)

// calmExperiment returns experiment i with nothing to keep requests from
// completing, and plays it until they all have.
func calmExperiment(i uint64, stepMode bool) *trial {
	x := newExperiment(i)
	x.calm()
	return x.run(stepMode, false)
}

func TestEveryRequestEndsInOneOutcome(t *testing.T) {
	for i := range uint64(500) {
		x := newExperiment(i)
		got := x.run(false, false)
		ended := 0
		for _, n := range got.ended {
			ended += n
		}
		if ended != got.arrived {
			t.Fatalf("experiment %d: %d requests arrived, %d ended: %v", i, got.arrived, ended, got.ended)
		}
		if left := got.ended[Unfinished]; got.deployment.Load() != left {
			t.Fatalf("experiment %d: the deployment's load is %d, %d requests are unfinished", i, got.deployment.Load(), left)
		}
	}
}

func TestGuaranteedAdmissionNeverPreempts(t *testing.T) {
	requests := 0
	for i := range uint64(500) {
		x := newExperiment(i)
		if x.cfg.Admission != Guaranteed {
			continue
		}
		x.watch = func(t *trial, now event.Time) {
			for _, r := range t.replicas {
				if kept := r.KVBlocks(now) + r.reserved; !r.stopped && (r.reserved < 0 || kept > int64(x.cfg.Blocks)) {
					panic(fmt.Sprintf("experiment %d at %d: %d blocks in use and %d reserved of %d", i, now, r.KVBlocks(now), r.reserved, x.cfg.Blocks))
				}
			}
		}
		got := x.run(false, false)
		requests += got.arrived
		if got.preempts > 0 {
			t.Fatalf("experiment %d: %d preemptions", i, got.preempts)
		}
	}
	if requests < 5000 {
		t.Errorf("only %d requests", requests)
	}
}

func TestAnIdleReplicaHoldsNoMemory(t *testing.T) {
	for i := range uint64(500) {
		got := calmExperiment(i, false)
		now := got.engine.Now()
		for j, r := range got.replicas {
			if r.KVBlocks(now) != 0 || r.reserved != 0 || r.swapped != 0 || r.move != 0 || r.Load() != 0 || r.Running() != 0 {
				t.Fatalf("experiment %d: idle replica %d holds %d blocks, %d requests", i, j, r.KVBlocks(now), r.Load())
			}
		}
	}
}

// Every request of p prompt and o output tokens puts p + o − 1 tokens through
// the model: all but the last one generated. What preemptions threw away goes
// through once more.
func TestTokensAreConserved(t *testing.T) {
	preemptions := 0
	for i := range uint64(500) {
		for _, stepMode := range []bool{false, true} {
			got := calmExperiment(i, stepMode)
			var w Work
			for _, r := range got.replicas {
				done := r.Work(got.engine.Now())
				w.PrefillTokens += done.PrefillTokens
				if got.cfg.Speculation != nil {
					w.DecodeTokens += done.Gained
				} else {
					w.DecodeTokens += done.DecodeTokens
				}
				w.RecomputedTokens += done.RecomputedTokens
				w.CachedTokens += done.CachedTokens
				w.Preemptions += done.Preemptions
			}
			var want, tokens int64
			for j, q := range got.x.requests {
				if !got.cfg.Fits(&q) {
					continue
				}
				turns := int64(1 + got.x.turns[j])
				want += turns * (int64(q.Prompt) + int64(q.Output) - 1)
				tokens += turns * int64(q.Output-1)
			}
			if sum := w.PrefillTokens + w.DecodeTokens + w.CachedTokens; sum != want+w.RecomputedTokens {
				t.Fatalf("experiment %d: %d tokens computed or found in the cache, want %d and %d recomputed", i, sum, want, w.RecomputedTokens)
			}
			if w.Preemptions == 0 && w.DecodeTokens != tokens {
				t.Fatalf("experiment %d: %d decode tokens, want %d", i, w.DecodeTokens, tokens)
			}
			preemptions += int(w.Preemptions)
		}
	}
	if preemptions < 1000 {
		t.Errorf("only %d preemptions", preemptions)
	}
}

// With room in host memory for all, what is swapped out comes back, and nothing
// is computed twice.
func TestSwappingRecomputesNothing(t *testing.T) {
	preemptions := int64(0)
	for i := range uint64(500) {
		x := newExperiment(i)
		x.calm()
		x.cfg.Preemption, x.cfg.HostBlocks, x.cfg.PrefixCache = Swap, 1<<30, false
		got := x.run(false, false)
		for _, r := range got.replicas {
			w := r.Work(got.engine.Now())
			preemptions += w.Preemptions
			if w.RecomputedTokens != 0 || w.SwappedBlocks != w.LoadedBlocks {
				t.Fatalf("experiment %d: %d tokens recomputed; %d blocks swapped out, %d back", i, w.RecomputedTokens, w.SwappedBlocks, w.LoadedBlocks)
			}
		}
	}
	if preemptions < 1000 {
		t.Errorf("only %d preemptions", preemptions)
	}
}

// Little's law holds exactly over any interval that counts the requests still
// there at its end: ∫ L dt = Σ time in system.
func TestLittlesLaw(t *testing.T) {
	for i := range uint64(500) {
		x := newExperiment(i)
		var area, last event.Time
		load := 0
		x.watch = func(t *trial, now event.Time) {
			area += event.Time(load) * (now - last)
			last, load = now, t.deployment.Load()
		}
		if got := x.run(false, false); area != got.inSystem {
			t.Fatalf("experiment %d: ∫ L dt = %d, requests spent %d in the system", i, area, got.inSystem)
		}
	}
}

func TestUsageNeverExceedsTimeNorFalls(t *testing.T) {
	for i := range uint64(300) {
		x := newExperiment(i)
		var last []Usage
		x.watch = func(trial *trial, now event.Time) {
			for j, r := range trial.replicas {
				if j == len(last) {
					last = append(last, Usage{})
				}
				u := r.Usage(now)
				d := u.Sub(last[j])
				if min(d.Prefill, d.Decode, d.Host, d.Comm) < 0 || u.Busy() > now {
					t.Fatalf("experiment %d: replica %d at %d: usage %v after %v", i, j, now, u, last[j])
				}
				last[j] = u
			}
		}
		x.run(false, false)
	}
}
