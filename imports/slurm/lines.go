package slurm

import (
	"strings"

	"github.com/jevons-sim/jevons/imports"
)

// field is one Key=Value of a line.
type field struct {
	key, value string // key in lower case
	name       string // as written
}

// line is a logical line.
type line struct {
	number int
	fields []field
}

// get returns a field's value.
func (l *line) get(key string) (string, bool) {
	for _, f := range l.fields {
		if f.key == key {
			return f.value, true
		}
	}
	return "", false
}

// split cuts a text into logical lines: comments are removed, and lines that end
// in a backslash joined.
func split(file, text string) ([]line, error) {
	var out []line
	var open strings.Builder
	first := 0
	for i, raw := range strings.Split(text, "\n") {
		if first == 0 {
			first = i + 1
		}
		if c := strings.IndexByte(raw, '#'); c >= 0 && (c == 0 || raw[c-1] != '\\') {
			raw = raw[:c]
		}
		raw = strings.TrimRight(raw, " \t\r")
		if s, more := strings.CutSuffix(raw, `\`); more {
			open.WriteString(s + " ")
			continue
		}
		open.WriteString(raw)
		logical := strings.TrimSpace(open.String())
		open.Reset()
		number := first
		first = 0
		if logical == "" {
			continue
		}
		fields, err := fieldsOf(file, number, logical)
		if err != nil {
			return nil, err
		}
		out = append(out, line{number, fields})
	}
	return out, nil
}

// fieldsOf cuts a line into its fields; values may be quoted.
func fieldsOf(file string, number int, s string) ([]field, error) {
	var out []field
	for s != "" {
		key, rest, ok := strings.Cut(s, "=")
		key = strings.TrimSpace(key)
		if word, path, isInclude := strings.Cut(s, " "); isInclude && strings.EqualFold(word, "include") {
			return []field{{"include", strings.TrimSpace(path), word}}, nil
		}
		if !ok || key == "" || strings.ContainsAny(key, " \t") {
			return nil, &imports.Error{File: file, Line: number, Text: "found " + quote(s) + ", want Key=Value"}
		}
		var value string
		if strings.HasPrefix(rest, `"`) {
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				return nil, &imports.Error{File: file, Line: number, Field: key, Text: "the quotation is not closed"}
			}
			value, rest = rest[1:end+1], rest[end+2:]
		} else {
			i := strings.IndexAny(rest, " \t")
			if i < 0 {
				i = len(rest)
			}
			value, rest = rest[:i], rest[i:]
		}
		out = append(out, field{strings.ToLower(key), value, key})
		s = strings.TrimSpace(rest)
	}
	return out, nil
}

func quote(s string) string {
	if len(s) > 40 {
		s = s[:40] + "…"
	}
	return `"` + s + `"`
}
