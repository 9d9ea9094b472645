// Package batch runs jobs that are known by nothing but their size and their
// duration: the pods and batch jobs of a cluster trace, or a synthetic mix.
//
// A job holds its gang for its duration, computing all the while
// (compute.batch). It writes no checkpoints: when it is preempted, everything
// since its start is lost, and it begins anew once it is placed again.
package batch
