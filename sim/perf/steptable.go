package perf

// TableShift is the number of fractional bits of a StepTable's durations: the
// unit is 2⁻¹⁶ ns, so that a KV read of a few nanoseconds per token keeps five
// significant digits as an integer.
const TableShift = 16

// StepTable is all that the serving engine sees of the cost model: the
// duration of one engine step as integer arithmetic. A step takes
//
//	host + sequence·s + comm[n] + matrix[n] + max(decode·D + prefill·P, kv·R) + local
//
// where s counts the requests in the step, n their query tokens (one per decode, plus the prefill chunks), D
// and P the pairs of a query token and a context token it attends to, in
// decodes and in prefill chunks, and R the context tokens whose KV is read.
// Matrix multiplications and attention run one after the other, each at the roof
// that binds it; local is the same maximum over layers that attend to a span of
// the context only, with the pairs and reads within it. While s and n are constant, P is zero and D = R grows linearly,
// as in a run of decode steps, durations are an arithmetic progression: that is
// what lets the engine sum many steps in closed form. Whatever depends on n alone
// may have any shape.
type StepTable struct {
	Matrix      []int64     // [n] matrix multiplications, with the weights that n tokens touch, for n = 0 … MaxTokens
	Comm        []int64     // [n] exposed collectives
	Host        int64       // scheduling and launch, per step
	Sequence    int64       // the same, per request in the step
	DecodePair  int64       // attention, per pair of a decode
	PrefillPair int64       // attention, per pair of a prefill chunk
	KVRead      int64       // per context token read
	Local       *LocalTable // of layers with bounded attention; nil = there are none
	FirstUse    int64       // more for the first step with prompts of a replica that is cold, a half for the second, a third for the third, …

	// Work behind the durations, for utilisation: of the whole replica.
	TokenFLOPs  float64   // model FLOPs per query token, attention pairs excluded
	PairFLOPs   float64   // model FLOPs per pair
	WeightBytes []float64 // [n] bytes of weights read in a step of n tokens
	KVBytes     float64   // bytes read per context token
}

// MaxTokens returns the largest number of query tokens a step may have.
func (t *StepTable) MaxTokens() int { return len(t.Matrix) - 1 }

// HostTime returns what the host takes for a step of so many requests.
func (t *StepTable) HostTime(requests int64) int64 { return t.Host + t.Sequence*requests }

// Step returns the parts of the duration of one step of n query tokens of so
// many requests, in table units: host time, exposed communication, and the
// body, which is all that computes or reads memory.
func (t *StepTable) Step(requests, n, decodePairs, prefillPairs, kvRead int64, local LocalWork) (host, comm, body int64) {
	attention := max(t.DecodePair*decodePairs+t.PrefillPair*prefillPairs, t.KVRead*kvRead)
	if t.Local != nil {
		attention += t.Local.Time(local)
	}
	return t.HostTime(requests), t.Comm[n], t.Matrix[n] + attention
}
