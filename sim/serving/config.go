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
	// PrefixCache keeps the KV of what has been computed while there is room,
	// for requests that begin alike.
	PrefixCache bool
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
	case c.MaxTokens > c.Table.MaxTokens():
		return fmt.Errorf("engine: max_num_batched_tokens is %d, the step table ends at %d", c.MaxTokens, c.Table.MaxTokens())
	case c.BlockSize < 1:
		return fmt.Errorf("engine: block_size is %d, must be at least 1", c.BlockSize)
	case c.Blocks < 1:
		return fmt.Errorf("engine: %d KV blocks, need at least 1", c.Blocks)
	case c.MaxWaiting < 0:
		return fmt.Errorf("engine: max_waiting is %d, must not be negative", c.MaxWaiting)
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
	host, comm, body := c.Table.Step(0, int64(n), 0, 0, 0)
	return host + comm + body
}

// Fits reports whether a request of that many tokens could run alone.
func (c *Config) Fits(r *Request) bool {
	return ceilDiv(r.tokens(), int64(c.BlockSize)) <= int64(c.Blocks)
}

func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }
