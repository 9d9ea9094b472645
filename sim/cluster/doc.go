// Package cluster runs the fleet: it keeps the queue of waiting gangs and the
// set of running ones, asks the scheduler what to do, applies its decisions to
// the fleet and to the ledger, and tells the gangs' owners.
//
// Everything that occupies GPUs is a gang: a training job, an RL job, a serving
// replica, a pod of a trace. Its life is
//
//	Submit → waiting → Owner.Start → running → Finish
//	             ↑                      │
//	             └── Owner.Preempt ─────┘
//
// A preempted gang returns to the queue by itself, with its old place in it,
// and is started again when there is room. Where the policy has a grace period
// it holds its GPUs for that long first, in the account Checkpoint. Withdraw
// takes a waiting gang out.
//
// A gang that loses a worker to a failure (Fail) stops, but holds its GPUs until
// somebody notices (Detect); then it returns to the queue like a preempted one.
// SetOutage takes GPUs or whole nodes out of service: nobody holds them, they
// are not idle either, and the scheduler sees them as taken.
//
// Submitting and finishing do not schedule: they ask for one scheduling pass,
// which runs once at the end of the instant (event.ClassSchedule). Owners may
// therefore call the cluster from within their callbacks.
//
// While a gang runs, its GPUs stand in one ledger account of its class, which
// the owner changes with SetAccount. GPUs that nobody holds stand in one of the
// idle accounts: reserved, if they are held back for a reservation; fragmented,
// if something waits that may use the pool; else without demand.
package cluster
