package traces

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// lines reads a text line by line.
type lines struct {
	lint
	file   io.Closer
	scan   *bufio.Scanner
	tail   *tail
	row    []byte // the current line, until the next
	before []byte // the previous line, kept by an inspection
	line   int
}

// longestLine bounds a line in bytes.
const longestLine = 16 << 20

func openLines(s source, l lint) (*lines, error) {
	f, err := s.open()
	if err != nil {
		return nil, err
	}
	t := &tail{r: f}
	scan := bufio.NewScanner(t)
	scan.Buffer(make([]byte, 1<<16), longestLine)
	return &lines{lint: l, file: f, scan: scan, tail: t}, nil
}

// next goes to the next line that is not blank.
func (l *lines) next() (bool, error) {
	for l.scan.Scan() {
		l.line++
		l.row = bytes.TrimSpace(l.scan.Bytes())
		if l.line == 1 {
			l.row = bytes.TrimPrefix(l.row, []byte(byteOrderMark))
		}
		if len(l.row) == 0 {
			continue
		}
		if l.note != nil {
			if bytes.Equal(l.row, l.before) {
				l.warn(l.line, problemRepeated)
			}
			l.before = append(l.before[:0], l.row...)
		}
		return true, nil
	}
	err := l.scan.Err()
	switch {
	case errors.Is(err, bufio.ErrTooLong):
		return false, &FormatError{File: l.lint.file, Line: l.line + 1, Found: fmt.Sprintf("a line of more than %d bytes", longestLine), Want: "shorter lines"}
	case err != nil:
		return false, readError(l.lint.file, l.line+1, err)
	}
	if l.tail.last != '\n' {
		l.warn(l.line, problemNewline)
	}
	return false, nil
}

// Line is the line of the last row.
func (l *lines) Line() int { return l.line }

// Close closes the file.
func (l *lines) Close() error { return l.file.Close() }
