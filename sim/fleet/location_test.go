package fleet_test

import (
	"reflect"
	"testing"

	"github.com/jevons-sim/jevons/sim/fleet"
)

func TestAPartOfAGangLiesWhereItsGPUsDo(t *testing.T) {
	at := func(gpus int, racks ...int) fleet.Location {
		return fleet.Location{GPUs: gpus, Tiers: []fleet.LocatedTier{{Tier: fleet.Rack, Share: 0.5, Units: racks}}}
	}
	gang := at(8, 0, 0, 3, 4)
	for _, x := range []struct {
		first, gpus int
		want        fleet.Location
	}{
		{0, 32, gang},
		{16, 16, at(8, 3, 4)},
		{4, 16, at(4, 0, 0, 0, 3)}, // half of the first node, half of the third
		{24, 2, at(2, 4)},
	} {
		if got := gang.Part(x.first, x.gpus); !reflect.DeepEqual(got, x.want) {
			t.Errorf("%d GPUs from %d: %+v, want %+v", x.gpus, x.first, got, x.want)
		}
	}
	if got := (fleet.Location{GPUs: 8}).Part(8, 16); got.Tiers != nil {
		t.Errorf("of a gang that lies in nothing's way: %+v, want no tiers", got)
	}
}
