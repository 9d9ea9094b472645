package result

import "github.com/jevons-sim/jevons/sim/stats"

// WhatIf is what would become of a job not yet submitted.
type WhatIf struct {
	Job      string          `json:"job"`
	AtS      float64         `json:"at_s"`
	Admitted bool            `json:"admitted"`           // the fleet, and its tenant's quota, could hold it
	Refused  string          `json:"refused,omitempty"`  // why not
	Runs     int             `json:"runs"`               // replications
	Started  int             `json:"started"`            // in so many of them, before the horizon
	StartS   *stats.Interval `json:"start_s,omitempty"`  // of the runs in which it started, 95 %
	WaitS    *stats.Interval `json:"wait_s,omitempty"`   // likewise
	Earliest float64         `json:"earliest_s"`         // start
	Latest   float64         `json:"latest_s"`           // start
	ByCause  []CauseShare    `json:"by_cause,omitempty"` // what blocked it, over all runs
	First    *Explanation    `json:"first,omitempty"`    // of the first run
}

// CauseShare is how much of the time that a job waited one cause is to blame
// for.
type CauseShare struct {
	Cause string  `json:"cause"`
	Share float64 `json:"share"`
}
