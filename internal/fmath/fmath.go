package fmath

import "math"

// ln2Hi and ln2Lo add up to ln 2; ln2Hi has enough trailing zero bits that
// k*ln2Hi is exact for every exponent k.
const (
	ln2Hi = 6.93147180369123816490e-01
	ln2Lo = 1.90821492927058770002e-10
)

// FMA-free building blocks: an explicit conversion forces the product to be
// rounded before it is added (Go specification, "Floating-point operators").
func mulAdd(x, y, z float64) float64 { return float64(x*y) + z }

// Log returns the natural logarithm of x. The error is below 2 ulp. Log(0) is
// -Inf, Log of a negative number is NaN.
func Log(x float64) float64 {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 1):
		return x
	case x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	}
	m, e := math.Frexp(x) // x = m·2^e, m in [0.5, 1)
	if m < math.Sqrt2/2 {
		m *= 2
		e--
	}
	// ln m = 2·atanh(s), s = (m−1)/(m+1), |s| ≤ 0.1716: the series in s² to
	// the 21st power of s leaves a remainder under 1e-18.
	f := m - 1
	s := f / (m + 1)
	z := float64(s * s)
	p := 1.0 / 21
	p = mulAdd(p, z, 1.0/19)
	p = mulAdd(p, z, 1.0/17)
	p = mulAdd(p, z, 1.0/15)
	p = mulAdd(p, z, 1.0/13)
	p = mulAdd(p, z, 1.0/11)
	p = mulAdd(p, z, 1.0/9)
	p = mulAdd(p, z, 1.0/7)
	p = mulAdd(p, z, 1.0/5)
	p = mulAdd(p, z, 1.0/3)
	tail := float64(float64(2*s) * float64(z*p))
	k := float64(e)
	// 2s is replaced by f − s·f (the same number, but exact in its leading
	// part), which keeps full precision near x = 1.
	return float64(k*ln2Hi) + (f - (float64(s*f) - (tail + float64(k*ln2Lo))))
}

// Exp returns e**x. The error is below 2 ulp; it overflows to +Inf and
// underflows to 0 as math.Exp does.
func Exp(x float64) float64 {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 1):
		return x
	case x > 709.782712893384:
		return math.Inf(1)
	case x < -745.2:
		return 0
	}
	k := math.Floor(float64(x*math.Log2E) + 0.5)
	hi := x - float64(k*ln2Hi)
	lo := float64(k * ln2Lo)
	r := hi - lo // |r| ≤ 0.3466
	// Taylor series of e^r − 1 − r to r^13: the remainder is under 1e-17.
	p := 1.0 / 6227020800
	for i := 12; i >= 2; i-- {
		p = mulAdd(p, r, invFactorial[i])
	}
	t := float64(float64(r*r) * p)
	y := 1 + (t - lo + hi)
	return math.Ldexp(y, int(k))
}

// invFactorial[i] = 1/i!.
var invFactorial = [13]float64{1, 1, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040,
	1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600}

// Pow returns x**y for x ≥ 0, as Exp(y·Log(x)): the relative error grows with
// |y·ln x| (about 1e-14 for a result of 1e30), which demand curves and
// distributions do not feel.
func Pow(x, y float64) float64 {
	switch {
	case y == 0 || x == 1:
		return 1
	case x == 0 && y > 0:
		return 0
	}
	return Exp(float64(y * Log(x)))
}

// Cos returns the cosine of x radians. The error is below 1e-15 for |x| up to
// a few thousand turns.
func Cos(x float64) float64 {
	// Reduce to [−π, π], then fold into [0, π/2], where the series to x^20
	// leaves a remainder under 1e-17.
	turns := math.Floor(float64(x/(2*math.Pi)) + 0.5)
	x = math.Abs(x - float64(turns*(2*math.Pi)))
	sign := 1.0
	if x > math.Pi/2 {
		x, sign = math.Pi-x, -1
	}
	z := float64(x * x)
	p := 1.0
	for k := 20; k >= 2; k -= 2 {
		p = 1 - float64(float64(z/float64(k*(k-1)))*p)
	}
	return sign * p
}

// Gamma returns Γ(x) for x > 0 (Lanczos approximation, g = 7, nine terms;
// relative error about 1e-14).
func Gamma(x float64) float64 {
	if x < 0.5 {
		return math.Pi / (Cos(math.Pi*(0.5-x)) * Gamma(1-x)) // reflection
	}
	x--
	sum := lanczos[0]
	for i, c := range lanczos[1:] {
		sum += c / (x + float64(i+1))
	}
	t := x + 7.5
	return math.Sqrt(2*math.Pi) * Exp(float64((x+0.5)*Log(t))-t) * sum
}

var lanczos = [9]float64{0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
	-176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7}
