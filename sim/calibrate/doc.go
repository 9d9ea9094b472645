// Package calibrate fits the cost model's coefficients to measurements of real
// servers.
//
// What is fitted is physics that all models share: shares of peak rates that an
// engine reaches on a GPU type, and overheads per step, layer, request and
// collective. There is no factor per model, workload or row. Every measurement
// is simulated as it was made (see package validate), so that the coefficients
// are those that make the simulator agree, batching and queueing included.
//
// The fit minimises the sum of absolute logarithmic errors, by iteratively
// reweighted least squares around Levenberg–Marquardt steps (Marquardt, 1963).
// Absolute errors rather than squares keep a few odd measurements, such as a
// server that was still compiling kernels, from dragging everything. Each
// coefficient is held near its rule of thumb by a weak prior, so that one the
// measurements say nothing about stays there.
//
// How far to trust the result is told by leaving each model out in turn, fitting
// the rest, and predicting the one left out.
package calibrate
