package design

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func axis(t *testing.T, text string) Axis {
	t.Helper()
	a, err := ParseAxis(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAxesSayWhatTheyTake(t *testing.T) {
	for text, want := range map[string][]string{
		"nodes=1,2, 4":                  {"1", "2", "4"},
		"queue=fifo":                    {"fifo"},
		"nodes=10:40:10":                {"10", "20", "30", "40"},
		"x=0:1:0.1":                     {"0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1"},
		"x=1:2:0.4":                     {"1", "1.4", "1.8"},
		"rate=1/s:100/s:log:3":          {"1/s", "10/s", "100/s"},
		"m=80GiB:100GiB:10GiB":          {"80GiB", "90GiB", "100GiB"},
		"x=-1:1:lin:3":                  {"-1", "0", "1"},
		"a={min: 1, max: 2},{min: 2}":   {"{min: 1, max: 2}", "{min: 2}"},
		"l=[1,2],[3]":                   {"[1,2]", "[3]"},
		"x=0.000001:0.001:log:4":        {"0.000001", "0.00001", "0.0001", "0.001"},
		`name="a,b",c`:                  {`"a,b"`, "c"},
		"trace=sample:requests.csv":     {"sample:requests.csv"},
		"deployments.chat.replicas=2,3": {"2", "3"},
	} {
		if d := cmp.Diff(want, axis(t, text).values); d != "" {
			t.Errorf("%s: %s", text, d)
		}
	}
}

func TestAxesThatMakeNoSense(t *testing.T) {
	for text, want := range map[string]string{
		"nodes":             "want path=values",
		"=3":                "want path=values",
		"nodes=":            "want path=values",
		"nodes=1,,2":        "value 2 is empty",
		"nodes=1,2,1":       "there twice",
		"rate=1/s:2/min:3":  "same unit",
		"nodes=4:1:1":       "must be below",
		"nodes=1:4:0":       "step above 0",
		"nodes=1:4:x":       "step above 0",
		"nodes=0:4:log:3":   "ends above 0",
		"nodes=0:4:log":     "ends above 0",
		"nodes=1:4:cubic:3": "unknown scale",
		"nodes=1:4:log:1":   "number of values",
		"nodes=0:1:1e-9":    "at most 1000000",
	} {
		if _, err := ParseAxis(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", text, err, want)
		}
	}
}

func TestGridHasEveryCombinationOnce(t *testing.T) {
	got, err := Grid([]Axis{axis(t, "a=1,2"), axis(t, "b=x,y,z")})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]Point{{"1", "x"}, {"1", "y"}, {"1", "z"}, {"2", "x"}, {"2", "y"}, {"2", "z"}}, got); d != "" {
		t.Error(d)
	}
	if _, err := Grid([]Axis{axis(t, "a=1:5")}); err == nil || !strings.Contains(err.Error(), "1:5:STEP") {
		t.Errorf("a range without a step: %v", err)
	}
	if _, err := Grid([]Axis{axis(t, "a=1:2000:1"), axis(t, "b=1:2000:1")}); err == nil {
		t.Error("four million points are accepted")
	}
}

// The defining property of a Sobol sequence in each dimension: of the first 2^k
// points, and of every later block of 2^k, one falls into each slice of 2^−k.
func TestSobolPointsFillEverySliceOfEveryAxis(t *testing.T) {
	var axes []Axis
	for i := range len(directions) + 1 {
		axes = append(axes, axis(t, "x"+strconv.Itoa(i)+"=0:255"))
	}
	points, err := Sobol(axes, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for k := range axes {
		for block := range 4 {
			seen := map[string]bool{}
			for _, p := range points[block*256 : (block+1)*256] {
				seen[p[k]] = true
			}
			if len(seen) != 256 {
				t.Errorf("axis %d, block %d: %d of 256 slices are met", k, block, len(seen))
			}
		}
	}
}

// Two dimensions together: the pairs of the table's first ones are (0, 2)-nets.
func TestFirstTwoSobolDimensionsAreANet(t *testing.T) {
	points, err := Sobol([]Axis{axis(t, "x=0:63"), axis(t, "y=0:63")}, 64)
	if err != nil {
		t.Fatal(err)
	}
	for wide := range 7 { // boxes of 2^−wide by 2^−(6−wide)
		seen := map[[2]int]bool{}
		for _, p := range points {
			x, _ := strconv.Atoi(p[0])
			y, _ := strconv.Atoi(p[1])
			seen[[2]int{x >> (6 - wide), y >> wide}] = true
		}
		if len(seen) != 64 {
			t.Errorf("boxes 2^-%d wide: %d of 64 are met", wide, len(seen))
		}
	}
}

func TestSobolStartsAsPublished(t *testing.T) {
	// The first points in three dimensions (Joe and Kuo; also scipy.stats.qmc).
	points, err := Sobol([]Axis{axis(t, "a=0.0:8.0"), axis(t, "b=0.0:8.0"), axis(t, "c=0.0:8.0")}, 8)
	if err != nil {
		t.Fatal(err)
	}
	want := []Point{{"0", "0", "0"}, {"4", "4", "4"}, {"6", "2", "2"}, {"2", "6", "6"}, {"3", "3", "5"}, {"7", "7", "1"}, {"5", "1", "7"}, {"1", "5", "3"}}
	if d := cmp.Diff(want, points); d != "" {
		t.Error(d)
	}
}

func TestSobolCanBeExtended(t *testing.T) {
	axes := []Axis{axis(t, "a=0.0:1.0"), axis(t, "b=1:1000:log")}
	few, _ := Sobol(axes, 10)
	many, _ := Sobol(axes, 100)
	if d := cmp.Diff(few, many[:10]); d != "" {
		t.Error(d)
	}
}

func TestDirectionNumbersAreOddAndSmall(t *testing.T) {
	for i, d := range directions {
		for k, m := range d.initial {
			if m%2 == 0 || m >= 1<<(k+1) {
				t.Errorf("dimension %d: number %d is %d, want odd and below %d", i+2, k+1, m, 1<<(k+1))
			}
		}
		if bits.Len32(d.inner) > max(0, len(d.initial)-1) {
			t.Errorf("dimension %d: coefficients %d do not fit degree %d", i+2, d.inner, len(d.initial))
		}
	}
}

func TestLatinHypercubeHasOnePointInEverySlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 200).Draw(t, "n")
		seed := rapid.Uint64().Draw(t, "seed")
		axes := []Axis{{Path: "a", lo: 0, hi: float64(n - 1), whole: true}, {Path: "b", lo: 0, hi: float64(n - 1), whole: true}}
		points := LatinHypercube(axes, n, seed)
		for k := range axes {
			seen := map[string]bool{}
			for _, p := range points {
				seen[p[k]] = true
			}
			if len(seen) != n {
				t.Fatalf("axis %d: %d of %d slices are met", k, len(seen), n)
			}
		}
	})
}

func TestSampledValuesStayInTheirRange(t *testing.T) {
	for text, want := range map[string]func(float64) bool{
		"x=1:4":         func(v float64) bool { return slices.Contains([]float64{1, 2, 3, 4}, v) },
		"x=1:4:log":     func(v float64) bool { return slices.Contains([]float64{1, 2, 3, 4}, v) },
		"x=1.0:4.0:log": func(v float64) bool { return v >= 1 && v < 4 },
		"x=1,7":         func(v float64) bool { return v == 1 || v == 7 },
	} {
		points, err := Sample("lhs:200", []Axis{axis(t, text)}, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range points {
			if v, err := strconv.ParseFloat(p[0], 64); err != nil || !want(v) {
				t.Errorf("%s: sampled %s", text, p[0])
			}
		}
	}
	for spec, want := range map[string]string{"sobl:5": "Did you mean sobol?", "lhs": "want lhs:N", "lhs:0": "want lhs:N"} {
		if _, err := Sample(spec, nil, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", spec, err, want)
		}
	}
}

func TestLadders(t *testing.T) {
	for text, want := range map[string][]string{
		"nodes=8,16,64": {"8", "16", "64"},
		"nodes=2:5":     {"2", "3", "4", "5"},
		"x=-1.0:1.0":    {"-1", "-0.5", "0", "0.5", "1"},
		"r=1.0/s:2.5/s": {"1/s", "1.201/s", "1.443/s", "1.733/s", "2.081/s", "2.5/s"},
	} {
		a := axis(t, text)
		if d := cmp.Diff(want, a.Ladder(0.25)); d != "" {
			t.Errorf("%s: %s", text, d)
		}
	}
}
