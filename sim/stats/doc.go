// Package stats has the statistics of simulation output: running moments,
// batch means for one long run, and Student-t intervals.
package stats
