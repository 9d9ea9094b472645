// Package workloads generates synthetic work: streams of requests and of batch
// jobs in order of arrival, in the records that traces also yield.
//
// Arrivals are a renewal (or Markov-modulated) process in operational time,
// where the mean rate is one, carried to simulated time through the integral
// of the rate: a modulated Poisson process stays exactly Poisson, a bursty one
// keeps its burstiness at every hour of the day. Rates change on a grid of five
// minutes.
//
// Every request's attributes are drawn from a random sequence of its own, by
// its number in the stream, and inter-arrival times from another: changing the
// lengths leaves the arrivals as they were, and the other way round.
//
// To add an arrival process, write a type with Next and String in a file of its
// own; to add a length distribution, one with Sample, Mean and String. The
// scenario's names for them are mapped in package sim.
package workloads
