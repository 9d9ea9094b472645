package rl

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/serving"
)

// RewardModel is replicas of a reward model on GPUs of the gang that do nothing
// else. A sample is scored by one prefill of its prompt and all that it has
// generated.
type RewardModel struct {
	Engine     *serving.Config // nil = there is none
	EngineGPUs int             // of a replica
	GPUs       int             // of the gang, its last ones
	// EngineOn returns the engine of a replica that lies so in the network; nil =
	// Engine wherever it lies.
	EngineOn func(fleet.Location) *serving.Config
}

func (m *RewardModel) validate(c *Config) error {
	if m.Engine == nil {
		return nil
	}
	switch {
	case m.EngineGPUs < 1 || m.GPUs < 1 || m.GPUs%m.EngineGPUs != 0:
		return fmt.Errorf("its %d GPUs for rewards do not divide into replicas of %d", m.GPUs, m.EngineGPUs)
	case m.Engine.MaxWaiting != 0:
		return fmt.Errorf("its reward engine must not limit the waiting queue (max_waiting is %d)", m.Engine.MaxWaiting)
	}
	if err := m.Engine.Validate(); err != nil {
		return fmt.Errorf("reward model: %w", err)
	}
	longest := serving.Request{Prompt: c.Prompt.Max + c.Output.Max + c.Tools.mostTokens(), Output: 1}
	if !m.Engine.Fits(&longest) {
		return fmt.Errorf("its longest sample (%d tokens with its prompt) exceeds the reward engine's KV memory of %d tokens", longest.Prompt, m.Engine.Blocks*m.Engine.BlockSize)
	}
	return nil
}

// replicas returns how many there are.
func (m *RewardModel) replicas() int {
	if m.Engine == nil {
		return 0
	}
	return m.GPUs / m.EngineGPUs
}

// scorer is the reward model's side of a job.
type scorer struct {
	engine   *event.Engine
	model    *RewardModel
	turn     event.Timer // of the generator: handles what has ended at this instant
	replicas []scoring
	finished []*serving.Request // at this instant
	free     []*serving.Request
	itl      metrics.Histogram // stays empty: nothing is decoded
}

// scoring is one replica's place.
type scoring struct {
	*serving.Replica
	config *serving.Config
	gone   replicaTotals // of replicas that are no more
}

var _ serving.Sink = (*scorer)(nil)

// begin starts the replicas of a job.
func (s *scorer) begin(j *Job) {
	s.replicas = make([]scoring, s.model.replicas())
	first := j.config.gpus() - s.model.GPUs
	for i := range s.replicas {
		r := &s.replicas[i]
		r.config = j.placed(s.model.Engine, s.model.EngineOn, first+i*s.model.EngineGPUs, s.model.EngineGPUs)
		r.Replica = s.newReplica(r.config)
	}
}

func (s *scorer) newReplica(c *serving.Config) *serving.Replica {
	return serving.NewReplica(s.engine, c, s, &s.itl)
}

// score sends a sample to the replica with the fewest, the first of equal ones.
func (s *scorer) score(now event.Time, of *group, x *sample) {
	least := &s.replicas[0]
	for i := range s.replicas {
		if r := &s.replicas[i]; r.Load() < least.Load() {
			least = r
		}
	}
	q := new(serving.Request)
	if n := len(s.free); n > 0 {
		q, s.free = s.free[n-1], s.free[:n-1]
	}
	*q = serving.Request{ID: x.request.ID, Tag: x.request.Tag, Prompt: of.prompt + x.made + x.answers, Output: 1, Arrive: now}
	if s.model.Engine.PrefixCache {
		q.Content = serving.Content{Segments: of.content[:], Tail: x.request.ID + 1}
	}
	least.Submit(now, q)
}

// Done implements serving.Sink: a sample has its score.
func (s *scorer) Done(now event.Time, q *serving.Request, _ serving.Outcome) {
	s.finished = append(s.finished, q)
	s.engine.Arm(s.turn, now, event.ClassArrival)
}

// endScores takes the rewards that have come at this instant.
func (g *generator) endScores() {
	s := &g.scorer
	for _, q := range s.finished {
		g.job.stats.SamplesScored++
		g.job.stats.TokensScored += int64(q.Prompt)
		g.rewarded(q.Tag)
		s.free = append(s.free, q)
	}
	s.finished = s.finished[:0]
}

// clear gives up all that is being scored; the replicas go on without.
func (s *scorer) clear(now event.Time) {
	for i := range s.replicas {
		r := &s.replicas[i]
		if r.Load() == 0 {
			continue
		}
		r.gone.add(now, r.Replica, s.model.Engine)
		r.Stop(now)
		r.Replica = s.newReplica(r.config)
	}
	s.finished = s.finished[:0]
}

// stop ends the replicas.
func (s *scorer) stop(now event.Time) {
	for i := range s.replicas {
		s.replicas[i].Stop(now)
	}
	s.replicas, s.finished = nil, nil
}

// totals returns what the replicas have done since they began.
func (s *scorer) totals(now event.Time) (t replicaTotals) {
	for i := range s.replicas {
		r := &s.replicas[i]
		t.plus(&r.gone)
		t.add(now, r.Replica, s.model.Engine)
	}
	return t
}

// rewardTime returns the reward replicas' time in the segment under way.
func (j *Job) rewardTime(now event.Time) (s accounts) {
	p := &j.books.rewards
	total := p.units * (now - p.since)
	if j.phase == Init {
		s[ledger.Starting] = total
		return s
	}
	t := j.generator.scorer.totals(now)
	u := t.usage.Sub(p.segment.usage)
	s[ledger.LogProb] = u.Prefill + u.Decode
	s[ledger.StalledHost] = u.Host
	s[ledger.StalledComm] = u.Comm
	s.fill(ledger.StalledSamples, total)
	return s
}
