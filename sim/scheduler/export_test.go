package scheduler

// Plainly makes every pass look at every waiting gang, and search its plan
// through.
func (s *Scheduler) Plainly() { s.byLine, s.shortcut = false, false }
