// Package training runs pre-training jobs: processes over a gang of GPUs whose
// pace comes from the step-time model of package perf.
//
// # A run
//
// A job that has been placed starts its processes (starting), loads its last
// checkpoint if it has one (checkpoint), and trains. Steps all take the same
// time, and after every CheckpointEvery of work, rounded up to whole steps,
// training stops while a checkpoint is written (checkpoint); the last step is
// followed by one too. With k steps of length T between checkpoints and write
// time C, the job that has n steps to go needs
//
//	init + load + n·T + ⌈n/k⌉·C
//
// once placed. Nothing in there depends on anything outside, so a run is one
// closed form of the time since its start and costs one event: its end.
//
// Evaluations, after every so many of the job's steps, stop training too; the
// checkpoint of the same step follows. Their time stands in compute.logprob.
//
// An asynchronous checkpoint stops training only while the state is copied out
// of the GPUs (Blocking), is written while training goes on, and counts once it
// is written. The next one waits for that; the end waits for the last one.
//
// # Accounts
//
// The gang stands in compute.train. Settle journals what it really did up to
// now: a step's time is split into compute.train, stalled.bubble and
// stalled.comm in the proportions of perf.TrainStep, by a cumulative function
// of the time spent in steps, so that settling at any instants, in any number,
// gives the same totals to the nanosecond.
//
// # Preemption and failure
//
// A preempted job, or one that has lost a worker, loses what it did since its
// last complete checkpoint: steps, the begun step and a begun checkpoint. That
// time, which the job will spend again, moves from its accounts to lost,
// exactly. The time of starting and of loading the checkpoint stays where it
// is: it was the price of the restart. The cluster queues the gang again, and
// the next run resumes.
//
// # Stragglers
//
// A job that is placed on a slow node (cluster.Slow) runs at that node's pace
// until it is placed anew: the others wait in their collectives (stalled.comm).
//
// # Elastic jobs
//
// An elastic job that has waited for its workers for a while goes on with the
// largest smaller size that fits (Elastic). At every complete checkpoint it
// looks whether a larger one would, and restarts on that. The steps of all sizes
// train on the same tokens; smaller ones take longer.
//
// # Figures
//
// ETTR (effective training time ratio) is the time of the steps that were kept
// over the wall time since the first start, queueing after preemptions
// included. MFU comes from the model FLOPs of kept steps over the peak of the
// GPU time held.
//
// Left out: a slower step while a checkpoint is written behind it.
package training
