package rl

import (
	"math"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
)

// Packing says how the samples of an update, none of them split, come to the
// data-parallel ranks.
type Packing uint8

// The packings.
const (
	// Balanced spreads tokens as evenly as the longest sample allows.
	Balanced Packing = iota
	// Dealt gives every rank as many samples, whatever their lengths.
	Dealt
)

var packingNames = []string{"balanced", "dealt"}

// String returns the packing's name in scenarios.
func (p Packing) String() string { return packingNames[p] }

// ParsePacking returns the packing of that name.
func ParsePacking(name string) (Packing, error) {
	i, err := parse("packing", name, packingNames)
	return Packing(i), err
}

// trainTimes are the lengths of the training phases and the update's parts
// that are waits.
type trainTimes struct{ handover, logProb, update, bubble, comm event.Time }

func (t *trainTimes) plus(o trainTimes) {
	t.logProb += o.logProb
	t.update += o.update
	t.bubble += o.bubble
	t.comm += o.comm
}

// take makes a batch of the oldest groups, for a number of updates.
func (j *Job) take(groups, updates int) {
	c := &j.config
	var all counts
	var times trainTimes
	first := int(j.generator.published)*c.miniBatches() + j.taken*c.miniBatches()/c.Prompts
	for u := range updates {
		var b counts
		j.lengths = j.lengths[:0]
		for range groups / updates {
			g := j.generator.takeOldest()
			b.add(g, j.generator.published)
			j.lengths = g.appendLengths(j.lengths)
		}
		tokens := b.PromptTokens + b.Tokens
		times.plus(c.updateTimes(j.trainer, tokens, c.busiest(j.lengths, uint64(first+u))))
		passes := float64(c.LogProbPasses) + 3 + float64(4*c.Critic)
		b.FLOPs = float64(passes * j.trainer.ForwardFLOPs(tokens))
		all.longest = max(all.longest, b.longest)
		all.plus(&b)
	}
	times.logProb = c.logProbTime(j.trainer, all.PromptTokens+all.Tokens, all.longest)
	times.handover = c.Handover * event.Time(groups) / event.Time(c.Prompts)
	j.times = times
	j.step.plus(&all)
	j.taken += groups
}

// appendLengths appends the tokens of the group's samples, prompts included.
func (g *group) appendLengths(lengths []int64) []int64 {
	for i := range g.samples {
		if s := &g.samples[i]; s.stage != gone {
			lengths = append(lengths, int64(g.prompt)+int64(s.answers)+int64(s.made))
		}
	}
	return lengths
}

// updateTimes returns what one update on that many tokens takes where its
// busiest rank has so many of them. The others wait for that one.
func (c *Config) updateTimes(t Trainer, tokens, busiest int64) trainTimes {
	s := t.StepOf(tokens)
	models := 1 + c.Critic
	times := trainTimes{update: scaled(s.Total, models), bubble: scaled(s.Bubble, models), comm: scaled(s.Comm.Total(), models)}
	wait := scaled(times.update-times.bubble-times.comm, c.slowest(tokens, busiest)-1)
	times.update += wait
	times.bubble += wait
	return times
}

// logProbTime returns what the passes before the updates take: over all of a
// batch at once, so that only its longest sample keeps ranks from sharing it
// evenly.
func (c *Config) logProbTime(t Trainer, tokens, longest int64) event.Time {
	return scaled(scaled(t.ForwardTime(tokens), float64(c.LogProbPasses)+c.Critic), c.slowest(tokens, longest))
}

// slowest returns how much longer the busiest rank takes than the mean.
func (c *Config) slowest(tokens, busiest int64) float64 {
	return max(c.Imbalance, 1) * max(1, float64(busiest)*float64(c.Ranks)/float64(tokens))
}

// busiest returns the tokens of the busiest rank, at least: those of the longest
// sample, or the most that samples in random order come to, the first of them on
// the first rank and so on. Update numbers the draw. The order of lengths
// changes.
func (c *Config) busiest(lengths []int64, update uint64) int64 {
	if c.Packing == Balanced || c.Ranks < 2 {
		return slices.Max(lengths)
	}
	rand := c.Environment.Entity(^update) // samples count from 0
	for i := len(lengths) - 1; i > 0; i-- {
		k := rand.IntN(i + 1)
		lengths[i], lengths[k] = lengths[k], lengths[i]
	}
	var most int64
	for r := range c.Ranks {
		var sum int64
		for _, n := range lengths[r*len(lengths)/c.Ranks : (r+1)*len(lengths)/c.Ranks] {
			sum += n
		}
		most = max(most, sum)
	}
	return most
}

func scaled(t event.Time, by float64) event.Time {
	return event.Time(math.Round(float64(t) * by))
}
