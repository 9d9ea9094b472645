// Package presets holds the scenarios that are part of the program. Each is a
// YAML file; the comment block at its head is the paragraph that explains it.
package presets

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jevons-sim/jevons/internal/suggest"
)

//go:embed *.yaml
var files embed.FS

// Default is the preset that runs when none is named.
const Default = "r1-shock"

// Preset is one embedded scenario.
type Preset struct {
	Name  string
	About string // paragraphs of plain text
	YAML  []byte
}

// Summary returns the first sentence of what the preset is about.
func (p Preset) Summary() string {
	paragraph, _, _ := strings.Cut(p.About, "\n\n")
	first, _, _ := strings.Cut(paragraph, ". ")
	return strings.TrimSuffix(first, ".")
}

// List returns the presets in order of name.
func List() []Preset { return list(files) }

func list(from fs.FS) []Preset {
	names, err := fs.Glob(from, "*.yaml")
	if err != nil {
		panic(fmt.Sprintf("presets: %v", err)) // a bad pattern: a programming error
	}
	var out []Preset
	for _, file := range names {
		text, err := fs.ReadFile(from, file)
		if err != nil {
			panic(fmt.Sprintf("presets: embedded file: %v", err))
		}
		out = append(out, Preset{Name: strings.TrimSuffix(file, ".yaml"), About: header(text), YAML: text})
	}
	return out
}

// Load returns the preset of that name. The error names the nearest.
func Load(name string) (Preset, error) {
	var names []string
	for _, p := range List() {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Preset{}, fmt.Errorf("no preset %q.%s (`sim presets` lists all)", name, suggest.Hint(name, names))
}

// header returns the comment block at the head of a file as text: lines join
// into paragraphs, an empty comment line separates them.
func header(text []byte) string {
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		comment, ok := strings.CutPrefix(strings.TrimSpace(line), "#")
		if !ok {
			break
		}
		comment = strings.TrimSpace(comment)
		switch {
		case comment == "":
			b.WriteString("\n\n")
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "\n"):
			b.WriteString(" " + comment)
		default:
			b.WriteString(comment)
		}
	}
	return strings.TrimSpace(b.String())
}
