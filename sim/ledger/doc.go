// Package ledger keeps the GPU-time accounts of a run: double entry, in whole
// milli-GPU-nanoseconds, exact for any fleet and horizon.
//
// At every instant each thousandth of each GPU is in exactly one account of
// one workload class. Move transfers GPUs between accounts from an instant on;
// time accrues to where they stand. Reclassify moves time that has already
// accrued: an owner whose GPUs change state faster than anyone needs to know
// (a serving replica, step by step) lets them stand in one account and
// journals the split when somebody looks.
//
// Since GPUs and time are only ever moved, the balances of a pool add up to
// its size times the elapsed time, to the last unit. Check asserts that, and
// that no balance is negative; a run that fails it is a bug and says so.
package ledger
