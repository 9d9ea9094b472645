package traces

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// FormatError reports content that a format does not allow.
type FormatError struct {
	File  string
	Line  int    // 1 = the first; 0 = the file as a whole
	Field string // "" = the whole row
	Found string
	Want  string
}

// Error returns "file:line: field: found …, want …".
func (e *FormatError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	b.WriteString(": ")
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	b.WriteString("found " + e.Found)
	if e.Want != "" {
		b.WriteString(", want " + e.Want)
	}
	return b.String()
}

// quote returns a value as messages show it, long ones cut.
func quote(s string) string {
	const limit = 60
	if len(s) > limit {
		return fmt.Sprintf("%.*q…", limit, s)
	}
	return fmt.Sprintf("%q", s)
}

// readError says what a failed read means: a file cut short is a FormatError,
// anything else an I/O error.
func readError(file string, line int, err error) error {
	var format *FormatError
	switch {
	case errors.As(err, &format):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &FormatError{File: file, Line: line, Found: "the end of the compressed data", Want: "a complete file (was it cut short?)"}
	case isCorrupt(err):
		return &FormatError{File: file, Line: line, Found: "broken compressed data (" + err.Error() + ")", Want: "an intact file"}
	}
	return fmt.Errorf("reading %s: %w", file, err)
}

// lint decides what becomes of irregular rows. A plain reader fails on those
// that it cannot use; an inspection notes all of them and goes on.
type lint struct {
	file string
	note func(line int, problem string) // nil = a plain reader
}

// Problems that an inspection counts.
const (
	problemOrder     = "earlier than the row before"
	problemMissing   = "missing value"
	problemZero      = "zero"
	problemNegative  = "negative"
	problemMalformed = "malformed"
	problemRepeated  = "same as the row before"
	problemNewline   = "no newline at the end of the file"
)

// warn notes an irregularity that reading can live with.
func (l *lint) warn(line int, problem string) {
	if l.note != nil {
		l.note(line, problem)
	}
}

// reject returns the error of a row that cannot be used, or nil when the row is
// noted and to be skipped.
func (l *lint) reject(line int, field, problem, found, want string) error {
	if l.note == nil {
		return &FormatError{File: l.file, Line: line, Field: field, Found: found, Want: want}
	}
	if field != "" {
		problem = field + " " + problem
	}
	l.note(line, problem)
	return nil
}
