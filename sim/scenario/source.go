package scenario

import (
	"fmt"
	"strings"
)

// source is a text that values come from: a file, or one --set argument.
type source struct {
	name  string
	lines []string // nil = no excerpt is shown
}

func newSource(name string, text []byte) *source {
	return &source{name: name, lines: strings.Split(string(text), "\n")}
}

// position is where a value stands. Lines and columns count from 1.
type position struct {
	source       *source
	line, column int
}

// String prints the position as file:line:column, or the --set argument.
func (p position) String() string {
	switch {
	case p.source == nil:
		return ""
	case p.source.lines == nil:
		return p.source.name
	}
	return fmt.Sprintf("%s:%d:%d", p.source.name, p.line, p.column)
}

// maxExcerpt bounds the width of an excerpt, in characters.
const maxExcerpt = 160

// excerpt shows the line with a caret under the column, and the line before.
func (p position) excerpt() string {
	if p.source == nil || p.line < 1 || p.line > len(p.source.lines) {
		return ""
	}
	line := func(i int) string { return strings.TrimRight(p.source.lines[i-1], "\r") }
	cut := func(s string) string {
		if r := []rune(s); len(r) > maxExcerpt {
			return string(r[:maxExcerpt]) + "…"
		}
		return s
	}
	var b strings.Builder
	if p.line > 1 {
		fmt.Fprintf(&b, "\n%5d | %s", p.line-1, cut(line(p.line-1)))
	}
	fmt.Fprintf(&b, "\n >%3d | %s", p.line, cut(line(p.line)))
	if p.column >= 1 && p.column <= maxExcerpt {
		// Tabs before the caret keep their width.
		pad := strings.Map(func(r rune) rune {
			if r == '\t' {
				return r
			}
			return ' '
		}, firstRunes(line(p.line), p.column-1))
		fmt.Fprintf(&b, "\n        %s^", pad)
	}
	return b.String()
}

// firstRunes returns the first n characters of s, padded with spaces.
func firstRunes(s string, n int) string {
	r := []rune(s)
	if len(r) >= n {
		return string(r[:n])
	}
	return s + strings.Repeat(" ", n-len(r))
}

// Problem is one thing wrong with a scenario, and where.
type Problem struct {
	Path string // such as fleet.pools[0].gpu; "" = the whole file
	Err  error
	at   position
}

// Error prints the position, the path, what is wrong and an excerpt.
func (p *Problem) Error() string {
	var b strings.Builder
	if where := p.at.String(); where != "" {
		b.WriteString(where + ": ")
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Err.Error())
	b.WriteString(p.at.excerpt())
	return b.String()
}

// Unwrap returns what is wrong, without the position.
func (p *Problem) Unwrap() error { return p.Err }

// Problems is what is wrong with a scenario, at least one problem, in order of
// position.
type Problems []*Problem

// maxShown is the number of problems that are printed in full: one slip
// often causes several.
const maxShown = 3

// Error prints the first few problems.
func (ps Problems) Error() string {
	var parts []string
	for i, p := range ps {
		if i == maxShown {
			parts = append(parts, fmt.Sprintf("and %d more", len(ps)-maxShown))
			break
		}
		parts = append(parts, p.Error())
	}
	return strings.Join(parts, "\n")
}

// Unwrap returns the problems one by one.
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}
