package traces

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/jevons-sim/jevons/sim/event"
)

// mooncakeBlock is how many tokens a hash of the Mooncake traces
// (github.com/kvcache-ai/Mooncake) covers; the last block may be partial.
const mooncakeBlock = 512

var mooncake = format{
	name: "mooncake", kind: Requests,
	detect: func(head []byte) bool {
		line, _, _ := bytes.Cut(head, []byte("\n"))
		return bytes.HasPrefix(bytes.TrimSpace(line), []byte("{")) && bytes.Contains(line, []byte(`"input_length"`))
	},
	requests: openMooncake,
}

// mooncakeRow is one line; pointers tell a missing field from zero.
type mooncakeRow struct {
	Timestamp *float64 `json:"timestamp"` // ms
	Input     *int64   `json:"input_length"`
	Output    *int64   `json:"output_length"`
	Hashes    []uint64 `json:"hash_ids"`
}

type mooncakeReader struct {
	*lines
	hashes []uint64
	last   event.Time
}

func openMooncake(s source, l lint) (requestReader, error) {
	text, err := openLines(s, l)
	if err != nil {
		return nil, err
	}
	return &mooncakeReader{lines: text}, nil
}

// Next implements RequestStream.
func (m *mooncakeReader) Next(r *Request) (bool, error) {
	for {
		if ok, err := m.next(); !ok {
			return false, err
		}
		row := mooncakeRow{Hashes: m.hashes[:0]}
		err := json.Unmarshal(m.row, &row)
		if err != nil {
			if err := m.reject(m.line, jsonField(err), problemMalformed, quote(string(m.row)), "a JSON object ("+err.Error()+")"); err != nil {
				return false, err
			}
			continue
		}
		m.hashes = row.Hashes[:0]
		if ok, err := m.fill(r, &row); ok || err != nil {
			return ok, err
		}
	}
}

func jsonField(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return kind.Field
	}
	return ""
}

func (m *mooncakeReader) fill(r *Request, row *mooncakeRow) (ok bool, err error) {
	*r = Request{HashBlock: mooncakeBlock}
	if t := row.Timestamp; t == nil || !(*t >= 0 && *t <= maxMillis) {
		return false, m.rejectNumber("timestamp", t, "milliseconds since the start")
	}
	r.At = event.FromSeconds(*row.Timestamp / 1000)
	if r.Prompt, ok, err = m.tokens("input_length", row.Input); !ok {
		return false, err
	}
	if r.Output, ok, err = m.tokens("output_length", row.Output); !ok {
		return false, err
	}
	r.Hashes = row.Hashes
	m.order(m.line, r.At, &m.last)
	return true, nil
}

// maxMillis bounds times in milliseconds to what the clock holds.
const maxMillis = math.MaxInt64 / 1e6

func (m *mooncakeReader) rejectNumber(field string, v *float64, want string) error {
	switch {
	case v == nil:
		return m.reject(m.line, field, problemMissing, "nothing", want)
	case *v < 0:
		return m.reject(m.line, field, problemNegative, fmt.Sprint(*v), want)
	}
	return m.reject(m.line, field, problemMalformed, fmt.Sprint(*v), want)
}

func (m *mooncakeReader) tokens(field string, v *int64) (int32, bool, error) {
	switch {
	case v == nil || *v < 0 || *v > math.MaxInt32:
		var number *float64
		if v != nil {
			f := float64(*v)
			number = &f
		}
		return 0, false, m.rejectNumber(field, number, fmt.Sprintf("a whole number from 0 to %d", math.MaxInt32))
	case *v == 0:
		m.warn(m.line, field+" "+problemZero)
		return 1, true, nil
	}
	return int32(*v), true, nil
}
