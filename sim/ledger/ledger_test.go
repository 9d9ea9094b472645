package ledger

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
)

var (
	idle  = Key{Nobody, IdleNoDemand}
	train = Key{Training, Train}
	lost  = Key{Training, Lost}
)

func TestRandomEntriesBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Int64Range(1, 1e9).Draw(t, "size")
		l := New(size)
		keys := Keys()
		held := map[Key]int64{idle: size}
		want := map[Key]*big.Int{}
		credit := func(k Key, v *big.Int) {
			if want[k] == nil {
				want[k] = new(big.Int)
			}
			want[k].Add(want[k], v)
		}
		now := event.Time(0)
		for range rapid.IntRange(1, 40).Draw(t, "entries") {
			d := event.Time(rapid.Int64Range(0, 1e15).Draw(t, "elapsed"))
			for _, k := range keys { // map order does not matter to sums
				if held[k] > 0 {
					credit(k, new(big.Int).Mul(big.NewInt(held[k]), big.NewInt(int64(d))))
				}
			}
			now += d
			from := rapid.SampledFrom(keys).Draw(t, "from")
			to := rapid.SampledFrom(keys).Draw(t, "to")
			if held[from] > 0 {
				n := rapid.Int64Range(0, held[from]).Draw(t, "milli")
				l.Move(now, 0, n, from, to)
				held[from] -= n
				held[to] += n
			}
		}
		if err := l.Check(now); err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			w := want[k]
			if w == nil {
				w = new(big.Int)
			}
			if got := l.Balance(now, 0, k).Big(); got.Cmp(w) != 0 {
				t.Fatalf("%v/%v holds %v, want %v", k.Class, k.Account, got, w)
			}
		}
	})
}

func TestReclassifyMovesWhatHasAccrued(t *testing.T) {
	l := New(2000)
	l.Move(0, 0, 2000, idle, train)
	l.Reclassify(0, 2000, 30, train, lost)
	if got := l.Balance(100, 0, lost).String(); got != "0.00000006" {
		t.Errorf("lost %s GPU-s, want 2 GPUs × 30 ns", got)
	}
	if err := l.Check(100); err != nil {
		t.Error(err)
	}
}

func TestAnAccountThatHasLostAllItsTimeIsStillListed(t *testing.T) {
	l := New(1000)
	l.Move(10, 0, 1000, idle, train)
	l.Move(30, 0, 1000, train, idle)
	l.Reclassify(0, 1000, 20, train, lost)
	got := map[Key]string{}
	l.Each(40, 0, func(k Key, a Amount) { got[k] = a.String() })
	want := map[Key]string{idle: "0.00000002", train: "0", lost: "0.00000002"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestCheckNamesANegativeAccount(t *testing.T) {
	l := New(1000)
	l.Move(0, 0, 1000, idle, train)
	l.Reclassify(0, 1000, 50, train, lost)
	if err := l.Check(20); err == nil || !strings.Contains(err.Error(), "training/compute.train") {
		t.Errorf("error %v, want one that names the account", err)
	}
}

func TestMovingMoreThanThereIsPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	New(10).Move(0, 0, 11, idle, train)
}

func TestAmountsAreExactDecimals(t *testing.T) {
	for _, c := range []struct {
		name  string
		milli int64
		d     event.Time
		want  string
	}{
		{"nothing", 0, event.Day, "0"},
		{"one GPU for a second", 1000, event.Second, "1"},
		{"a thousandth for a nanosecond", 1, 1, "0.000000000001"},
		{"100,000 GPUs for half a year", 100_000_000, 180 * event.Day, "1555200000000"},
		{"an odd number", 333, 7, "0.000000002331"},
	} {
		if got := Product(c.milli, c.d).String(); got != c.want {
			t.Errorf("%s: %s GPU-s, want %s", c.name, got, c.want)
		}
	}
	a, b := Product(5, 7), Product(9, 9)
	if got := a.Sub(b); got.Sign() != -1 || got.String() != "-0.000000000046" || got.Add(b) != a {
		t.Errorf("35 − 81 = %v", got)
	}
}

func TestAccountsSayWhatTheyAre(t *testing.T) {
	for _, k := range Keys() {
		a := k.Account
		if a.Idle() && a.Allocated() || a.Busy() && !a.Allocated() {
			t.Errorf("%v is idle %v, allocated %v, busy %v", a, a.Idle(), a.Allocated(), a.Busy())
		}
		if a.Busy() != strings.HasPrefix(a.String(), "compute.") || a.Idle() != strings.HasPrefix(a.String(), "idle.") {
			t.Errorf("the name of %v does not say what it is", a)
		}
	}
}

func TestAmountsReadBackExactly(t *testing.T) {
	for _, text := range []string{"0", "1", "-1", "0.000000000001", "-0.5", "18446744.073709551616", "-18446744.073709551617", "96768000000000000000.000000000001"} {
		var a Amount
		if err := json.Unmarshal([]byte(text), &a); err != nil || a.String() != text {
			t.Errorf("%s reads as %v, %v", text, a, err)
		}
	}
	for _, text := range []string{`"1"`, "1e3", "0.0000000000001", "99999999999999999999999999999", "{}"} {
		var a Amount
		if err := json.Unmarshal([]byte(text), &a); err == nil {
			t.Errorf("%s reads as %v, want an error", text, a)
		}
	}
}
