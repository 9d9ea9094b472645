// Package fluid predicts what a serving deployment does on average, without
// following requests: how many are in the system, how the replicas' time is
// spent, and how much is served when more comes than fits.
//
// It rests on two things. The cost model's step table gives the mean duration
// of an engine step at a batch of a requests: a step decodes one token of each,
// and now and then computes a prompt beside them. A request of o output tokens
// runs for o − 1 such steps after its prompt, which is its residence time W(a);
// by Little's law a replica of x running requests completes x/W(x) of them a
// second, its throughput curve. Turning the curve around gives the requests in
// the system at a given rate of arrivals; what exceeds the end of the curve
// queues.
//
// Lengths enter through Draws, a sample of the requests of a workload, so that
// any distribution will do, and so that a client's patience can cut the long
// ones short.
//
// The curve is an approximation: every batch is taken to be the mean one. A
// Correction holds what simulated requests say of it.
package fluid
