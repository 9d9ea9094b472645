package rl

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/cluster/clustertest"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/perf"
	"github.com/jevons-sim/jevons/sim/serving"
)

const (
	testGPUs  = 16
	gpuMilli  = testGPUs * ledger.MilliPerGPU
	tableUnit = 1 << perf.TableShift // 1 ns
)

// fixed is a trainer whose update takes 3 ns a token, 1 of it bubble and half
// a nanosecond communication, and whose forward pass takes 1 ns a token.
type fixed struct{ gpus int }

func (f fixed) GPUs() int { return f.gpus }

func (f fixed) StepOf(tokens int64) perf.TrainStep {
	n := event.Time(tokens)
	s := perf.TrainStep{Bubble: n, Comm: perf.TrainComm{TP: n / 2}, Total: 3 * n}
	s.Compute = s.Total - s.Bubble - s.Comm.TP
	return s
}

func (f fixed) ForwardTime(tokens int64) event.Time { return event.Time(tokens) }
func (f fixed) ForwardFLOPs(tokens int64) float64   { return 100 * float64(tokens) }

// table is an engine whose steps take 5 ns on the host, 2 ns of communication
// and 10 ns + 1 ns a token + 1/8 ns per context token read.
func table(maxTokens int) *perf.StepTable {
	t := &perf.StepTable{Host: 5 * tableUnit, KVRead: tableUnit / 8, TokenFLOPs: 10, PairFLOPs: 1, KVBytes: 2, DecodePair: tableUnit / 64, PrefillPair: tableUnit / 32}
	for n := range maxTokens + 1 {
		t.Matrix = append(t.Matrix, int64(10+n)*tableUnit)
		t.Comm = append(t.Comm, 2*tableUnit)
		t.WeightBytes = append(t.WeightBytes, 1)
	}
	return t
}

func baseConfig() Config {
	return Config{
		Spec:    cluster.Spec{Name: "grpo", Workers: 2, GPUsPerWorker: 8, Preemptible: true},
		Trainer: fixed{testGPUs},
		Engine: &serving.Config{
			Table: table(64), MaxSeqs: 8, MaxTokens: 64, BlockSize: 4, Blocks: 200,
		},
		EngineGPUs: 4, Steps: 3, Prompts: 8, GroupSize: 4,
		Prompt: Length{Mean: 10, Max: 20},
		Output: Length{Mean: 40, Sigma: 0.8, Correlation: 0.6, Max: 100},
		Init:   1000, Reward: Service{Median: 300}, Switch: 200, Sync: 100, LogProbPasses: 2,
		Lengths: event.NewStream(1, "rl.lengths"), Environment: event.NewStream(1, "rl.environment"),
	}
}

type world struct {
	engine  *event.Engine
	ledger  *ledger.Ledger
	cluster *cluster.Cluster
	job     *Job
	states  []cluster.JobState
}

func newWorld(tb clustertest.TB, c Config) *world {
	w := &world{engine: &event.Engine{}}
	w.cluster, w.ledger = clustertest.New(tb, w.engine, max(2, c.Spec.Workers)+min(c.Borrow.Engines, 1))
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

func (w *world) RLStarted(_ event.Time, j *Job)   { w.states = append(w.states, j.State()) }
func (w *world) RLPreempted(_ event.Time, j *Job) { w.states = append(w.states, j.State()) }
func (w *world) RLEnded(_ event.Time, j *Job)     { w.states = append(w.states, j.State()) }

func (w *world) balances(now event.Time) map[string]string {
	return clustertest.Balances(w.ledger, now, ledger.RL)
}

type settler struct{ job *Job }

func (s settler) Handle(_ *event.Engine, ev event.Event) { s.job.Settle(ev.Time) }

func TestEqualLengthsMakeTheStepTheSumOfItsPhases(t *testing.T) {
	c := baseConfig()
	c.Prompts, c.GroupSize = 4, 1 // one sample a replica
	c.Output = Length{Mean: 5, Max: 5}
	w := newWorld(t, c)
	w.engine.RunUntil(event.Second, nil)

	// A sample prefills 10 tokens in 7 + max(10 + 55/32, 20 + 10/8) = 28.25 ns,
	// which yields its first output token, and decodes four more at contexts of
	// 11 to 14 tokens in 7 + 11 + context/8 ns each: 78.25 ns. The whole
	// nanosecond after 106.5 ns is the first at which the phase can end.
	s := w.job.Stats()
	const samples, tokens = 4, 4 * (10 + 5)
	if s.Steps != 3 || s.Used.Samples != 3*samples || s.Used.Tokens != 3*samples*5 || s.Used.PromptTokens != 3*samples*10 {
		t.Fatalf("%+v", s)
	}
	for p, d := range map[Phase]event.Time{
		Generate: 107, Reward: 300, Switch: 200, LogProb: 2 * tokens, Update: 3 * tokens, Sync: 200 + 100,
	} {
		if s.Phase[p] != 3*d {
			t.Errorf("%v took %v in 3 steps, want 3 × %v", p, s.Phase[p], d)
		}
	}
	if end := event.Time(1000 + 3*1207); s.StepTime() != end-1000 || w.job.Ended() != end {
		t.Errorf("steps took %v, the job ended at %v, want %v", s.StepTime(), w.job.Ended(), end)
	}
	if idle := w.job.RolloutIdle(); idle > 0.01 {
		t.Errorf("equal replicas idle %.3f of the rollout", idle)
	}
	if got, want := w.job.TrainerIdle(), 1.0/5; got != want { // n of 2n + 3n
		t.Errorf("trainer idle %v, want %v", got, want)
	}
	if err := w.ledger.Check(event.Second); err != nil {
		t.Error(err)
	}
}

func TestLengthsOfAPromptResembleEachOther(t *testing.T) {
	l := Length{Mean: 2000, Sigma: 1, Correlation: 0.6, Max: 1 << 30}
	s, stream := l.sampler(0, 1), event.NewStream(7, "lengths")
	const prompts, group = 2000, 16
	var sum, within, between float64
	for p := range prompts {
		r := stream.Entity(uint64(p))
		own := s.prompt(&r)
		between += (own - s.mu) * (own - s.mu)
		for range group {
			n, _ := s.tokens(&r, own)
			sum += float64(n)
		}
		x := s.within * r.Normal()
		within += x * x
	}
	if mean := sum / prompts / group; mean < 1850 || mean > 2150 {
		t.Errorf("mean length %.0f, want 2000", mean)
	}
	if rho := between / (between + within); rho < 0.55 || rho > 0.65 {
		t.Errorf("within-prompt correlation %.2f, want 0.6", rho)
	}
}

func TestLeastLoadedDispatchLeavesReplicasIdleForLess(t *testing.T) {
	idle := func(d Dispatch) float64 {
		c := baseConfig()
		c.Prompts, c.Dispatch = 32, d // four times what the replicas have sequences for
		w := newWorld(t, c)
		w.engine.RunUntil(event.Second, nil)
		s := w.job.Stats()
		if s.Steps != 3 || s.TailShare() <= 0 || s.TailShare() >= 1 {
			t.Fatalf("%v: %d steps, tail share %v", d, s.Steps, s.TailShare())
		}
		return w.job.RolloutIdle()
	}
	if group, least := idle(ByGroup), idle(LeastLoaded); least >= group {
		t.Errorf("idle share %.3f by group, %.3f least loaded", group, least)
	}
}

func TestTheCapCutsAndCounts(t *testing.T) {
	c := baseConfig()
	c.Output = Length{Mean: 40, Sigma: 1, Max: 30}
	w := newWorld(t, c)
	w.engine.RunUntil(event.Second, nil)
	s := w.job.Stats()
	if s.Used.Truncated == 0 || s.Used.Truncated >= s.Used.Samples || s.Used.Tokens > 30*s.Used.Samples {
		t.Errorf("truncated %d of %d samples, %d tokens", s.Used.Truncated, s.Used.Samples, s.Used.Tokens)
	}
}

func anyConfig(t *rapid.T) Config {
	c := baseConfig()
	c.Steps = rapid.Int64Range(1, 3).Draw(t, "steps")
	c.Prompts = rapid.IntRange(1, 12).Draw(t, "prompts")
	c.GroupSize = rapid.IntRange(1, 6).Draw(t, "group")
	c.EngineGPUs = rapid.SampledFrom([]int{1, 2, 4, 8, 16}).Draw(t, "engine GPUs")
	c.Dispatch = Dispatch(rapid.IntRange(0, 1).Draw(t, "dispatch"))
	c.Output.Sigma = rapid.SampledFrom([]float64{0, 0.5, 1.5}).Draw(t, "sigma")
	engine := *c.Engine
	engine.Blocks = rapid.IntRange(33, 100).Draw(t, "blocks")
	engine.PrefixCache = rapid.Bool().Draw(t, "prefix cache")
	c.Engine = &engine
	if rapid.Bool().Draw(t, "filter") {
		c.Filter = &Filter{Logit: 1, Spread: 1}
		c.GroupSize = max(c.GroupSize, 3)
	}
	if rapid.Bool().Draw(t, "tools") {
		c.Tools = Tools{Turns: 2, Most: 3, Answer: 5, Call: Service{Median: 200, Sigma: 1, Timeout: 1000, Slots: rapid.IntRange(0, 3).Draw(t, "tool slots")}}
	}
	c.Reward = Service{Median: 300, Sigma: rapid.SampledFrom([]float64{0, 1}).Draw(t, "reward sigma"), Slots: rapid.IntRange(0, 4).Draw(t, "reward slots")}
	anyMode(t, &c)
	if rapid.Bool().Draw(t, "reward model") {
		anyRewardModel(t, &c)
	}
	return c
}

// anyMode gives the trainer GPUs of its own in most cases.
func anyMode(t *rapid.T, c *Config) {
	m := &c.Mode
	m.Staleness = rapid.SampledFrom([]float64{0, 0.5, 1, 2, 4}).Draw(t, "staleness")
	m.MaxOffPolicy = rapid.Int64Range(0, 2).Draw(t, "max off-policy")
	c.MiniBatches = rapid.SampledFrom([]int{1, c.Prompts}).Draw(t, "mini-batches")
	c.Critic = rapid.SampledFrom([]float64{0, 0.5}).Draw(t, "critic")
	c.Ranks = rapid.IntRange(0, 8).Draw(t, "ranks")
	c.Imbalance = rapid.SampledFrom([]float64{0, 1.2}).Draw(t, "imbalance")
	if rapid.IntRange(0, 3).Draw(t, "race") == 0 {
		m.Staleness, c.TailBatching = 0, rapid.SampledFrom([]float64{1.1, 1.25, 2}).Draw(t, "tail batching")
	}
	if rapid.IntRange(0, 3).Draw(t, "colocated") == 0 {
		if m.Staleness > 0 {
			m.Update = Interrupt
		}
		return
	}
	c.TrainerGPUs = 8
	c.Trainer = fixed{8}
	c.EngineGPUs = min(c.EngineGPUs, 8)
	c.Push = 30
	if c.TailBatching > 0 {
		return
	}
	m.Update = WeightUpdate(rapid.IntRange(0, 3).Draw(t, "update"))
	if m.Update != Drain {
		c.Borrow = Borrow{Engines: rapid.IntRange(0, 3).Draw(t, "borrowed"), Priority: -1}
	}
	if m.Update == Pull {
		m.Repack = rapid.SampledFrom([]event.Time{0, 50, 500}).Draw(t, "repack")
	}
	m.Streaming = rapid.Bool().Draw(t, "streaming")
	m.Batches = m.Update == Drain && rapid.Bool().Draw(t, "batches")
}

// anyRewardModel takes GPUs from the rollouts.
func anyRewardModel(t *rapid.T, c *Config) {
	c.EngineGPUs = min(c.EngineGPUs, 4)
	if c.colocated() {
		c.Trainer = fixed{12}
	}
	c.RewardModel = RewardModel{GPUs: 4, EngineGPUs: rapid.SampledFrom([]int{1, 2, 4}).Draw(t, "reward engine GPUs"), Engine: &serving.Config{
		Table: table(64), MaxSeqs: rapid.IntRange(1, 8).Draw(t, "scored at once"), MaxTokens: 64, BlockSize: 4,
		Blocks: rapid.IntRange(36, 100).Draw(t, "reward blocks"), PrefixCache: rapid.Bool().Draw(t, "reward prefix cache"),
	}}
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

func TestPreemptedAtAnyInstantsNothingIsMissingAndSettlingChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyConfig(t)
		horizon := rapid.SampledFrom([]event.Time{3_000, 10_000, 30_000, 100_000, 300_000}).Draw(t, "horizon")
		interrupts, settles := instants(t, "interrupts", 4, min(horizon, 60_000)), instants(t, "settles", 20, horizon)

		run := func(stepMode bool, settles []event.Time) (*world, Stats) {
			c, engine := c, *c.Engine
			engine.StepMode = stepMode
			c.Engine = &engine
			if c.RewardModel.Engine != nil {
				scoring := *c.RewardModel.Engine
				scoring.StepMode = stepMode
				c.RewardModel.Engine = &scoring
			}
			w := newWorld(t, c)
			for _, at := range interrupts {
				clustertest.Interrupt(w.engine, w.cluster, 2, at, 500)
			}
			for _, at := range settles {
				for near := range event.Time(4) {
					w.engine.At(at+near, event.ClassSample, settler{w.job}, 0, 0)
				}
			}
			w.engine.RunUntil(horizon, nil)
			w.job.Close(horizon)
			if err := w.ledger.Check(horizon); err != nil {
				t.Fatal(err)
			}
			return w, w.job.Stats()
		}
		once, s := run(false, nil)
		for name, other := range map[string]func() (*world, Stats){
			"settling":  func() (*world, Stats) { return run(false, settles) },
			"step mode": func() (*world, Stats) { return run(true, settles) },
		} {
			w, s2 := other()
			if d := cmp.Diff(once.balances(horizon), w.balances(horizon)); d != "" || s != s2 {
				t.Fatalf("%s changed balances or figures:\n%s%+v\n%+v", name, d, s, s2)
			}
		}
		checkConservation(t, once, s, c, horizon)
	})
}

func checkConservation(t *rapid.T, w *world, s Stats, c Config, horizon event.Time) {
	if s.Used.Samples != s.Steps*int64(c.samples()) || s.Steps > c.Steps {
		t.Fatalf("%d samples in %d steps of %d", s.Used.Samples, s.Steps, c.samples())
	}
	if sum := s.Used.Samples + s.SamplesFiltered + s.SamplesStale + s.SamplesDropped + s.SamplesAborted + s.SamplesBuffered + s.SamplesRunning; sum != s.SamplesStarted {
		t.Fatalf("%d samples started, %d accounted for: %+v", s.SamplesStarted, sum, s)
	}
	if last := w.states[len(w.states)-1]; (last == cluster.JobCompleted) != (s.Steps == c.Steps) || (last != cluster.JobCompleted && last != cluster.JobUnfinished) {
		t.Fatalf("states %v after %d of %d steps", w.states, s.Steps, c.Steps)
	}
	if limit := c.Mode.MaxOffPolicy; limit > 0 && s.Used.StalenessMax > limit {
		t.Fatalf("a sample %d versions old was used, at most %d are", s.Used.StalenessMax, limit)
	}
	if c.Mode.Update == Drain && c.Filter == nil && float64(s.Used.StalenessMax) > math.Ceil(c.Mode.Staleness) {
		t.Fatalf("engines drain, and yet a sample is %d versions old beyond %v", s.Used.StalenessMax, c.Mode.Staleness)
	}
	balance := func(a ledger.Account) ledger.Amount {
		return w.ledger.Balance(horizon, 0, ledger.Key{Class: ledger.RL, Account: a})
	}
	if got := balance(ledger.Lost); got != s.Lost {
		t.Fatalf("lost %v in the ledger, %v in the figures", got, s.Lost)
	}
	for a, x := range s.Kept {
		if w.job.State() == cluster.JobCompleted && a != int(ledger.Lost) && ledger.Account(a) != ledger.Starting && balance(ledger.Account(a)) != x {
			t.Fatalf("%v: %v in the ledger, %v in the complete steps", ledger.Account(a), balance(ledger.Account(a)), x)
		}
	}
	train := int64(c.TrainerGPUs) * ledger.MilliPerGPU
	score := int64(c.RewardModel.GPUs) * ledger.MilliPerGPU
	if got, want := sum(&s.Rewards), ledger.Product(score, s.StepTime()); got != want {
		t.Fatalf("reward accounts of complete steps add up to %v, their phases to %v", got, want)
	}
	if got, want := sum(&s.Rollout), ledger.Product(gpuMilli-train-score, s.StepTime()); got != want {
		t.Fatalf("rollout accounts of complete steps add up to %v, their phases to %v", got, want)
	}
	if got, want := sum(&s.Trainer), ledger.Product(train, s.StepTime()); got != want {
		t.Fatalf("trainer accounts of complete steps add up to %v, their phases to %v", got, want)
	}
}

func TestARepeatedStepHasTheSameLengths(t *testing.T) {
	quiet := newWorld(t, baseConfig())
	quiet.engine.RunUntil(event.Second, nil)
	disturbed := newWorld(t, baseConfig())
	for _, at := range []event.Time{1500, 4000, 9000} {
		clustertest.Interrupt(disturbed.engine, disturbed.cluster, 2, at, 100)
	}
	disturbed.engine.RunUntil(event.Second, nil)
	a, b := quiet.job.Stats(), disturbed.job.Stats()
	if b.Preemptions != 3 || b.SamplesDropped == 0 {
		t.Fatalf("preempted %d times, dropped %d samples", b.Preemptions, b.SamplesDropped)
	}
	if a.Used != b.Used || a.Kept != b.Kept || a.Phase != b.Phase {
		t.Errorf("undisturbed %+v\ndisturbed %+v", a, b)
	}
}

func TestImpossibleJobsSayWhy(t *testing.T) {
	checkErrors(t, baseConfig, map[string]func(*Config){
		"its gang has 16 GPUs (2 × 8), its trainer's layout takes 8": func(c *Config) { c.Trainer = fixed{8} },
		"its 16 GPUs for rollouts do not divide into replicas of 3":  func(c *Config) { c.EngineGPUs = 3 },
		"group size (0) must be at least 1":                          func(c *Config) { c.GroupSize = 0 },
		"exceeds the rollout engine's KV memory of 800 tokens":       func(c *Config) { c.Output.Max = 800 },
		"output length: correlation is 2, must be from 0 to 1":       func(c *Config) { c.Output.Correlation = 2 },
		"prompt length: mean is 0 tokens, must be at least 1":        func(c *Config) { c.Prompt.Mean = 0 },
		"must not be negative":                                       func(c *Config) { c.Sync = -1 },
		"max_num_seqs is 0":                                          func(c *Config) { c.Engine.MaxSeqs = 0 },
	})
}

// checkErrors expects what New says of a description after each change.
func checkErrors(t *testing.T, base func() Config, changes map[string]func(*Config)) {
	t.Helper()
	for want, change := range changes {
		c := base()
		change(&c)
		if _, err := New(&event.Engine{}, nil, nil, c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
