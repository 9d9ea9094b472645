package chart

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTicksAreRoundAndInside(t *testing.T) {
	for _, c := range []struct {
		name  string
		scale Scale
		want  []float64
	}{
		{"from zero", Scale{Hi: 7}, []float64{0, 2, 4, 6}},
		{"not from zero", Scale{Lo: 3, Hi: 11}, []float64{4, 6, 8, 10}},
		{"powers of ten", Scale{Lo: 0.1, Hi: 1000, Log: true}, []float64{0.1, 1, 10, 100, 1000}},
		{"within one power of ten", Scale{Lo: 20, Hi: 90, Log: true}, []float64{20, 50}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.scale.Ticks(4)
			if len(got) != len(c.want) {
				t.Fatalf("ticks %v, want %v", got, c.want)
			}
			for i := range got {
				if math.Abs(got[i]-c.want[i]) > 1e-9*c.want[i] {
					t.Errorf("ticks %v, want %v", got, c.want)
				}
			}
		})
	}
}

func TestNiceScalesHoldTheirValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(1e-9, 1e9).Draw(t, "lo")
		hi := lo * rapid.Float64Range(1, 1e9).Draw(t, "ratio")
		if s := Nice(hi); s.Hi < hi*(1-1e-8) || s.Hi > 2.6*hi || s.Lo != 0 {
			t.Errorf("Nice(%v) = %v", hi, s)
		}
		s := NiceLog(lo, hi)
		if s.Lo > lo || s.Hi < hi || s.Lo < lo/2.6 || s.Hi > hi*2.6 || s.Lo >= s.Hi {
			t.Errorf("NiceLog(%v, %v) = %v", lo, hi, s)
		}
		if n := len(s.Ticks(6)); n < 1 || n > 30 {
			t.Errorf("%v has %d ticks", s, n)
		}
	})
}

func TestThinningKeepsExtremesAndMeans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 3*MaxPoints).Draw(t, "points")
		at, until, values := make([]float64, n), make([]float64, n), make([]float64, n)
		total := 0.0
		for i := range n {
			at[i], until[i] = float64(i), float64(i+1)
			values[i] = rapid.Float64Range(-1000, 1000).Draw(t, "value")
			total += values[i]
		}
		from, to, thin := Thin(at, until, []Series{{Values: values}})
		if len(from) > MaxPoints || len(from) != len(to) || from[0] != 0 || to[len(to)-1] != float64(n) {
			t.Fatalf("%d points became %d, from %v to %v", n, len(from), from[0], to[len(to)-1])
		}
		lo, hi := thin[0].Values, thin[0].Values
		if thin[0].Lo != nil {
			lo, hi = thin[0].Lo, thin[0].Hi
		}
		if slices.Min(lo) != slices.Min(values) || slices.Max(hi) != slices.Max(values) {
			t.Error("extremes are lost")
		}
		sum := 0.0
		for i, v := range thin[0].Values {
			sum += v * (to[i] - from[i])
		}
		if math.Abs(sum-total) > 1e-6 {
			t.Errorf("the integral is %v, want %v", sum, total)
		}
	})
}

func TestLinesBreakWhereValuesAreMissing(t *testing.T) {
	p := Plot{X: Axis{Scale: Scale{Hi: 4}}, Y: Axis{Scale: Scale{Hi: 10}}, At: []float64{0, 1, 2, 3}}
	got := p.line([]float64{0, 10, math.NaN(), 5})
	if want := "M0 250h0L250 0M750 125h0"; got != want {
		t.Errorf("line %s, want %s", got, want)
	}
	p.Until = []float64{1, 2, 3, 4}
	got = p.line([]float64{0, 10, math.NaN(), 5})
	if want := "M0 250H250V0H500M750 125H1000"; got != want {
		t.Errorf("steps %s, want %s", got, want)
	}
}

func TestWhatPeopleWroteIsEscaped(t *testing.T) {
	evil := `<script>alert("x")</script>`
	frame := Frame{ID: evil, Title: evil, Desc: evil}
	x := Axis{Scale: Scale{Hi: 1}, Name: evil}
	series := []Series{{Name: evil, Values: []float64{1}}, {Name: "b", Values: []float64{1}}}
	mark := []Mark{{At: 0.5, Label: evil}}
	g := Gantt{Frame: frame, X: x, Bars: []Bar{{Label: evil, End: 1}}, Keys: series[:1], Data: Table{Columns: []Column{{Name: evil, Unit: evil, Format: Text}}, Rows: [][]string{{evil}}}}
	w := Waterfall{Frame: frame, Unit: "GPU-hours", Whole: "the fleet"}
	w.Total(evil, 2)
	w.Take(evil, []Part{{Name: evil, Value: 1}})
	for name, html := range map[string]string{
		"plot":      string((&Plot{Frame: frame, X: x, Y: Axis{Scale: Scale{Hi: 1}}, At: []float64{0}, Series: series, Unit: evil, Levels: mark, Events: mark}).HTML()),
		"heat":      string((&Heat{Frame: frame, X: x, At: []float64{0}, Until: []float64{1}, Rows: series}).HTML()),
		"gantt":     string(g.HTML()),
		"waterfall": string(w.HTML()),
		"scatter":   string((&Scatter{Frame: frame, X: x, Y: Axis{Scale: Scale{Hi: 1}}, YName: evil, Points: []Point{{Hi: 1}}, Line: [][2]float64{{0, 0}, {1, 1}}, Keys: series, Levels: mark, Events: mark, Data: g.Data}).HTML()),
		"matrix":    string((&Matrix{Frame: frame, XName: evil, YName: evil, Cols: []string{evil}, Rows: []string{evil}, Values: [][]float64{{1}}, Data: g.Data}).HTML()),
		"forest":    string((&Forest{Frame: frame, X: x, Spans: []Span{{Label: evil}}, Data: g.Data}).HTML()),
		"data":      string((&Data{Frame: frame, Table: g.Data}).HTML()),
	} {
		if strings.Contains(html, "<script") {
			t.Errorf("%s: %s", name, html)
		}
	}
}

func TestBarsShareLanesWhenThereAreMany(t *testing.T) {
	var g Gantt
	for i := range ownLane + 1 {
		g.Bars = append(g.Bars, Bar{From: float64(i / 2), Start: float64(i / 2), End: float64(i/2) + 1})
	}
	lane, lanes := g.lanes()
	if lanes != 2 {
		t.Errorf("%d lanes, want 2: never more than two bars at a time", lanes)
	}
	if want := []int{0, 1, 0, 1}; !cmp.Equal(lane[:4], want) {
		t.Errorf("lanes %v, want %v", lane[:4], want)
	}
}

func TestValuesHaveNoExponent(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 1: "1", 1234567: "1234567", 0.1234567: "0.123457", 1e-9: "0.000000001", -2.5: "-2.5", 1e21: "1000000000000000000000", math.NaN(): "0",
	} {
		if got := Value(v); got != want {
			t.Errorf("Value(%v) = %s, want %s", v, got, want)
		}
	}
}
