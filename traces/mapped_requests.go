package traces

import (
	"math"
	"strconv"
)

// mappedRequests reads requests from a CSV file by a layout.
type mappedRequests struct{ *mapped }

func openMappedRequests(s source, l lint, m *layout) (requestReader, error) {
	t, err := openMapped(s, l, m)
	if err != nil {
		return nil, err
	}
	return &mappedRequests{t}, nil
}

// Next implements RequestStream.
func (m *mappedRequests) Next(r *Request) (bool, error) {
	for {
		if ok, err := m.next(); !ok {
			return false, err
		}
		if ok, err := m.parse(r); ok || err != nil {
			return ok, err
		}
	}
}

func (m *mappedRequests) parse(r *Request) (ok bool, err error) {
	*r = Request{Class: m.text(fieldClass), Tenant: m.text(fieldTenant)}
	if r.At, ok, err = m.arrival(); !ok {
		return false, err
	}
	if r.Prompt, ok, err = m.tokens(fieldPrompt); !ok {
		return false, err
	}
	if r.Output, ok, err = m.tokens(fieldOutput); !ok {
		return false, err
	}
	thinking, ok, err := m.integer(fieldThinking, 0, int64(r.Output))
	if !ok {
		return false, err
	}
	priority, ok, err := m.integer(fieldPriority, math.MinInt32, math.MaxInt32)
	if !ok {
		return false, err
	}
	if text := m.text(fieldSession); text != "" {
		if r.Session, err = strconv.ParseUint(text, 10, 64); err != nil {
			return false, m.rejectField(fieldSession, problemMalformed, "a whole number ≥ 0")
		}
	}
	r.Thinking, r.Priority = int32(thinking), int32(priority)
	return true, nil
}
