package training

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/cluster/clustertest"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/perf"
)

var update = flag.Bool("update", false, "write golden files anew")

// fixed is a model with given times.
type fixed struct {
	gpus       int
	step       perf.TrainStep
	checkpoint int64
}

func (f fixed) GPUs() int              { return f.gpus }
func (f fixed) Step() perf.TrainStep   { return f.step }
func (f fixed) TokensPerStep() int64   { return 1000 }
func (f fixed) FLOPsPerStep() float64  { return 1e15 }
func (f fixed) CheckpointBytes() int64 { return f.checkpoint }

// tenSeconds is a step of 10 s: 7 s of work, 2 s of bubble, 1 s of waiting for
// gradients.
var tenSeconds = perf.TrainStep{
	Compute: 6 * event.Second, Optimizer: event.Second, Bubble: 2 * event.Second,
	Comm: perf.TrainComm{DP: event.Second}, Total: 10 * event.Second,
}

// world is a fleet with one training job on all of its GPUs and urgent gangs
// that push it aside.
type world struct {
	engine  *event.Engine
	ledger  *ledger.Ledger
	cluster *cluster.Cluster
	job     *Job
	log     strings.Builder
}

func newWorld(tb clustertest.TB, c Config) *world {
	nodes := c.Model.GPUs() / 8
	w := &world{engine: &event.Engine{}}
	w.cluster, w.ledger = clustertest.New(tb, w.engine, nodes)
	c.Spec = cluster.Spec{Name: "llm", Workers: nodes, GPUsPerWorker: 8, Preemptible: true}
	job, err := New(w.engine, w.cluster, w, c)
	if err == nil {
		w.job = job
		err = job.Submit(0)
	}
	if err != nil {
		tb.Fatalf("%v", err)
	}
	return w
}

func (w *world) TrainingStarted(now event.Time, j *Job)   { w.note(now, "starts") }
func (w *world) TrainingPreempted(now event.Time, j *Job) { w.note(now, "preempted") }
func (w *world) TrainingEnded(now event.Time, j *Job)     { w.note(now, j.State().String()) }

func (w *world) note(now event.Time, what string) {
	s := w.job.Stats(now)
	fmt.Fprintf(&w.log, "%8v  %-10s steps %d, lost %v GPU-s\n", now, what, s.Steps, s.Lost)
}

// balances returns the training accounts in GPU-seconds.
func (w *world) balances(now event.Time) map[string]string {
	return clustertest.Balances(w.ledger, now, ledger.Training)
}

// interrupt pushes the job aside at an instant for a while.
func (w *world) interrupt(at, span event.Time) {
	clustertest.Interrupt(w.engine, w.cluster, w.job.config.Spec.Workers, at, span)
}

func TestStoryOfAPreemptedJob(t *testing.T) {
	w := newWorld(t, Config{
		Model: fixed{8, tenSeconds, 40e9}, Steps: 10, Init: 30 * event.Second,
		CheckpointEvery: 25 * event.Second, // three steps
		// 40 GB at 10 GB/s: 4 s to write, 4 s to load.
		CheckpointBandwidth: 10e9,
	})
	w.interrupt(100*event.Second, 50*event.Second)
	fmt.Fprint(&w.log, "8 GPUs; 10 steps of 10 s (7 work, 2 bubble, 1 communication); 30 s to start;\n",
		"a checkpoint every 3 steps: 4 s to write or load; an urgent job takes all GPUs from 100 s to 150 s\n\n")
	for _, at := range []event.Time{30, 60, 64, 99, 100, 150, 180, 184, 400} {
		w.engine.RunUntil(at*event.Second, nil)
		w.job.Settle(at * event.Second)
		fmt.Fprintf(&w.log, "%8v  %v\n", at*event.Second, w.balances(at*event.Second))
	}
	s := w.job.Stats(w.engine.Now())
	fmt.Fprintf(&w.log, "\nsteps %d, tokens %d, runs %d, preemptions %d, held %v, lost %v, wall %v, ETTR %.4f, MFU at 100 TFLOP/s %.4f\n",
		s.Steps, s.Tokens, s.Runs, s.Preemptions, s.Held, s.Lost, s.Wall, s.ETTR(), s.MFU(100e12))
	golden(t, "preemption.txt", w.log.String())
	if err := w.ledger.Check(w.engine.Now()); err != nil {
		t.Error(err)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", path, d)
	}
}

func anyConfig(t *rapid.T) Config {
	span := func(name string, least, most int64) event.Time {
		return event.Time(rapid.Int64Range(least, most).Draw(t, name))
	}
	step := perf.TrainStep{
		Compute: span("compute", 1, 1000), Bubble: span("bubble", 0, 500), Comm: perf.TrainComm{TP: span("tp", 0, 500), DP: span("dp", 0, 100)},
	}
	step.Total = step.Compute + step.Bubble + step.Comm.Total()
	return Config{
		Model: fixed{8, step, rapid.Int64Range(0, 1000).Draw(t, "bytes")}, Steps: rapid.Int64Range(1, 30).Draw(t, "steps"),
		Init: span("init", 0, 2000), Restart: span("restart", 0, 2000), CheckpointEvery: span("every", 0, 5000), CheckpointBandwidth: 1e9,
		EvalEvery: rapid.Int64Range(0, 7).Draw(t, "evaluations"), EvalTime: span("evaluation", 0, 500),
		Async: rapid.Bool().Draw(t, "async"), Blocking: span("blocking", 0, 300),
	}
}

// instants draws up to most instants, spread evenly below end: rapid's own
// integers would crowd near zero.
func instants(t *rapid.T, name string, most int, end event.Time) []event.Time {
	r := event.NewStream(rapid.Uint64().Draw(t, name), name).Entity(0)
	all := make([]event.Time, r.IntN(most+1))
	for i := range all {
		all[i] = event.Time(r.IntN(int(end)))
	}
	return all
}

// breaker makes a worker of the job fail, which is noticed after a while.
type breaker struct{ *world }

const hangs = 70

func (b breaker) Handle(e *event.Engine, ev event.Event) {
	g := b.job.Gang()
	switch {
	case ev.Kind == 1:
		b.cluster.Detect(ev.Time, g)
	case g.State == cluster.Running:
		b.cluster.Fail(ev.Time, g)
		e.At(ev.Time+hangs, event.ClassFault, b, 1, 0)
	}
}

func TestPreemptedAndBrokenAtAnyInstantsNothingIsMissingAndSettlingChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyConfig(t)
		horizon := rapid.SampledFrom([]event.Time{1_000, 10_000, 50_000, 200_000}).Draw(t, "horizon")
		interrupts, settles := instants(t, "interrupts", 6, min(horizon, 20_000)), instants(t, "settles", 20, horizon)
		faults := instants(t, "faults", 6, min(horizon, 20_000))

		run := func(settles []event.Time) (*world, Stats) {
			w := newWorld(t, c)
			for _, at := range interrupts {
				w.interrupt(at, 100)
			}
			for _, at := range faults {
				w.engine.At(at, event.ClassFault, breaker{w}, 0, 0)
			}
			for _, at := range settles {
				w.engine.At(at, event.ClassSample, settler{w.job}, 0, 0)
			}
			w.engine.RunUntil(horizon, nil)
			w.job.Close(horizon)
			if err := w.ledger.Check(horizon); err != nil {
				t.Fatal(err)
			}
			return w, w.job.Stats(horizon)
		}
		once, s := run(nil)
		often, s2 := run(settles)
		if d := cmp.Diff(once.balances(horizon), often.balances(horizon)); d != "" || s != s2 {
			t.Fatalf("settling changed balances or figures:\n%s%+v\n%+v", d, s, s2)
		}
		checkConservation(t, once, s, c, horizon)
	})
}

// checkConservation compares the accounts with what the job says it did.
func checkConservation(t *rapid.T, w *world, s Stats, c Config, horizon event.Time) {
	if s.Steps > c.Steps || s.Tokens != 1000*s.Steps {
		t.Fatalf("%d steps, %d tokens; %d steps were to do", s.Steps, s.Tokens, c.Steps)
	}
	if (w.job.State() == cluster.JobCompleted) != (s.Steps == c.Steps && w.job.saved == c.Steps) {
		t.Fatalf("%v with %d of %d steps", w.job.State(), s.Steps, c.Steps)
	}
	sum := func(accounts ...ledger.Account) (a ledger.Amount) {
		for _, x := range accounts {
			a = a.Add(w.ledger.Balance(horizon, 0, ledger.Key{Class: ledger.Training, Account: x}))
		}
		return a
	}
	if got := sum(ledger.Lost); got != s.Lost {
		t.Fatalf("lost %v in the ledger, %v in the figures", got, s.Lost)
	}
	all := sum(ledger.Starting, ledger.Checkpoint, ledger.LogProb, ledger.Train, ledger.StalledBubble, ledger.StalledComm, ledger.Lost)
	if all != s.Held {
		t.Fatalf("accounts add up to %v, held %v", all, s.Held)
	}
	hung := sum(ledger.StalledFault)
	if most := ledger.Product(8000, event.Time(s.Failures)*hangs); hung.Sub(most).Sign() > 0 || int(s.Failures) != w.job.Gang().Failures {
		t.Fatalf("hung for %v, most %v, after %d failures (%d of the gang)", hung, most, s.Failures, w.job.Gang().Failures)
	}
	if w.job.State() != cluster.JobCompleted {
		return
	}
	// Every step that was kept counts once, whatever had to be redone.
	step := c.Model.Step()
	n := event.Time(c.Steps)
	if c.EvalEvery > 0 {
		if got, want := sum(ledger.LogProb), ledger.Product(8000, event.Time(c.Steps/c.EvalEvery)*c.EvalTime); got != want {
			t.Fatalf("evaluations: %v, want %v", got, want)
		}
	}
	for account, per := range map[ledger.Account]event.Time{
		ledger.Train: step.Compute + step.Optimizer, ledger.StalledBubble: step.Bubble, ledger.StalledComm: step.Comm.Total(),
	} {
		if got, want := sum(account), ledger.Product(8000, n*per); got != want {
			t.Fatalf("%v: %v, want %v for %d steps", account, got, want, n)
		}
	}
}

type settler struct{ job *Job }

func (s settler) Handle(_ *event.Engine, ev event.Event) { s.job.Settle(ev.Time) }

func TestImpossibleJobsSayWhy(t *testing.T) {
	for want, c := range map[string]Config{
		"its gang has 8 GPUs (1 × 8), its layout takes 16": {Model: fixed{gpus: 16, step: tenSeconds}, Steps: 1},
		"0 steps to go, must be at least 1":                {Model: fixed{gpus: 8, step: tenSeconds}},
		"may take 3.17e+05 years, must be under 100":       {Model: fixed{gpus: 8, step: tenSeconds}, Steps: 1e12},
		"must not be negative":                             {Model: fixed{gpus: 8, step: tenSeconds}, Steps: 1, Init: -1},
	} {
		c.Spec = cluster.Spec{Name: "llm", Workers: 1, GPUsPerWorker: 8}
		if _, err := New(&event.Engine{}, nil, nil, c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// Benchmark54Days is a job on 16,384 GPUs for 54 days, checkpointing every 30
// minutes, pushed aside every three hours and settled every ten minutes.
func Benchmark54Days(b *testing.B) {
	const horizon = 54 * event.Day
	b.ReportAllocs()
	for b.Loop() {
		w := newWorld(b, Config{
			Model: fixed{16384, tenSeconds, 5_670e9}, Steps: 1 << 20, Init: 5 * event.Minute,
			CheckpointEvery: 30 * event.Minute, CheckpointBandwidth: 2e12,
		})
		for at := 3 * event.Hour; at < horizon; at += 3 * event.Hour {
			w.interrupt(at, event.Minute)
		}
		for at := event.Time(0); at < horizon; at += 10 * event.Minute {
			w.engine.At(at, event.ClassSample, settler{w.job}, 0, 0)
		}
		w.engine.RunUntil(horizon, nil)
		w.job.Close(horizon)
		if err := w.ledger.Check(horizon); err != nil {
			b.Fatal(err)
		}
	}
}
