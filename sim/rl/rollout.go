package rl

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/metrics"
	"github.com/jevons-sim/jevons/sim/serving"
)

// counts is what one step's samples come to.
type counts struct {
	Samples      int64 // complete
	Truncated    int64 // of these, cut short by the cap
	PromptTokens int64 // of complete samples
	Tokens       int64 // generated in complete samples
	Preemptions  int64 // of samples, for want of KV memory
	Recomputed   int64 // tokens prefilled again after preemptions

	FLOPs, Bytes float64 // work on them
}

// work is what utilisation counts of replicas.
type work struct{ flops, bytes float64 }

// rollout is the generate phase: the replicas and the samples of a step.
type rollout struct {
	engine   *event.Engine
	sink     serving.Sink
	config   *Config
	replicas []*serving.Replica
	before   []serving.Usage // of each replica, when the phase began
	worked   work            // of all replicas until then
	refills  event.Timer     // hands freed sequences to waiting samples

	requests  []serving.Request // of the step, in order of prompt and sample
	truncated []bool
	placed    []int32 // replica of each sample
	freed     []int32 // replicas with a sequence freed at this instant
	next      int     // first sample not dispatched
	nearEnd   event.Time
	counts    counts
	itl       metrics.Histogram // the engines' inter-token latencies
}

func newRollout(e *event.Engine, j *Job, c *Config) rollout {
	n := c.samples()
	return rollout{
		engine: e, sink: j, config: c,
		before:    make([]serving.Usage, c.replicas()),
		refills:   e.NewTimer(j, kindRefill, 0),
		requests:  make([]serving.Request, n),
		truncated: make([]bool, n),
		placed:    make([]int32, n),
	}
}

// begin draws the samples of a step and dispatches them.
func (r *rollout) begin(now event.Time, step int64) {
	for len(r.replicas) < r.config.replicas() {
		r.replicas = append(r.replicas, serving.NewReplica(r.engine, r.config.Engine, r.sink, &r.itl))
	}
	for i, rep := range r.replicas {
		r.before[i] = rep.Usage(now)
	}
	r.worked = r.work(now)
	r.counts = counts{}
	r.next = 0
	r.freed = r.freed[:0]
	r.draw(now, step)
	r.dispatch(now)
}

// draw fixes the lengths of a step's samples.
func (r *rollout) draw(now event.Time, step int64) {
	c := r.config
	prompts, outputs := c.Prompt.sampler(), c.Output.sampler()
	for p := range c.Prompts {
		rand := c.Lengths.Entity(uint64(step)*uint64(c.Prompts) + uint64(p))
		length, _ := prompts.tokens(&rand, prompts.prompt(&rand))
		own := outputs.prompt(&rand)
		for g := range c.GroupSize {
			i := p*c.GroupSize + g
			tokens, cut := outputs.tokens(&rand, own)
			r.truncated[i] = cut
			r.requests[i] = serving.Request{
				ID:     uint64(step)*uint64(c.samples()) + uint64(i),
				Prompt: length,
				Output: tokens,
				Tag:    int64(i),
				Arrive: now,
			}
		}
	}
}

// dispatch hands out the step's samples: all of them by group, or as many as
// the replicas have sequences for, one each in turn.
func (r *rollout) dispatch(now event.Time) {
	n := len(r.replicas)
	if r.config.Dispatch == ByGroup {
		for i := range r.requests {
			r.submit(now, i/r.config.GroupSize%n)
		}
		return
	}
	for range min(len(r.requests), n*r.config.Engine.MaxSeqs) {
		r.submit(now, r.next%n)
	}
}

// submit gives the next sample to a replica.
func (r *rollout) submit(now event.Time, replica int) {
	i := r.next
	r.next++
	r.placed[i] = int32(replica)
	r.requests[i].Arrive = now
	r.replicas[replica].Submit(now, &r.requests[i])
}

// done counts a complete sample and reports whether it was the last.
func (r *rollout) done(now event.Time, q *serving.Request) bool {
	c := &r.counts
	c.Samples++
	c.PromptTokens += int64(q.Prompt)
	c.Tokens += int64(q.Generated)
	c.Preemptions += int64(q.Preemptions)
	c.Recomputed += q.Recomputed
	if r.truncated[q.Tag] {
		c.Truncated++
	}
	if total := int64(len(r.requests)); c.Samples == total-total/10 {
		r.nearEnd = now
	}
	if r.next < len(r.requests) {
		r.freed = append(r.freed, r.placed[q.Tag])
		r.engine.Arm(r.refills, now, event.ClassArrival)
	}
	return c.Samples == int64(len(r.requests))
}

// refill gives each freed sequence to the next waiting sample.
func (r *rollout) refill(now event.Time) {
	for _, replica := range r.freed {
		if r.next == len(r.requests) {
			break
		}
		r.submit(now, int(replica))
	}
	r.freed = r.freed[:0]
}

// usage returns what the replicas did since the phase began, summed.
func (r *rollout) usage(now event.Time) (sum serving.Usage) {
	for i, rep := range r.replicas {
		u := rep.Usage(now).Sub(r.before[i])
		sum.Prefill += u.Prefill
		sum.Decode += u.Decode
		sum.Host += u.Host
		sum.Comm += u.Comm
	}
	return sum
}

// work returns what the replicas have done since they started, summed.
func (r *rollout) work(now event.Time) (w work) {
	for _, rep := range r.replicas {
		done := rep.Work(now)
		w.flops += done.FLOPs(r.config.Engine)
		w.bytes += done.Bytes(r.config.Engine)
	}
	return w
}

// countWork adds the step's work: the rollouts, which are complete, and the
// passes of the trainer over them that follow.
func (r *rollout) countWork(now event.Time) {
	c, w := &r.counts, r.work(now)
	passes := float64(r.config.LogProbPasses + 3)
	training := float64(passes * r.config.Trainer.ForwardFLOPs(c.PromptTokens+c.Tokens))
	c.FLOPs = w.flops - r.worked.flops + training
	c.Bytes = w.bytes - r.worked.bytes
}

// tail returns how long the last tenth of the samples took, given the end.
func (r *rollout) tail(end event.Time) event.Time { return end - r.nearEnd }

// stop gives up the replicas and whatever they are generating.
func (r *rollout) stop(now event.Time) {
	r.engine.Disarm(r.refills)
	for _, rep := range r.replicas {
		rep.Stop(now)
	}
	r.replicas = r.replicas[:0]
}
