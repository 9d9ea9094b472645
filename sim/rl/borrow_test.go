package rl

import (
	"testing"

	"github.com/jevons-sim/jevons/sim/cluster/clustertest"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// TestBorrowedEnginesComeAndGo: a job that borrows a third node finishes sooner,
// and goes on without it while others have it.
func TestBorrowedEnginesComeAndGo(t *testing.T) {
	play := func(engines int, at ...event.Time) (*world, Stats) {
		c := baseConfig()
		c.Steps, c.Dispatch, c.MiniBatches, c.Init = 60, LeastLoaded, 4, 500
		c.TrainerGPUs, c.Trainer = 8, levelTrainer{8, 100}
		c.Mode = Mode{Staleness: 4, Update: Interrupt, Streaming: true}
		c.Borrow = Borrow{Engines: engines, Priority: -1}
		w := newWorld(t, c)
		for _, at := range at {
			clustertest.Interrupt(w.engine, w.cluster, 1, at, 3000)
		}
		w.engine.RunUntil(event.Second, nil)
		s := w.job.Stats()
		if s.Steps != c.Steps || s.Preemptions != 0 || s.Used.Samples != c.Steps*int64(c.samples()) {
			t.Fatalf("%d engines borrowed: %+v", engines, s)
		}
		if err := w.ledger.Check(event.Second); err != nil {
			t.Error(err)
		}
		return w, s
	}
	alone, none := play(0)
	lent, all := play(2)
	taken, some := play(2, 2_000, 9_000)
	t.Logf("the job ends at %v alone, %v with two engines borrowed, %v with these taken back twice", alone.job.Ended(), lent.job.Ended(), taken.job.Ended())
	if a, b, c := lent.job.Ended(), taken.job.Ended(), alone.job.Ended(); !(a < b && b < c) {
		t.Errorf("the job ends at %v with two engines borrowed, %v with these taken back twice, %v alone", a, b, c)
	}
	if none.Loans != 0 || all.Loans != 2 || all.Returns != 0 || some.Loans != 6 || some.Returns != 4 || some.SamplesMoved == 0 {
		t.Errorf("%d, %d and %d loans, %d and %d taken back, %d samples moved", none.Loans, all.Loans, some.Loans, all.Returns, some.Returns, some.SamplesMoved)
	}
	if borrowed := sum(&some.Borrowed); borrowed.Sign() <= 0 || some.Borrowed[ledger.Rollout].Sign() <= 0 {
		t.Errorf("borrowed GPUs spent %v, %v of it generating", borrowed, some.Borrowed[ledger.Rollout])
	}
	for a, x := range some.Kept {
		account := ledger.Account(a)
		if got := taken.ledger.Balance(event.Second, 0, ledger.Key{Class: ledger.RL, Account: account}); account != ledger.Starting && got != x {
			t.Errorf("%v: %v in the ledger, %v in the steps", account, got, x)
		}
	}
}

func TestImpossibleLoansSayWhy(t *testing.T) {
	checkErrors(t, func() Config {
		c := baseConfig()
		c.TrainerGPUs, c.Trainer = 8, levelTrainer{8, 100}
		c.Mode = Mode{Staleness: 4, Update: Interrupt, Streaming: true}
		c.Borrow = Borrow{Engines: 1}
		return c
	}, map[string]func(*Config){
		"it borrows -1 rollout engines": func(c *Config) { c.Borrow.Engines = -1 },
		"engines must not drain":        func(c *Config) { c.Mode.Update = Drain },
		"a borrowed engine's 12 GPUs are more than a worker's 8 and not a multiple of them": func(c *Config) {
			c.Spec.Workers, c.EngineGPUs = 4, 12
		},
	})
}
