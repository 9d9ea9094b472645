// Package demand has the responses of request volume to price, in closed form.
//
// A segment answers the price of one request with elasticity ε: desired
// requests Q* = Q₀·(π/π₀)^−ε. It answers the price of one token with the
// thinking elasticity θ: tokens per request T = T₀·(p/p₀)^−θ. When the price of
// a token changes by a factor f, then
//
//	price of a request  π/π₀ = f^(1−θ)
//	requests            Q/Q₀ = f^(−ε(1−θ))
//	tokens                   = f^(−θ−ε(1−θ))
//	GPU-hours                = f^((1−θ)(1−ε))   if cost per token fell by f too
//
// so GPU-hours rise after an efficiency gain (f < 1) exactly when ε > 1: ε = 1
// breaks even, whatever f and θ.
//
// Actual volume moves to what is desired at once, with a lag, or as adoption
// spreads (Bass, "A new product growth model for consumer durables",
// Management Science 15, 1969).
package demand
