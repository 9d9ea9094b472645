// Package scheduler decides which waiting gangs start where, and which running
// ones make way. It decides and does not act: Decide takes the waiting and
// running gangs and returns decisions as data; whoever owns the fleet applies
// them. The fleet it is given is used for trials and left as it was.
//
// # One pass
//
// The waiting gangs are tried in queue order. A gang that fits, starts. One
// that does not fit may preempt running gangs of lower priority, if that makes
// it fit. Otherwise it waits, and what happens behind it depends on the
// backfill rule:
//
//   - none: nobody behind it may use a pool that it could use;
//   - EASY: the first gang that waits gets a reservation, the earliest time at
//     which it fits if running gangs end as estimated (a gang without an
//     estimate never ends). A gang behind it starts only if it ends by then,
//     or leaves alone what is reserved.
//
// Where a gang lies is chosen by a placement policy (sim/placement), in the
// first of the gang's pools that has room, or in the best if it prefers none.
//
// EASY is due to Lifka, "The ANL/IBM SP scheduling system" (JSSPP 1995).
//
// To add a queue order, write a type with Less and String in a file of its own
// and add it to orders in policy.go.
package scheduler
