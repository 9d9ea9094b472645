// Package failure breaks the hardware of a pool, and mends it: what fails, how
// often, when somebody notices, how long the repair takes, which spares step
// in, and when nodes are drained for maintenance.
//
// # Components
//
// A pool's components are its GPUs, its nodes, its racks (the switch or power
// feed that takes all of a rack's nodes with it) and the software on a node.
// Each component of a kind that has a Law lives by itself:
//
//	works ──(time to failure)──► fails ──(detection)──► noticed ──(repair)──► works
//
// The time to failure is Weibull with mean MTBF: shape 1 is exponential, below
// 1 are failures that come in bursts and spare the old, above 1 is wear. A
// component ages while it works, also under another's outage, and is new after
// its repair. A node is in service when everything it depends on works.
//
// # What a failure does
//
// At once, every gang with a worker on the component stops, and what is free of
// the component leaves service: an idle GPU is tested before it is handed out.
// Until detection the stopped gangs hold their GPUs for nothing (ledger account
// stalled.fault); then they return to the queue, and the GPUs of the component
// are down until the repair. What the gangs lose is their owners' to say: jobs
// fall back to a checkpoint, replicas hand their requests back, RL jobs lose
// the step under way. Replicas do so at the failure, as if their router saw it
// at once; only their GPUs wait for detection.
//
// A faulty GPU takes its whole node along (Law.NodeWide), as nodes are cordoned
// and reset as one, or goes alone.
//
// # Spares and drains
//
// Hot spares are nodes that are held back (idle.reserved). When a failure is
// noticed and fewer nodes than meant are in service, the lowest spare that
// works joins; a repaired node that is no longer needed becomes a spare.
//
// A Drain takes nodes out for a time, planned: gangs on them are preempted, not
// failed.
//
// # Stragglers
//
// A share of nodes is slow from its start or repair on. Training jobs placed on
// such a node run at its pace until it is found: then they are preempted, and
// the node is repaired, which makes it slow or not by the same share.
//
// # Randomness
//
// Times to failure, detection and repair are three streams per kind and pool,
// with the component's index as entity. Changing the MTBF of one kind scales
// its times and leaves every other draw as it was.
//
// Left out: nodes that fail again and again (lemons), nodes that get slow while
// they work, slow nodes under other work than training, failures that depend on
// load or temperature, and repairs that wait for a technician.
package failure
