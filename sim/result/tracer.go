package result

// Tracer is a Recorder that also takes what only a timeline shows.
type Tracer interface {
	Recorder
	// Phase takes a part of a gang's life, once it is over.
	Phase(*Phase) error
	// Replica takes the state of a replica at a sample.
	Replica(*ReplicaState) error
}

// Phase is a part of a gang's life: its wait in the queue, or what it does on
// its GPUs. Phases of one gang do not overlap, and those on GPUs lie within one
// placement. Long runs of equal steps are represented by some of them.
type Phase struct {
	Gang     int64
	GangName string
	Class    string
	Name     string // such as waiting, starting, step, checkpoint, generate
	Number   int64  // of the step, from 1; 0 = none
	From, To int64  // ns since the start of the run
}

// ReplicaState is a serving replica at an instant.
type ReplicaState struct {
	Time       int64
	Deployment string
	Gang       int64
	Running    int   // requests in the batch
	Waiting    int   // requests in its queue
	KVTokens   int64 // that its KV memory holds
}
