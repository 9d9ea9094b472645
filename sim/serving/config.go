package serving

import (
	"fmt"
	"strings"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/sim/perf"
)

// Discipline orders the waiting queue.
type Discipline uint8

// The queue disciplines.
const (
	FCFS     Discipline = iota // by arrival
	Priority                   // by priority, then arrival
	Shortest                   // fewest predicted output tokens first
	Fair                       // tenants in turn (see FairShare)
)

var disciplineNames = []string{"fcfs", "priority", "shortest-predicted", "fair"}

// String returns the discipline's name in scenarios.
func (d Discipline) String() string { return disciplineNames[d] }

// ParseDiscipline returns the discipline of that name.
func ParseDiscipline(name string) (Discipline, error) {
	for i, n := range disciplineNames {
		if n == name {
			return Discipline(i), nil
		}
	}
	return 0, fmt.Errorf("unknown queue discipline %q: want one of %s.%s", name, strings.Join(disciplineNames, ", "), suggest.Hint(name, disciplineNames))
}

// Admission says when a waiting request may join the batch.
type Admission uint8

// The admission rules.
const (
	// Optimistic admits while there is memory for the first chunk of a prompt,
	// and preempts when decodes run out of it.
	Optimistic Admission = iota
	// Guaranteed admits when there is memory for all that the running requests
	// and the new one may come to need, so that none is ever preempted.
	Guaranteed
)

var admissionNames = []string{"optimistic", "guaranteed"}

// String returns the rule's name in scenarios.
func (a Admission) String() string { return admissionNames[a] }

// ParseAdmission returns the admission rule of that name.
func ParseAdmission(name string) (Admission, error) {
	for i, n := range admissionNames {
		if n == name {
			return Admission(i), nil
		}
	}
	return 0, fmt.Errorf("unknown admission %q: want optimistic or guaranteed.%s", name, suggest.Hint(name, admissionNames))
}

// Preemption says what becomes of the KV of a preempted request.
type Preemption uint8

// The ways to preempt.
const (
	Recompute Preemption = iota // it is thrown away, and computed again
	Swap                        // it goes to host memory, while there is room
)

var preemptionNames = []string{"recompute", "swap"}

// String returns the way's name in scenarios.
func (p Preemption) String() string { return preemptionNames[p] }

// ParsePreemption returns the way to preempt of that name.
func ParsePreemption(name string) (Preemption, error) {
	for i, n := range preemptionNames {
		if n == name {
			return Preemption(i), nil
		}
	}
	return 0, fmt.Errorf("unknown preemption %q: want recompute or swap.%s", name, suggest.Hint(name, preemptionNames))
}

// Config is what all replicas of one engine have in common. It must not change
// once a replica uses it.
type Config struct {
	Table      *perf.StepTable
	MaxSeqs    int // running requests at most
	MaxTokens  int // query tokens per step at most
	BlockSize  int // tokens per KV block
	Blocks     int // KV blocks
	Queue      Discipline
	Fair       *FairShare // of a Fair queue; nil = as it comes
	MaxWaiting int        // requests waiting at one replica at most; 0 = no limit
	Admission  Admission
	// MaxOutput is the output tokens that Guaranteed admission keeps memory for,
	// where a request's own output is shorter: servers know the limit a client
	// has set, not where an answer will end. 0 = they know the length.
	MaxOutput  int
	Preemption Preemption
	// HostBlocks is the KV blocks that host memory has room for: of requests
	// swapped out, and of the prefix cache.
	HostBlocks int
	// HostMove is the time to move one block between GPU and host memory, in
	// table units. Steps wait for it.
	HostMove int64
	// HostOverlap moves blocks layer by layer while the step computes, which
	// waits only for what takes longer than that.
	HostOverlap bool
	// PrefixCache keeps the KV of what has been computed while there is room,
	// for requests that begin alike.
	PrefixCache bool
	Speculation *Speculation // nil = one token per decode and step
	// ScheduleAhead forms the batch of a step when the step before it starts,
	// as engines do that hide scheduling behind the GPU's work: a request waits
	// for one more step. An idle engine admits at once.
	ScheduleAhead bool
	StepMode      bool // take every step singly: the oracle
}

// Validate returns an error that names the first field out of range.
func (c *Config) Validate() error {
	switch {
	case c.Table == nil:
		return fmt.Errorf("engine: no step table")
	case c.MaxSeqs < 1:
		return fmt.Errorf("engine: max_num_seqs is %d, must be at least 1", c.MaxSeqs)
	case c.MaxTokens < c.MaxSeqs:
		return fmt.Errorf("engine: max_num_batched_tokens is %d, must be at least max_num_seqs (%d): every running request takes a token a step", c.MaxTokens, c.MaxSeqs)
	case c.MaxTokens < c.MaxSeqs*int(c.queries()):
		return fmt.Errorf("engine: max_num_batched_tokens is %d, must be at least max_num_seqs × (speculated tokens + 1), %d: every running request verifies as many a step", c.MaxTokens, c.MaxSeqs*int(c.queries()))
	case c.Speculation != nil && c.Speculation.Draft != nil && c.MaxTokens > c.Speculation.Draft.MaxTokens():
		return fmt.Errorf("engine: max_num_batched_tokens is %d, the step table of the draft ends at %d", c.MaxTokens, c.Speculation.Draft.MaxTokens())
	case c.MaxTokens > c.Table.MaxTokens():
		return fmt.Errorf("engine: max_num_batched_tokens is %d, the step table ends at %d", c.MaxTokens, c.Table.MaxTokens())
	case c.Table.Local != nil && c.Table.Local.Tokens < 1:
		return fmt.Errorf("engine: local layers attend to %d tokens, must be at least 1", c.Table.Local.Tokens)
	case c.Speculation != nil && c.Speculation.Draft != nil && c.Speculation.Draft.Local != nil:
		return fmt.Errorf("engine: the step table of the draft has local layers, whose work is not followed")
	case c.BlockSize < 1:
		return fmt.Errorf("engine: block_size is %d, must be at least 1", c.BlockSize)
	case c.Blocks < 1:
		return fmt.Errorf("engine: %d KV blocks, need at least 1", c.Blocks)
	case c.MaxWaiting < 0:
		return fmt.Errorf("engine: max_waiting is %d, must not be negative", c.MaxWaiting)
	case c.MaxOutput < 0:
		return fmt.Errorf("engine: max_output is %d, must not be negative", c.MaxOutput)
	case c.MaxOutput > 0 && c.Admission != Guaranteed:
		return fmt.Errorf("engine: max_output is what guaranteed admission keeps memory for; admission is %v", c.Admission)
	case c.HostBlocks < 0 || c.HostMove < 0:
		return fmt.Errorf("engine: %d KV blocks in host memory at %d units each, must not be negative", c.HostBlocks, c.HostMove)
	case c.Preemption == Swap && c.HostBlocks == 0:
		return fmt.Errorf("engine: preemption by swapping needs host memory for at least one KV block")
	}
	for n := 1; n <= c.MaxTokens; n++ {
		if t := c.leastStep(n); t < fracOne {
			return fmt.Errorf("engine: a step of %d tokens takes %.3g ns by the step table, must be at least 1 ns", n, float64(t)/fracOne)
		}
	}
	return nil
}

// leastStep returns the duration of a step of n tokens without context.
// Boundaries must be a nanosecond apart, or two would fall on one instant and
// it would be undefined which of them an arrival at that instant meets.
func (c *Config) leastStep(n int) int64 {
	host, comm, body := c.Table.Step(0, int64(n), 0, 0, 0, perf.LocalWork{})
	return host + comm + body
}

// Fits reports whether a request could run alone.
func (c *Config) Fits(r *Request) bool { return c.most(r) <= int64(c.Blocks) }

// queries returns the query tokens of a decode in a step.
func (c *Config) queries() int64 {
	if c.Speculation == nil {
		return 1
	}
	return int64(c.Speculation.Tokens) + 1
}

// most returns the KV blocks that a request may come to need: proposals that
// turn out wrong are in KV memory too, for a step.
func (c *Config) most(r *Request) int64 {
	tokens := r.tokens()
	if c.Speculation != nil && r.Output > 1 {
		tokens += int64(c.Speculation.Tokens)
	}
	if c.MaxOutput > int(r.Output) {
		tokens += int64(c.MaxOutput) - int64(r.Output)
	}
	return ceilDiv(tokens, int64(c.BlockSize))
}

func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }
