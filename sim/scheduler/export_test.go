package scheduler

// Plainly makes every pass look at every waiting gang.
func (s *Scheduler) Plainly() { s.byLine = false }
