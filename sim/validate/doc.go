// Package validate runs the simulator where the answer is known and reports
// predicted, actual and error.
//
// # Queueing
//
// The serving engine has classical queues as limits, so whole queueing theory
// tests it, routers, event order and statistics included:
//
//   - a batch of one and a step of constant length serve a request in time
//     proportional to its output: with a central queue over c replicas this is
//     M/M/c for exponential outputs, M/D/1 for constant and M/G/1 for other ones;
//   - a step whose length is proportional to its batch, and no limit on the
//     batch, shares the replica equally among its requests: M/G/1-PS.
//
// Outputs are whole tokens, so service times are multiples of a step; with a
// mean of 2,000 tokens that moves no moment by more than a millionth.
//
// Formulas: Kleinrock, Queueing Systems I (1975), for M/M/c and M/G/1 (Erlang C,
// Pollaczek–Khinchine); Kleinrock, Queueing Systems II (1976), for processor
// sharing, whose mean sojourn depends on the length distribution through its
// mean alone.
//
// # Demand
//
// Whole simulations go through a shock after which a token costs f of what it
// did. Where requests do nothing but think, nothing queues and adoption has
// settled, requests, tokens and GPU-hours of work change by powers of f (see
// workloads/demand), and ε = 1 breaks even. A fleet that is full before the
// shock, with demand W for its capacity C, stays full from
// 1 − ln(W/C)/((1−θ)·ln(1/f)) on.
//
// # Training
//
// Published pre-training steps are predicted with the cost model of package
// perf, its constants shared by all rows of a GPU type. A row is a line of a CSV
// table: the built-in one, whose sources stand in its column source, or the
// user's. What a publication leaves open is chosen as its authors would: the
// least recomputation that fits, the fastest micro-batch, the fastest layout.
//
// # Scheduling
//
// The placement experiment of Weng et al. ("Beware of Fragmentation", USENIX ATC
// 2023) fills the openb cluster with pods in random order until they have asked
// for 130 % of its GPUs, and looks at what is allocated and what of the rest is
// fragmented. Means over seeds are compared with the published ones.
//
// # RL post-training
//
// First laws, whose outcome needs no measurement: with samples of one length,
// engine steps of one time and updates of one time, a synchronous step is the
// sum of its phases and a one-step off-policy one the maximum, to the
// nanosecond; asynchronous throughput is the smaller of what engines and trainer
// can do; staleness keeps its bound; samples are conserved.
//
// Then published jobs, rollouts through the serving engine on the cost models of
// engine and trainer. Rows of one job are figures of one simulation. What a
// source leaves open is the same for all its jobs; lengths, which none publishes,
// are lognormal about a mean that one figure of the source fixes.
package validate
