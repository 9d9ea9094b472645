// Package fmath has the elementary functions whose result must be the same
// bits on every host.
//
// The standard library's math.Log and math.Exp run hand-written assembly on
// some architectures and compiled Go on others, and a compiler may fuse x*y+z
// into one rounding. Either can move the last bit of a drawn inter-arrival
// time, and with it a whole simulated history. The functions here use only
// additions, multiplications, divisions and square roots, each rounded
// explicitly, so a seed means one history everywhere.
package fmath
