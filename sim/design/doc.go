// Package design lays out experiments: which values of a scenario's parameters
// to run.
//
// An [Axis] is one parameter with its values or its range, written as on the
// command line:
//
//	queue=fifo,priority      these values
//	nodes=10:40:10           from, to (included if met), step
//	rate=1/s:100/s:log:5     five values, evenly spaced on a logarithmic scale
//	rate=1:2:lin:5           five values, evenly spaced
//	nodes=10:40              a range to sample; whole numbers where both ends are
//	rate=1.0:50.0:log        a range to sample on a logarithmic scale
//
// A [Grid] has every combination. Sampled designs cover many parameters with few
// points: [Sobol] points fill the space evenly and can be extended, the first n
// of 2n being the same; a [LatinHypercube] has one point in each of n equal
// slices of every axis.
//
// Sources: Sobol (1967); Joe and Kuo, Constructing Sobol sequences with better
// two-dimensional projections (2008), for the direction numbers; McKay, Beckman
// and Conover (1979), for Latin hypercubes.
package design
