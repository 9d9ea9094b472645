package rl

import (
	"math"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/serving"
)

// generator is the rollout side of a job: its engines and the samples from
// their start until they are trained on.
type generator struct {
	engine    *event.Engine
	job       *Job
	config    *Config
	engines   []rolloutEngine
	turn      event.Timer // handles what has ended at this instant
	repacking event.Timer // looks for engines to free
	tools     server
	rewards   server
	scorer    scorer
	pool      pool
	queue     []int64            // samples that no engine has
	finished  []int64            // by an engine, at this instant
	paused    []*serving.Request // while engines are halted
	ready     readyGroups
	itl       metrics.Histogram // the engines' inter-token latencies

	published int64  // steps: the version of the policy
	halted    bool   // the engines have no GPUs or load weights
	draining  bool   // nothing new starts until new weights are there
	index     uint64 // of the next group
	base      uint64 // of the first group of the step, when it starts afresh
	started   int64  // groups, those dropped and replaced not counted
	limit     int64  // of started, as far as the batch under way goes

	generating int // samples started and not complete
	running    int // of these, on engines
	rewarding  int // samples complete, without a reward
	complete   int // groups of which enough samples are complete, but lack rewards
	ended      int64
	nearEnd    event.Time // when nine tenths of a batch were complete

	race race
}

// rolloutEngine is one replica's place: the replica itself is replaced when
// nothing it remembers may be used any more.
type rolloutEngine struct {
	*serving.Replica
	config      *serving.Config // as it lies
	outstanding int
	version     int64
	loading     bool
	loads       event.Time    // since when
	away        bool          // its GPUs are not there: only those borrowed
	gone        replicaTotals // of replicas that are no more, and loads that are over
}

func newGenerator(e *event.Engine, j *Job, c *Config) generator {
	g := generator{
		engine: e, job: j, config: c,
		turn:    e.NewTimer(j, kindTurn, 0),
		tools:   server{service: &c.Tools.Call, engine: e, owner: j, kind: kindTool},
		rewards: server{service: &c.Reward, engine: e, owner: j, kind: kindReward},
		race:    race{factor: c.TailBatching},
	}
	g.scorer = scorer{engine: e, model: &c.RewardModel, turn: g.turn}
	g.pool.size = g.race.more(c.GroupSize)
	return g
}

// begin starts the engines.
func (g *generator) begin(now event.Time) {
	g.armRepack(now)
	g.halted, g.draining = false, false
	g.race.begin(g.config.Prompts)
	g.scorer.begin(g.job)
	own := g.config.replicas()
	g.engines = make([]rolloutEngine, own+g.config.Borrow.Engines)
	for i := range g.engines {
		if i >= own {
			g.engines[i].away = true
			continue
		}
		c := g.job.placed(g.config.Engine, g.config.EngineOn, g.config.TrainerGPUs+i*g.config.EngineGPUs, g.config.EngineGPUs)
		g.engines[i] = rolloutEngine{config: c, Replica: g.newReplica(c), version: g.published}
	}
}

func (g *generator) newReplica(c *serving.Config) *serving.Replica {
	return serving.NewReplica(g.engine, c, g.job, &g.itl)
}

// placed returns the engine of a replica on so many of the gang's GPUs from the
// first on, which on knows where it matters where they lie.
func (j *Job) placed(e *serving.Config, on func(fleet.Location) *serving.Config, first, gpus int) *serving.Config {
	if on == nil {
		return e
	}
	return on(j.cluster.Locate(j.gang).Part(first, gpus))
}

// admit starts as many groups as may start, and hands out samples.
func (g *generator) admit(now event.Time) {
	if g.halted {
		return
	}
	for g.started < g.allowed() {
		index, samples := g.nextPrompt()
		slot, fresh := g.pool.take(samples)
		fresh.draw(g.config, index, slot, g.pool.size, min(g.published, g.config.Steps-1))
		g.started++
		g.job.stats.SamplesStarted += int64(len(fresh.samples))
		g.generating += len(fresh.samples)
		for i := range fresh.samples {
			g.queue = append(g.queue, fresh.samples[i].request.Tag)
		}
	}
	g.dispatch(now)
}

// allowed returns how many groups may have started by now. Where whole batches
// are generated, none is that would not be trained on.
func (g *generator) allowed() int64 {
	limit := g.config.admitted(g.published)
	switch {
	case g.race.over:
		return g.started
	case g.racing():
		return g.published*int64(g.config.Prompts) + int64(g.race.more(g.config.Prompts))
	case !g.config.Mode.Batches:
		return limit
	}
	if g.generating == 0 && g.rewarding == 0 && g.started >= g.limit {
		g.limit = min(limit, g.started+int64(g.config.Prompts), g.config.Steps*int64(g.config.Prompts))
	}
	return g.limit
}

// dispatch hands samples to engines, in order, while one can have the next.
func (g *generator) dispatch(now event.Time) {
	if g.halted || g.draining {
		return
	}
	taken := 0
	for taken < len(g.queue) {
		i, ok := g.pick(g.queue[taken])
		if !ok {
			break
		}
		// A group that is not split goes as a whole, also when it returns
		// from tools bit by bit.
		tag := g.queue[taken]
		for {
			g.submit(now, i, g.queue[taken])
			taken++
			if g.config.Dispatch == LeastLoaded || taken == len(g.queue) || g.queue[taken]/int64(g.pool.size) != tag/int64(g.pool.size) {
				break
			}
		}
	}
	g.queue = g.queue[taken:]
}

// pick returns the engine for a sample: the one it was on before, which may
// still have its KV, else the one with the fewest samples, the first of equal
// ones. A synchronous job deals out groups without regard to free sequences.
func (g *generator) pick(tag int64) (engine int, ok bool) {
	least := g.config.Engine.MaxSeqs
	if g.config.Dispatch == ByGroup && g.config.Mode.Staleness == 0 {
		least = math.MaxInt
	}
	open := func(e *rolloutEngine) bool {
		return !e.away && e.outstanding < least && !e.loading && e.version == g.published
	}
	if _, s := g.pool.sample(tag); s.segments > 0 && open(&g.engines[s.replica]) {
		return int(s.replica), true
	}
	for i := range g.engines {
		if e := &g.engines[i]; open(e) {
			engine, least, ok = i, e.outstanding, true
		}
	}
	return engine, ok
}

// submit gives a sample to an engine.
func (g *generator) submit(now event.Time, i int, tag int64) {
	of, s := g.pool.sample(tag)
	e := &g.engines[i]
	s.replica = int32(i)
	e.outstanding++
	g.running++
	e.Submit(now, s.next(now, of.prompt, e.version))
}

// done hears of the end of a request on an engine, in the middle of its work.
func (g *generator) done(now event.Time, q *serving.Request) {
	g.finished = append(g.finished, q.Tag)
	g.engine.Arm(g.turn, now, event.ClassArrival)
}

// endTurns moves on the samples whose requests have ended at this instant.
func (g *generator) endTurns(now event.Time) {
	for _, tag := range g.finished {
		of, s := g.pool.sample(tag)
		e := &g.engines[s.replica]
		e.outstanding--
		g.running--
		s.stopped()
		if s.stage == gone {
			g.job.stats.TokensDropped += int64(s.request.Generated)
			continue
		}
		if s.turns--; s.turns > 0 && s.made < s.total {
			s.stage = withTool
			g.tools.begin(now, tag, &s.rand)
			continue
		}
		s.stage = doneGenerating
		of.tokens += int64(s.made)
		g.generating--
		g.rewarding++
		if of.complete++; of.complete == g.config.GroupSize {
			g.complete++
		}
		if g.ended++; g.ended == g.lastTenth() {
			g.nearEnd = now
		}
		g.rewards.begin(now, tag, &s.rand)
	}
	g.finished = g.finished[:0]
	g.endScores()
}

// lastTenth returns how many samples of a step are complete when only the last
// tenth is running.
func (g *generator) lastTenth() int64 {
	n := int64(g.config.samples())
	return n - n/10
}

// returned puts a sample back into the queue after a tool call.
func (g *generator) returned(tag int64) {
	_, s := g.pool.sample(tag)
	if s.stage == gone {
		return
	}
	s.answers += g.config.Tools.Answer
	s.stage = queued
	g.queue = append(g.queue, tag)
}

// takeOldest takes the oldest group that can be trained on; it is valid until
