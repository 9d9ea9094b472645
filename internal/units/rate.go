package units

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bandwidth is a rate of data in bytes per second: 3.35TB/s, 400Gbit/s.
type Bandwidth float64

var bandwidthUnits = table(
	"PB/s", "1e15", "TB/s", "1e12", "GB/s", "1e9", "MB/s", "1e6", "kB/s", "1e3",
	"TiB/s", "1099511627776", "GiB/s", "1073741824", "MiB/s", "1048576", "KiB/s", "1024",
	"Tbit/s", "1.25e11", "Gbit/s", "1.25e8", "Mbit/s", "1.25e5", "Tbps", "1.25e11", "Gbps", "1.25e8", "Mbps", "1.25e5", "B/s", "1",
)

// ParseBandwidth reads bytes per second (3.35TB/s) or bits per second
// (400Gbit/s, 400Gbps).
func ParseBandwidth(s string) (Bandwidth, error) {
	v, err := parseFloat(s, bandwidthUnits, "a bandwidth", "3.35TB/s or 400Gbit/s")
	return Bandwidth(v), err
}

// parseFloat reads a quantity as the nearest float.
func parseFloat(s string, t []unit, what, example string) (float64, error) {
	r, err := quantity(s, t, what, example)
	if err != nil {
		return 0, err
	}
	v, _ := r.Float64()
	if math.IsInf(v, 0) {
		return 0, fmt.Errorf("%q is too large for %s", s, what)
	}
	return v, nil
}

// String prints b in the unit that makes the shortest text.
func (b Bandwidth) String() string {
	printed := append(bandwidthUnits[:5:5], bandwidthUnits[len(bandwidthUnits)-1])
	return shortest(float64(b), printed, func(s string) (float64, error) {
		v, err := ParseBandwidth(s)
		return float64(v), err
	})
}

// Rate is a number of events per second: 20/s, 5/min, 3/h.
type Rate float64

var (
	rateUnits    = table("/s", "1", "/min", "1/60", "/m", "1/60", "/h", "1/3600", "/d", "1/86400", "/day", "1/86400", "/w", "1/604800")
	printedRates = table("/min", "1/60", "/h", "1/3600", "/d", "1/86400", "/s", "1")
)

// ParseRate reads events per second, minute, hour, day or week.
func ParseRate(s string) (Rate, error) {
	v, err := parseFloat(s, rateUnits, "a rate", "20/s, 5/min or 3/h")
	return Rate(v), err
}

// String prints r with the unit that makes the shortest text.
func (r Rate) String() string {
	return shortest(float64(r), printedRates, func(s string) (float64, error) {
		v, err := ParseRate(s)
		return float64(v), err
	})
}

// Price is a rent in US dollars per hour: $2.50/h.
type Price float64

var priceUnits = table("/h", "1", "USD/h", "1")

// ParsePrice reads US dollars per hour, as $2.50/h or 2.50 USD/h.
func ParsePrice(s string) (Price, error) {
	text, dollar := strings.CutPrefix(strings.TrimSpace(s), "$")
	units := priceUnits[1:]
	if dollar {
		units = priceUnits[:1]
	}
	v, err := parseFloat(text, units, "a price", "$2.50/h or 2.50 USD/h")
	return Price(v), err
}

// String prints p as $2.5/h.
func (p Price) String() string { return "$" + strconv.FormatFloat(float64(p), 'f', -1, 64) + "/h" }

// Watts is a power: 700W, 1.2kW.
type Watts float64

var wattUnits = table("W", "1", "kW", "1e3", "MW", "1e6")

// ParseWatts reads a power.
func ParseWatts(s string) (Watts, error) {
	v, err := parseFloat(s, wattUnits, "a power", "700W or 1.2kW")
	return Watts(v), err
}

// String prints w as 700W.
func (w Watts) String() string { return strconv.FormatFloat(float64(w), 'f', -1, 64) + "W" }

// Fraction is a share of a whole: 0.9 or 90%.
type Fraction float64

var fractionUnits = table("%", "1/100", "", "1")

// ParseFraction reads a share as a decimal or in per cent.
func ParseFraction(s string) (Fraction, error) {
	v, err := parseFloat(s, fractionUnits, "a share", "0.9 or 90%")
	return Fraction(v), err
}

// String prints f as a decimal.
func (f Fraction) String() string { return strconv.FormatFloat(float64(f), 'f', -1, 64) }

// Shape is the GPUs of a node: 8xH100.
type Shape struct {
	Count int
	GPU   string
}

// ParseShape reads a count, an x and a GPU's name.
func ParseShape(s string) (Shape, error) {
	text := strings.TrimSpace(s)
	digits, rest := split(text)
	gpu, ok := strings.CutPrefix(rest, "x")
	if !ok {
		gpu, ok = strings.CutPrefix(rest, "×")
	}
	n, err := strconv.Atoi(digits)
	if gpu = strings.TrimSpace(gpu); !ok || err != nil || n < 1 || gpu == "" {
		return Shape{}, fmt.Errorf("%q is not a node's GPUs (such as 8xH100)", s)
	}
	return Shape{n, gpu}, nil
}

// String prints the shape as 8xH100.
func (s Shape) String() string { return strconv.Itoa(s.Count) + "x" + s.GPU }
