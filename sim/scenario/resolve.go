package scenario

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/perf"
)

// resolver checks a decoded scenario as a whole, and fills in what follows
// from the rest of it.
type resolver struct {
	*Document
	problems Problems
}

// resolve makes the scenario complete, or says what is wrong.
func (d *Document) resolve() Problems {
	r := &resolver{Document: d}
	r.top()
	r.fleet()
	r.scheduler()
	for i := range d.Deployments {
		r.deployment(i)
	}
	r.requests()
	r.sampling()
	r.training()
	r.rl()
	r.jobs()
	r.demand()
	r.windows()
	return r.problems
}

// fail notes a problem with the value at a path.
func (r *resolver) fail(path, format string, args ...any) {
	r.problems = append(r.problems, r.problem(path, fmt.Errorf(format, args...)))
}

// plainName is what a name may look like: it becomes part of a directory's.
var plainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

func (r *resolver) top() {
	if !plainName.MatchString(r.Name) {
		r.fail("name", "%q: a name is made of letters, digits, dots, dashes and underscores", r.Name)
	}
	switch {
	case r.Horizon == 0:
		r.fail("horizon", "must be longer than 0s")
	case r.Warmup >= r.Horizon:
		r.fail("warmup", "%s is not shorter than the horizon, %s", duration(r.Warmup), duration(r.Horizon))
	}
	if r.Outputs.Sample == 0 {
		r.fail("outputs.sample", "must be longer than 0s")
	}
}

// unique reports names that are missing characters or come twice.
func unique[T any](r *resolver, path, what string, list []T, name func(*T) string) {
	first := map[string]int{}
	for i := range list {
		n := name(&list[i])
		at := fmt.Sprintf("%s[%d].name", path, i)
		if j, twice := first[n]; twice {
			r.fail(at, "a second %s named %q; %s[%d] is the first", what, n, path, j)
			continue
		}
		if !plainName.MatchString(n) {
			r.fail(at, "%q: a name is made of letters, digits, dots, dashes and underscores", n)
		}
		first[n] = i
	}
}

// names lists the names of elements.
func names[T any](list []T, name func(*T) string) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = name(&list[i])
	}
	return out
}

// within checks an instant against the horizon.
func (r *resolver) within(path string, t event.Time) {
	if t > r.Horizon {
		r.fail(path, "%s is after the horizon, %s", duration(t), duration(r.Horizon))
	}
}

// span checks that a span inside the run is not empty. A zero end stands for
// the horizon.
func (r *resolver) span(path, from, to string, start, end event.Time) {
	r.within(path+"."+from, start)
	r.within(path+"."+to, end)
	if end != 0 && end <= start && start <= r.Horizon {
		r.fail(path+"."+to, "%s is not after %s, %s", duration(end), from, duration(start))
	}
}

func (r *resolver) windows() {
	windows := r.Outputs.Windows
	unique(r, "outputs.windows", "window", windows, func(w *Window) string { return w.Name })
	for i := range windows {
		w := &windows[i]
		path := fmt.Sprintf("outputs.windows[%d]", i)
		if w.To == 0 {
			w.To = r.Horizon
		}
		r.span(path, "from", "to", w.From, w.To)
	}
	unique(r, "outputs.published", "published figure", r.Outputs.Published, func(p *Published) string { return p.Name })
	for i := range r.Outputs.Published {
		if p := &r.Outputs.Published[i]; p.Value == 0 {
			r.fail(fmt.Sprintf("outputs.published[%d].value", i), "is 0, want a number to compare with")
		}
	}
}

// model resolves a model's name to its catalogue form. Exactly one of a name
// and the path of a config.json must be given.
func (r *resolver) model(path string, name *string, config string) {
	switch {
	case *name == "" && config == "":
		r.fail(path, "model is missing (a name of `sim models`, or model_config: the path of a config.json)")
	case *name != "" && config != "":
		r.fail(path+".model_config", "model and model_config exclude each other")
	case *name != "":
		m, err := perf.LookupModel(*name)
		if err != nil {
			r.fail(path+".model", "%w", err)
			return
		}
		*name = m.Name
	}
}

// format gives a number format its canonical name.
func format(name *string) {
	if f, ok := fleet.ParseFormat(*name); ok {
		*name = string(f)
	}
}

// reference checks that a name is one of those defined; a name left out
// becomes the only one there is.
func (r *resolver) reference(path, what string, name *string, defined []string) {
	switch {
	case *name != "":
		if !slices.Contains(defined, *name) {
			r.fail(path, "unknown %s %q.%s", what, *name, hintOrList(*name, defined))
		}
	case len(defined) == 1:
		*name = defined[0]
	case len(defined) == 0:
		r.fail(path, "the scenario has no %s", what)
	default:
		r.fail(path, "is missing: the scenario has more than one %s (%s)", what, listed(defined))
	}
}
