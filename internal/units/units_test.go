package units

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
)

func TestParseDuration(t *testing.T) {
	for _, c := range []struct {
		in   string
		want event.Time
		out  string
	}{
		{"2s", 2 * event.Second, "2s"},
		{"1h30m", 90 * event.Minute, "1h30m"},
		{"90 min", 90 * event.Minute, "1h30m"},
		{"14d", 14 * event.Day, "14d"},
		{"2w", 14 * event.Day, "14d"},
		{"1d 2h", 26 * event.Hour, "1d2h"},
		{"500ms", 500 * event.Millisecond, "500ms"},
		{"0.1s", 100 * event.Millisecond, "100ms"},
		{"1.5us", 1500, "1.5µs"},
		{"0.5ns", 1, "1ns"},
		{"0", 0, "0s"},
		{"-1.5d", -36 * event.Hour, "-1d12h"},
		{"10h0.25s", 10*event.Hour + 250*event.Millisecond, "10h0m0.25s"},
	} {
		got, err := ParseDuration(c.in)
		if err != nil || got != c.want {
			t.Errorf("ParseDuration(%q) = %d, %v, want %d", c.in, got, err, c.want)
		}
		if out := FormatDuration(got); out != c.out {
			t.Errorf("FormatDuration(%s) = %s, want %s", c.in, out, c.out)
		}
	}
}

func TestQuantities(t *testing.T) {
	for _, c := range []struct {
		parse func(string) (string, error)
		in    string
		want  string
	}{
		{show(ParseBytes), "80GiB", "85899345920 80GiB"},
		{show(ParseBytes), "80GB", "80000000000 80GB"},
		{show(ParseBytes), "1.5 gib", "1610612736 1536MiB"},
		{show(ParseBytes), "0B", "0 0B"},
		{show(ParseBandwidth), "3.35TB/s", "3.35e+12 3350GB/s"},
		{show(ParseBandwidth), "400Gbit/s", "5e+10 50GB/s"},
		{show(ParseBandwidth), "400Gbps", "5e+10 50GB/s"},
		{show(ParseRate), "20/s", "20 20/s"},
		{show(ParseRate), "0.5/s", "0.5 30/min"},
		{show(ParseRate), "3/h", "0.0008333333333333334 3/h"},
		{show(ParseRate), "0.03/d", "3.4722222222222224e-07 0.03/d"},
		{show(ParseTokens), "8192", "8192 8192"},
		{show(ParseTokens), "8k", "8000 8k"},
		{show(ParseTokens), "32Ki", "32768 32768"},
		{show(ParseTokens), "14.8T tokens", "14800000000000 14.8T"},
		{show(ParseTokens), "0", "0 0"},
		{show(ParsePrice), "$2.50/h", "2.5 $2.5/h"},
		{show(ParsePrice), "2.50 USD/h", "2.5 $2.5/h"},
		{show(ParseFraction), "90%", "0.9 0.9"},
		{show(ParseFraction), "0.05", "0.05 0.05"},
		{show(ParseShape), "8xH100", "8 H100 8xH100"},
		{show(ParseShape), "8 × H100", "8 H100 8xH100"},
	} {
		if got, err := c.parse(c.in); err != nil || got != c.want {
			t.Errorf("%q = %q, %v, want %q", c.in, got, err, c.want)
		}
	}
}

// show makes a parser of any quantity comparable: its plain value and its
// canonical form.
func show[T fmt.Stringer](parse func(string) (T, error)) func(string) (string, error) {
	return func(s string) (string, error) {
		v, err := parse(s)
		switch plain := any(v).(type) {
		case Bytes:
			return fmt.Sprint(int64(plain), " ", v), err
		case Tokens:
			return fmt.Sprint(int64(plain), " ", v), err
		case Shape:
			return fmt.Sprint(plain.Count, " ", plain.GPU, " ", v), err
		}
		return fmt.Sprint(reflect.ValueOf(v).Float(), " ", v), err
	}
}

func TestErrorsSayWhatIsAllowed(t *testing.T) {
	for _, c := range []struct {
		name string
		into encoding.TextUnmarshaler
		in   string
		want string
	}{
		{"no unit", new(Rate), "20", `"20" has no unit; a rate is written as 20/s, 5/min or 3/h`},
		{"wrong unit", new(Bytes), "80kg", `"80kg" has the unit "kg"; an amount of memory is written as 80GiB or 80GB`},
		{"no number", new(Bandwidth), "fast", `"fast" is not a bandwidth (such as 3.35TB/s or 400Gbit/s)`},
		{"empty", new(Fraction), "", `"" is not a share (such as 0.9 or 90%)`},
		{"half a token", new(Tokens), "0.5", `"0.5" is not a whole number of tokens`},
		{"hostile exponent", new(Tokens), "1e999999999", `"1e999999999" is not a number of tokens (such as 8192, 8k or 14.8T)`},
		{"too much", new(Bytes), "9EiB", `"9EiB" is more than 8 EiB`},
		{"price without currency", new(Price), "2.50/h", `"2.50/h" has the unit "/h"; a price is written as $2.50/h or 2.50 USD/h`},
		{"shape without GPU", new(Shape), "8x", `"8x" is not a node's GPUs (such as 8xH100)`},
	} {
		err := c.into.UnmarshalText([]byte(c.in))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	for _, in := range []string{"5", "", "-", "1h-3m", "1x", "h", "999999d", ".", "1..2s"} {
		if got, err := ParseDuration(in); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", in, got)
		}
	}
}

// FuzzRoundTrip checks that whatever parses prints in a form that parses to
// the same value and prints alike.
func FuzzRoundTrip(f *testing.F) {
	for _, s := range []string{"1h30m", "14d", "80GiB", "3.35TB/s", "400Gbit/s", "20/s", "1/d", "14.8T", "8k", "90%", "0.9", "$2.5/h", "8xH100", "1e-9/s", "-3ms"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseDuration(s); err == nil {
			if back, err := ParseDuration(FormatDuration(d)); err != nil || back != d {
				t.Errorf("duration %q: %d prints as %q, parses to %d, %v", s, d, FormatDuration(d), back, err)
			}
		}
		roundTrip(t, s, ParseBytes)
		roundTrip(t, s, ParseTokens)
		roundTrip(t, s, ParseBandwidth)
		roundTrip(t, s, ParseRate)
		roundTrip(t, s, ParsePrice)
		roundTrip(t, s, ParseFraction)
		roundTrip(t, s, ParseShape)
	})
}

func roundTrip[T interface {
	comparable
	fmt.Stringer
}](t *testing.T, s string, parse func(string) (T, error)) {
	v, err := parse(s)
	if err != nil {
		return
	}
	printed := v.String()
	if back, err := parse(printed); err != nil || back != v {
		t.Errorf("%T %q prints as %q, which parses to %v, %v", v, s, printed, back, err)
	}
	if strings.TrimSpace(printed) != printed {
		t.Errorf("%T %q prints with spaces: %q", v, s, printed)
	}
}
