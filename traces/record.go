package traces

import "github.com/jevons-sim/jevons/sim/event"

// Request is one inference request as a trace records it or a workload
// generates it. Lengths are in tokens.
type Request struct {
	At       event.Time // arrival, since the stream's start
	Prompt   int32      // prompt tokens, ≥ 1
	Output   int32      // generated tokens in all, thinking included, ≥ 1
	Thinking int32      // of these, thinking tokens, 0 ≤ Thinking ≤ Output
	Class    string     // service class such as "chat"; "" = the stream's own
	Tenant   string     // who pays; "" = nobody in particular
	Session  uint64     // conversation the request belongs to; 0 = none
	Priority int32      // higher goes first where the queue asks for it
	Deadline event.Time // span from arrival after which a result is worthless; 0 = none
	Patience event.Time // span from arrival after which the client cancels; 0 = never
	// Hashes names the prompt's prefix blocks, HashBlock tokens each, in order:
	// equal names at equal places mean equal text. Nil where the trace has none.
	// The slice belongs to the stream and is valid until the next call.
	Hashes    []uint64
	HashBlock int32
}

// Job is one batch job as a trace records it or a workload generates it.
type Job struct {
	At        event.Time // submission, since the stream's start
	Name      string
	Tenant    string
	Workers   int32      // members of the gang, placed all at once, ≥ 1
	GPUs      int32      // whole GPUs a worker takes; 0 = a share or none
	GPUMilli  int32      // share of one GPU a worker takes, in thousandths; 0 = whole GPUs or none
	CPUMilli  int64      // CPU cores a worker takes, in thousandths
	MemoryMiB int64      // host memory a worker takes
	GPUTypes  []string   // acceptable GPU types; nil = any
	Duration  event.Time // run time on the GPUs once started
	Estimate  event.Time // the user's own estimate; 0 = none
	Priority  int32
	Status    string // the trace's own final state, as written there
	// After names an earlier job: this one is submitted no sooner than Think
	// after that one's end. "" = none.
	After string
	Think event.Time
	// Log is what a workload log says besides; nil where the trace has none.
	Log *Log
}

// Log is what a line of a workload log in the Standard Workload Format says of
// a job beyond what a run needs. Numbers are −1 where the log does not know.
type Log struct {
	Wait       event.Time // in the recorded queue
	CPUTime    float64    // used, the mean over processors, in seconds
	UsedMemory float64    // the mean over processors, in KB
	Allocated  int32      // processors
	Requested  int32      // processors
	Memory     float64    // requested, per processor, in KB
	Code       int32      // final state, the format's own number
	User       int32
	Group      int32
	Executable int32
	Queue      int32
	Partition  int32
}

// RequestStream yields requests in order of arrival. Next fills r and reports
// whether there was one; after false, or an error, the stream is over.
type RequestStream interface {
	Next(r *Request) (bool, error)
}

// JobStream yields jobs in order of submission, like RequestStream.
type JobStream interface {
	Next(j *Job) (bool, error)
}
