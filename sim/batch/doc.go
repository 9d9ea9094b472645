// Package batch runs jobs that are known by nothing but their size and their
// duration: the pods and batch jobs of a cluster trace, or a synthetic mix.
//
// A job holds its gang for its duration, computing all the while
// (compute.batch). It writes no checkpoints of its own accord: when a worker
// fails, everything since its start is lost, and it begins anew once it is placed
// again. A preemption either does the same, or lets it save its state first: then
// it loads that and goes on where it was.
package batch
