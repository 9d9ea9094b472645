package validate

import (
	"strings"

	"github.com/jevons-sim/jevons/sim/perf"
)

// Models are models that tables of measurements name beside those of the
// catalogue, by lower-case name.
type Models map[string]perf.Model

// find returns a model by name or Hugging Face ID. Published tables name builds
// of one architecture in many ways: where nothing is called exactly so, what
// does not change the shape (organisation, tuning, version, number format) is
// left away on both sides.
func (m Models) find(name string) (perf.Model, error) {
	if found, ok := m[strings.ToLower(name)]; ok {
		return found, nil
	}
	found, err := perf.LookupModel(name)
	if err == nil {
		return found, nil
	}
	want := shapeName(name)
	for _, c := range perf.Models() {
		if shapeName(c.Name) == want || (c.HFID != "" && shapeName(c.HFID) == want) {
			return c, nil
		}
	}
	return perf.Model{}, err
}

// shapeSuffixes do not change a model's shape.
var shapeSuffixes = []string{
	"-hf", "-instruct", "-chat", "-base", "-it", "-dynamic", "-fp8", "-fp4", "-nvfp4", "-bf16", "-fp16", "-w8a8", "-w4a16",
	"-v0.1", "-v0.2", "-v0.3", "-v1.0", "-2507", "-2501", "-0528", "-0324", "-original",
}

func shapeName(name string) string {
	name = strings.ToLower(name)
	name = name[strings.LastIndex(name, "/")+1:]
	name = strings.ReplaceAll(name, "meta-llama", "llama")
	for again := true; again; {
		again = false
		for _, s := range shapeSuffixes {
			if rest, ok := strings.CutSuffix(name, s); ok {
				name, again = rest, true
			}
		}
	}
	return strings.NewReplacer("-", "", "_", "", ".", "").Replace(name)
}
