package imports

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/scenario"
)

// Draft is what a configuration says of a scenario.
type Draft struct {
	Scenario scenario.Scenario
	Notes    []Note
}

// Note is a field that is not modelled, or an assumption.
type Note struct {
	File  string
	Line  int // 0 = nowhere in particular
	Field string
	Text  string
}

// String returns "file:line: field: text".
func (n Note) String() string {
	var b strings.Builder
	b.WriteString(n.File)
	if n.Line > 0 {
		fmt.Fprintf(&b, ":%d", n.Line)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	if n.Field != "" {
		b.WriteString(n.Field + ": ")
	}
	b.WriteString(n.Text)
	return b.String()
}

// Error is a configuration that cannot be read.
type Error Note

// Error implements error.
func (e *Error) Error() string { return Note(*e).String() }

// NewDraft returns an empty draft of a day.
func NewDraft(name, source string) *Draft {
	return &Draft{Scenario: scenario.Scenario{
		Name: name, Description: "Fleet and scheduler of " + source + "; add workloads.", Seed: 1, Horizon: event.Day,
		Scheduler: scenario.Scheduler{Queue: "priority", Placement: "best-fit", Backfill: "none", Preemption: "none"},
		Outputs:   scenario.Outputs{Sample: event.Hour, Requests: true, Jobs: true},
	}}
}

// Note adds a note.
func (d *Draft) Note(file string, line int, field, format string, args ...any) {
	d.Notes = append(d.Notes, Note{file, line, field, fmt.Sprintf(format, args...)})
}

// YAML writes the scenario, which has been checked as any other: with the notes
// as comments on top.
func (d *Draft) YAML() ([]byte, error) {
	text, err := d.Scenario.Canonical()
	if err != nil {
		return nil, err
	}
	if _, err := scenario.Parse(d.Scenario.Name+".yaml", text); err != nil {
		return nil, fmt.Errorf("the configuration makes no scenario: %w", err)
	}
	slices.SortStableFunc(d.Notes, func(a, b Note) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line)) })
	var b bytes.Buffer
	for _, n := range d.Notes {
		fmt.Fprintf(&b, "# %s\n", n)
	}
	b.Write(text)
	return b.Bytes(), nil
}

// GuessGPU returns the GPU of the catalogue that a name such as a label's value
// means: NVIDIA-A100-SXM4-80GB, nvidia-tesla-t4, a100.
func GuessGPU(name string) (fleet.GPU, bool) {
	if g, err := fleet.LookupGPU(name); err == nil {
		return g, true
	}
	name = strings.ToUpper(strings.NewReplacer("_", "-", " ", "-").Replace(name))
	if strings.Contains(name, "A100") && strings.Contains(name, "40G") {
		name = "A100-40G"
	}
	var best fleet.GPU
	longest := 0
	for _, g := range fleet.GPUs() {
		for _, known := range append([]string{g.Name}, g.Aliases...) {
			if len(known) > longest && len(known) > 2 && contains(name, strings.ToUpper(known)) || len(known) > longest && name == strings.ToUpper(known) {
				best, longest = g, len(known)
			}
		}
	}
	for _, short := range []string{"T4", "L4"} { // short enough to be part of other names
		if longest == 0 && contains(name, short) {
			if g, err := fleet.LookupGPU(short); err == nil {
				return g, true
			}
		}
	}
	return best, longest > 0
}

// contains reports whether a name has a part between dashes, or several, that
// begin with another one.
func contains(name, part string) bool {
	for i := 0; i+len(part) <= len(name); i++ {
		if name[i:i+len(part)] == part && (i == 0 || name[i-1] == '-') && (i+len(part) == len(name) || name[i+len(part)] == '-') {
			return true
		}
	}
	return false
}
