package energy

import (
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// Bill is what somebody has used.
type Bill struct {
	GPUTime ledger.Amount // held, whatever the GPUs did
	Joules  float64
	USD     float64 // rent of GPUs, and electricity where that has a price of its own
	Grams   float64 // of CO₂
}

// Add adds another bill.
func (b *Bill) Add(o *Bill) {
	b.GPUTime = b.GPUTime.Add(o.GPUTime)
	b.Joules += o.Joules
	b.USD += o.USD
	b.Grams += o.Grams
}

// Subtract takes a part off a bill.
func (b *Bill) Subtract(o *Bill) {
	b.GPUTime = b.GPUTime.Sub(o.GPUTime)
	b.Joules -= o.Joules
	b.USD -= o.USD
	b.Grams -= o.Grams
}

// KWh returns the energy in kWh.
func (b *Bill) KWh() float64 { return b.Joules / 3.6e6 }

// Part returns a share of a bill. Its GPU time is rounded down.
func (b *Bill) Part(share float64) Bill {
	return Bill{GPUTime: b.GPUTime.Scale(share), Joules: b.Joules * share, USD: b.USD * share, Grams: b.Grams * share}
}

// Tariff is what the GPUs of a pool draw and cost.
type Tariff struct {
	Power       Power
	GPUHour     Table // US dollars per GPU-hour
	Electricity Table // US dollars per kWh
	Carbon      Table // grams of CO₂ per kWh
}

// Next returns when a rate may change, after now.
func (t *Tariff) Next(now event.Time) event.Time {
	return min(t.GPUHour.Next(now), t.Electricity.Next(now), t.Carbon.Next(now))
}

// Rates are a tariff at an instant.
type Rates struct {
	watts  [ledger.NumAccounts]float64
	usdGPU float64 // per GPU-second
	usdJ   float64 // per joule
	gramsJ float64
}

// At returns the rates from an instant up to the next change.
func (t *Tariff) At(now event.Time) Rates {
	r := Rates{usdGPU: t.GPUHour.At(now) / 3600, usdJ: t.Electricity.At(now) / 3.6e6, gramsJ: t.Carbon.At(now) / 3.6e6}
	for a := range r.watts {
		r.watts[a] = t.Power.Watts(ledger.Account(a))
	}
	return r
}

// Charge adds GPU time in an account to a bill.
func (r *Rates) Charge(b *Bill, a ledger.Account, t ledger.Amount) {
	if a == ledger.Absent {
		return
	}
	s := t.Seconds()
	j := float64(s * r.watts[a])
	b.GPUTime = b.GPUTime.Add(t)
	b.Joules += j
	b.USD += float64(s*r.usdGPU) + float64(j*r.usdJ)
	b.Grams += float64(j * r.gramsJ)
}
