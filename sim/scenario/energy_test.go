package scenario

import (
	"strings"
	"testing"
)

const withEnergy = `
horizon: 1d
fleet:
  energy: {pue: 1.2, electricity: 0.1, carbon: {hourly: [400, 300]}}
  pools:
    - name: main
      node: 8xH100
      nodes: 2
      prices: {steps: [{at: 0h, value: 1}, {at: 8h, value: 2.5}]}
      power: {idle: 90W, max: 0.7kW, host: 1.5kW, shares: [{account: compute.decode, share: 60%}]}
`

func TestEnergyIsResolvedToTables(t *testing.T) {
	doc, err := Parse("x.yaml", []byte(withEnergy))
	if err != nil {
		t.Fatal(err)
	}
	canonical, err := doc.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"pue: 1.2", "every: 2h", "- at: 1h\n          value: 300", "max: 700W", "share: 0.6", "every: 1d"} {
		if !strings.Contains(string(canonical), want) {
			t.Errorf("no %q in\n%s", want, canonical)
		}
	}
	if err := validate(t, compileSchema(t), []byte(withEnergy)); err != nil {
		t.Errorf("the schema refuses it: %v", err)
	}
	again, err := Parse("x.yaml", canonical)
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := again.Canonical(); string(text) != string(canonical) {
		t.Errorf("canonical form is no fixed point:\n%s", text)
	}
}

func TestEnergyThatMakesNoSenseIsRefused(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"pue: 1.2", "pue: 0.9", "fleet.energy.pue: 0.9 is less than 1, the least allowed"},
		{"electricity: 0.1", "electricity: cheap", "fleet.energy.electricity: wants a number ≥ 0"},
		{"hourly: [400, 300]", "hourly: [400, -3]", "fleet.energy.carbon.hourly[1]: -3 is below 0"},
		{"carbon: {hourly: [400, 300]}", "carbon: {every: 1d}", "fleet.energy.carbon: needs hourly or steps"},
		{"hourly: [400, 300]", "hourly: [4], every: 1h", "every and hourly exclude each other"},
		{"at: 8h", "at: 25h", "fleet.pools[0].prices.steps[1].at: 1d1h is not within the period of 1d"},
		{"at: 8h", "at: 0h", "0s does not come after 0s"},
		{"      power:", "      price: $3/h\n      power:", "fleet.pools[0].price: prices already gives the price"},
		{"max: 0.7kW", "max: 70W", "fleet.pools[0].power.max: 70W is below idle, 90W"},
		{"max: 0.7kW", "max: 700", "a power is written as 700W or 1.2kW"},
		{"compute.decode", "compute.decod", `unknown account "compute.decod". Did you mean compute.decode?`},
		{"share: 60%", "share: 160%", "shares[0].share: 1.6 is more than 1"},
		{"pue: 1.2", "puee: 1.2", `unknown key "puee". Did you mean pue?`},
	} {
		text := strings.Replace(withEnergy, c.old, c.new, 1)
		if _, err := Parse("x.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error\n%v\nwant %q in it", c.new, err, c.want)
		}
	}
}
