package traces

import (
	"math"
	"strconv"

	"github.com/jevons-sim/jevons/sim/event"
)

// Columns of the project's own request traces. One of the two times is needed;
// the rest but the lengths is optional. Lengths are tokens; output includes
// thinking.
const (
	nativeNanos = iota
	nativeSeconds
	nativePrompt
	nativeOutput
	nativeThinking
	nativeClass
	nativeTenant
	nativeSession
	nativePriority
)

var nativeColumns = []column{
	nativeNanos: {name: "at_ns", optional: true}, nativeSeconds: {name: "at_s", optional: true},
	nativePrompt: {name: "prompt"}, nativeOutput: {name: "output"}, nativeThinking: {name: "thinking", optional: true},
	nativeClass: {name: "class", optional: true}, nativeTenant: {name: "tenant", optional: true},
	nativeSession: {name: "session", optional: true}, nativePriority: {name: "priority", optional: true},
}

var nativeCSV = format{
	name: "native-csv", kind: Requests,
	detect: func(head []byte) bool {
		return hasHeader(head, "prompt", "output") && (hasHeader(head, "at_s") || hasHeader(head, "at_ns"))
	},
	requests: openNativeCSV,
}

type nativeReader struct {
	*table
	last event.Time
}

func openNativeCSV(s source, l lint) (requestReader, error) {
	t, err := openTable(s, l, nativeColumns)
	if err != nil {
		return nil, err
	}
	if t.place[nativeNanos] < 0 && t.place[nativeSeconds] < 0 {
		t.Close()
		return nil, &FormatError{File: s.path, Line: 1, Field: "at_s", Found: "no such column", Want: "a column at_s or at_ns"}
	}
	return &nativeReader{table: t}, nil
}

// Next implements RequestStream.
func (n *nativeReader) Next(r *Request) (bool, error) {
	for {
		if ok, err := n.next(); !ok {
			return false, err
		}
		if ok, err := n.parse(r); ok || err != nil {
			return ok, err
		}
	}
}

func (n *nativeReader) parse(r *Request) (ok bool, err error) {
	*r = Request{Class: n.text(nativeClass), Tenant: n.text(nativeTenant)}
	if r.At, ok, err = n.time(); !ok {
		return false, err
	}
	if r.Prompt, ok, err = n.tokens(nativePrompt); !ok {
		return false, err
	}
	if r.Output, ok, err = n.tokens(nativeOutput); !ok {
		return false, err
	}
	thinking, ok, err := n.integer(nativeThinking, 0, int64(r.Output))
	if !ok {
		return false, err
	}
	priority, ok, err := n.integer(nativePriority, math.MinInt32, math.MaxInt32)
	if !ok {
		return false, err
	}
	if text := n.text(nativeSession); text != "" {
		if r.Session, err = strconv.ParseUint(text, 10, 64); err != nil {
			return false, n.rejectField(nativeSession, problemMalformed, "a whole number ≥ 0")
		}
	}
	r.Thinking, r.Priority = int32(thinking), int32(priority)
	n.order(n.line, r.At, &n.last)
	return true, nil
}

// time reads the exact nanoseconds, or else the seconds.
func (n *nativeReader) time() (event.Time, bool, error) {
	if n.text(nativeNanos) != "" {
		ns, ok, err := n.integer(nativeNanos, 0, math.MaxInt64-1)
		return event.Time(ns), ok, err
	}
	c := nativeSeconds
	if n.place[c] < 0 {
		c = nativeNanos
	}
	text := n.text(c)
	if text == "" {
		return 0, false, n.rejectField(c, problemMissing, "the arrival")
	}
	s, err := strconv.ParseFloat(text, 64)
	switch {
	case err == nil && s < 0:
		return 0, false, n.rejectField(c, problemNegative, "seconds since the start")
	case err != nil || !(s <= float64(maxSeconds)):
		return 0, false, n.rejectField(c, problemMalformed, "seconds since the start")
	}
	return event.FromSeconds(s), true, nil
}
