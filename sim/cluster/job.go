package cluster

// JobState is where a job that owns a gang stands. JobCompleted and
// JobUnfinished are final.
type JobState uint8

// The states of a job.
const (
	JobPending JobState = iota // submitted, or preempted and queued again
	JobRunning
	JobCompleted
	JobUnfinished // at the horizon
)

var jobStateNames = [...]string{"pending", "running", "completed", "unfinished"}

// String returns the state's name in results.
func (s JobState) String() string { return jobStateNames[s] }
