// Package scheduler decides which waiting gangs start where, and which running
// ones make way. It decides and does not act: a Scheduler is told what waits,
// starts, stops and goes, and Decide returns decisions as data; whoever owns the
// fleet carries them out, and says so. The fleet is used for trials and left as
// it was.
//
// # One pass
//
// The waiting gangs are tried in the order of an Order: each gives a gang a
// rank, or its tenant. A gang that fits, and for which its tenant has quota,
// starts. One that does not may preempt running gangs, if that makes it fit:
// those that the preemption rule lets it displace, and those that borrow what is
// its tenant's own. Otherwise it waits, and what happens behind it depends on
// the backfill rule:
//
//   - none: nobody behind it may use a pool that it could use;
//   - EASY: the first gang that waits gets a reservation, the earliest time at
//     which it fits if running gangs end as estimated (a gang without an
//     estimate never ends). A gang behind it starts only if it ends by then,
//     or leaves alone what is reserved;
//   - conservative: every gang that waits has a plan, a time and a place, and
//     plans made later go around those made before.
//
// Preempted gangs that take a grace period to leave keep their GPUs until then;
// who preempted them has a claim to those meanwhile.
//
// Where a gang lies is chosen by a placement policy (sim/placement), in the
// first of the gang's pools that has room, or in the best if it prefers none.
//
// # Quotas
//
// A tenant's quota in a pool is a leaf of a tree of cohorts, which share what
// their members do not keep for themselves, by Kueue's rules (quota.go). Gangs
// that would borrow are tried after the others.
//
// # Cost
//
// What is true of a gang is true of those like it: a pass tries one of each kind
// (lines.go), and after mere submissions only the new ones (cached.go). The
// lists that it goes through are kept in order. Whom preemption has not helped
// speaks for those who want more (despair.go). Under conservative backfill a
// plan is searched anew only if something has become free where it could move
// (freed.go), and not before an instant that has been ruled out (bounds.go); who
// holds and plans what of each node is kept (agenda.go), what that leaves of
// quotas is added up (tally.go), and the fleet is taken to an instant only where
// both say that a gang may fit.
//
// EASY is due to Lifka, "The ANL/IBM SP scheduling system" (JSSPP 1995),
// conservative backfill to Mu'alem and Feitelson (IEEE TPDS 2001); the sources of
// the orders stand with them.
//
// To add a queue order, write a type with Rank and String in a file of its own
// and add it to orders in order.go.
package scheduler
