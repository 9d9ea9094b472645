package energy

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
)

func TestPowerLiesBetweenIdleAndTDPByAccount(t *testing.T) {
	p := Power{Idle: 100, Max: 700, Host: 50, PUE: 1.2, Share: DefaultShares()}
	for a, want := range map[ledger.Account]float64{
		ledger.Absent: 0, ledger.Down: 60, ledger.IdleNoDemand: 180, ledger.StalledEmpty: 180,
		ledger.Train: 900, ledger.Decode: (100 + 0.7*600 + 50) * 1.2, ledger.StalledComm: (100 + 0.3*600 + 50) * 1.2,
	} {
		if got := p.Watts(a); math.Abs(got-want) > 1e-9 {
			t.Errorf("%v: %v W, want %v", a, got, want)
		}
	}
}

func TestATableStepsThroughItsPeriod(t *testing.T) {
	day := Table{Every: 24 * event.Hour, Steps: []Step{{6 * event.Hour, 3}, {20 * event.Hour, 1}}}
	once := Table{Steps: []Step{{event.Hour, 5}, {2 * event.Hour, 7}}}
	constant := Constant(4)
	for _, c := range []struct {
		table *Table
		at    event.Time
		value float64
		next  event.Time
	}{
		{&day, 0, 1, 6 * event.Hour}, {&day, 6 * event.Hour, 3, 20 * event.Hour}, {&day, 20*event.Hour - 1, 3, 20 * event.Hour},
		{&day, 23 * event.Hour, 1, 30 * event.Hour}, {&day, 54 * event.Hour, 3, 68 * event.Hour},
		{&once, 0, 0, event.Hour}, {&once, event.Hour, 5, 2 * event.Hour}, {&once, 90 * event.Hour, 7, event.Forever},
		{&constant, event.Hour, 4, event.Forever}, {&Table{}, 0, 0, event.Forever},
	} {
		if v, next := c.table.At(c.at), c.table.Next(c.at); v != c.value || next != c.next {
			t.Errorf("%+v at %v: %v, next change at %v; want %v and %v", *c.table, c.at, v, next, c.value, c.next)
		}
	}
	if got := day.Mean(0, 24*event.Hour); math.Abs(got-(10*1+14*3)/24.) > 1e-12 {
		t.Errorf("mean of the day %v, want %v", got, (10*1+14*3)/24.)
	}
}

func TestReadingsFromChangeToChangeChargeTheIntegralOfTheRates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hourly := func(name string) Table {
			table := Table{Every: event.Time(rapid.IntRange(2, 5).Draw(t, name+" hours")) * event.Hour}
			for at := event.Time(0); at < table.Every; at += event.Hour {
				table.Steps = append(table.Steps, Step{at, rapid.Float64Range(0, 10).Draw(t, name)})
			}
			return table
		}
		tariff := Tariff{
			Power:   Power{Idle: 50, Max: 500, PUE: 1.5, Share: DefaultShares()},
			GPUHour: hourly("price"), Electricity: hourly("electricity"), Carbon: hourly("carbon"),
		}
		end := event.Time(rapid.Int64Range(1, int64(20*event.Hour)).Draw(t, "end"))
		var got Bill
		m := ledger.NewMeter(0, 2000, ledger.Train)
		for now := event.Time(0); now < end; {
			rates, next := tariff.At(now), min(tariff.Next(now), end)
			m.Read(next, func(a ledger.Account, x ledger.Amount) { rates.Charge(&got, a, x) })
			now = next
		}
		var want Bill // by summing seconds of the hours
		for now := event.Time(0); now < end; {
			next := min(now-now%event.Hour+event.Hour, end)
			s := 2 * (next - now).Seconds()
			want.Joules += s * 750
			want.USD += s/3600*tariff.GPUHour.At(now) + s*750/3.6e6*tariff.Electricity.At(now)
			want.Grams += s * 750 / 3.6e6 * tariff.Carbon.At(now)
			now = next
		}
		if got.GPUTime != ledger.Product(2000, end) {
			t.Fatalf("%v GPU-s, want 2 × %v", got.GPUTime, end)
		}
		for _, c := range []struct{ got, want float64 }{{got.Joules, want.Joules}, {got.USD, want.USD}, {got.Grams, want.Grams}} {
			if math.Abs(c.got-c.want) > 1e-9*math.Max(1, c.want) {
				t.Fatalf("charged %+v, want %+v", got, want)
			}
		}
	})
}

func TestUndoneWorkDrawsWhatItDrew(t *testing.T) {
	m := ledger.NewMeter(0, 1000, ledger.StalledEmpty)
	m.Reclassify(1000, 30*event.Second, ledger.StalledEmpty, ledger.Decode)
	m.Reclassify(1000, 20*event.Second, ledger.Decode, ledger.Lost)
	tariff := Tariff{Power: Power{Idle: 100, Max: 1100, PUE: 1, Share: DefaultShares()}}
	rates := tariff.At(0)
	var b Bill
	m.Read(100*event.Second, func(a ledger.Account, x ledger.Amount) { rates.Charge(&b, a, x) })
	if want := 70*100. + 30*800; math.Abs(b.Joules-want) > 1e-6 {
		t.Errorf("%v J, want %v: 70 s at idle power and 30 s of decoding", b.Joules, want)
	}
}
