package scenario

import (
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
)

// parseSampled parses the base scenario with its requests sampled.
func parseSampled(sampling, old, replacement string) (*Document, error) {
	text := strings.Replace(base, "workloads:\n", "workloads:\n  sampling: "+sampling+"\n", 1)
	return Parse("my.yaml", []byte(strings.Replace(text, old, replacement, 1)))
}

func TestSamplingHasDefaults(t *testing.T) {
	doc, err := parseSampled("{}", "", "")
	if err != nil {
		t.Fatal(err)
	}
	want := Sampling{Every: 5 * event.Hour, Window: 10 * event.Minute, Warmup: 15 * event.Minute, Share: 1}
	if s := doc.Workloads.Sampling; !s.On() || *s != want {
		t.Errorf("sampling %+v, want %+v", s, want)
	}
	if doc, err = parseSampled("{every: 0s}", "", ""); err != nil || doc.Workloads.Sampling.On() {
		t.Errorf("windows every 0s: %v, want no sampling", err)
	}
}

func TestRequestsThatCannotBeSampledAreRefused(t *testing.T) {
	for _, c := range []struct{ name, sampling, old, replacement, want string }{
		{"misspelt", "{evry: 5h}", "", "", `workloads.sampling.evry: unknown key "evry". Did you mean every?`},
		{"windows overlap", "{every: 20m}", "", "", "my.yaml:13:21: workloads.sampling.every: 20m is shorter than warmup and window, 25m"},
		{"no window", "{window: 0s}", "", "", "workloads.sampling.window: must be longer than 0s"},
		{"no window in time", "{every: 10d}", "", "", "workloads.sampling.every: the first window, from 4d23h55m, is not over by the horizon, 1d"},
		{"no share", "{share: 0}", "", "", "workloads.sampling.share: 0: must be above 0 and at most 1"},
		{"more than all", "{share: 150%}", "", "", "workloads.sampling.share: 1.5: must be above 0 and at most 1"},
		{"a trace", "{}", "      arrivals: {rate: 20/s}\n      prompt: 500\n      output: 200\n", "      trace: {file: x.csv}\n", "workloads.requests[0].trace: recorded requests cannot be sampled"},
		{"conversations", "{}", "output: 200", "output: 200\n      sessions: {turns: 3, gap: 1m}", "workloads.requests[0].sessions: conversations cannot be sampled"},
		{"an unknown signal", "{}", "replicas: 2", "autoscale: {max: 9, metric: queue, target: 1}", "deployments[0].autoscale.metric: queue is not known between the windows"},
		{"speculation", "{}", "replicas: 2", "replicas: 2\n    engine: {speculation: {draft: ngram, tokens: 3, acceptance: 50%}}", "deployments[0].engine.speculation: speculative decoding does not go with"},
		{"prefill apart", "{}", "replicas: 2", "replicas: 2\n    prefill: {replicas: 1, transfer: {bandwidth: 10GB/s}}", "deployments[0].prefill: prefill apart from decode does not go with"},
		{"slow states", "{}", "{rate: 20/s}", "{process: mmpp, states: [{rate: 1/s, mean: 1h}, {rate: 9/s, mean: 1h}]}", "workloads.requests[0].arrivals.process: mmpp arrivals cannot be sampled"},
	} {
		_, err := parseSampled(c.sampling, c.old, c.replacement)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}
