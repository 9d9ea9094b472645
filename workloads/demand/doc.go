// Package demand has the responses of request volume to price and latency, in
// closed form, and the courses on which volume moves to what is desired.
//
// A segment answers the price of one request with elasticity ε: desired
// requests Q* = Q₀·(π/π₀)^−ε. It answers the price of one token with the
// thinking elasticity θ: thinking tokens per request T = T₀·(p/p₀)^−θ. It
// answers latency with elasticity η: Q* is multiplied by (L/L₀)^−η. Let s be
// the share of a request's cost that is thinking. When the price of a token
// changes by a factor f, then
//
//	work of a request   w = 1 − s + s·f^−θ
//	price of a request  π/π₀ = f·w
//	requests            Q/Q₀ = (f·w)^−ε
//	GPU-hours           = (f·w)^(1−ε)   if cost per token changed by f too
//
// so GPU-hours rise after an efficiency gain (f < 1) exactly when ε > 1: ε = 1
// breaks even, whatever f, θ and s. Where requests do nothing but think, s = 1:
//
//	price of a request  f^(1−θ)
//	requests            f^(−ε(1−θ))
//	tokens              f^(−θ−ε(1−θ))
//	GPU-hours           f^((1−θ)(1−ε))
//
// Actual volume moves to what is desired at once, with a lag, or as adoption
// spreads (Bass, "A new product growth model for consumer durables",
// Management Science 15, 1969). Level follows it through changes of what is
// desired, whether they are known beforehand or come out of the run.
package demand
