// Package slurm reads a slurm.conf into a scenario's fleet and scheduler.
//
//   - Nodes with GPUs (Gres=gpu:…) that are alike, and in the same partitions,
//     make a pool. Nodes without GPUs are left out.
//   - A partition says by a note which pool and which priority its jobs have:
//     its PriorityTier.
//   - SchedulerType sched/backfill is conservative backfill, sched/builtin none;
//     PriorityType multifactor with a weight of fair share is fair share with
//     its half-life, priority/basic is first in, first out; PreemptType by
//     partition or QOS is preemption by priority, with the partitions' GraceTime.
//
// What else bears on scheduling and is not modelled is listed, line by line;
// what does not (daemons, paths, logs) is listed in one line. Included files are
// not read.
package slurm
