package scenario

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/ledger"
)

// fromText reads the short form of a constant.
func (t *Timetable) fromText(text string) error {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 0) || math.IsInf(v, 0) {
		return errNoTimetable
	}
	*t = Timetable{Steps: []TimeStep{{Value: v}}}
	return nil
}

var errNoTimetable = errors.New("wants a number ≥ 0, or a mapping such as {steps: [{at: 0h, value: 300}, {at: 8h, value: 450}]} or {hourly: [300, 280, …]}")

// energy checks a site's electricity.
func (r *resolver) energy(path string, e *Energy) {
	if e == nil {
		return
	}
	r.timetable(path+".electricity", e.Electricity)
	r.timetable(path+".carbon", e.Carbon)
}

// timetable checks a table, and writes hours as steps.
func (r *resolver) timetable(path string, t *Timetable) {
	if t == nil {
		return
	}
	switch {
	case len(t.Hourly) > 0:
		r.exclude(path, "hourly", given{"steps", len(t.Steps) > 0}, given{"every", t.Every != nil})
		t.Steps = nil
		for i, v := range t.Hourly {
			if !(v >= 0) {
				r.fail(fmt.Sprintf("%s.hourly[%d]", path, i), "%v is below 0", v)
			}
			t.Steps = append(t.Steps, TimeStep{event.Time(i) * event.Hour, v})
		}
		every := event.Time(len(t.Hourly)) * event.Hour
		t.Hourly, t.Every = nil, &every
		return
	case len(t.Steps) == 0:
		r.fail(path, "needs hourly or steps")
		return
	}
	if t.Every == nil {
		day := event.Day
		t.Every = &day
	}
	for i, s := range t.Steps {
		at := fmt.Sprintf("%s.steps[%d].at", path, i)
		if *t.Every > 0 && s.At >= *t.Every {
			r.fail(at, "%s is not within the period of %s", duration(s.At), duration(*t.Every))
		}
		if i > 0 && s.At <= t.Steps[i-1].At {
			r.fail(at, "%s does not come after %s", duration(s.At), duration(t.Steps[i-1].At))
		}
	}
}

// power checks what a pool's machines draw.
func (r *resolver) power(path string, p *Power) {
	if p == nil {
		return
	}
	if p.Max != 0 && p.Max < p.Idle {
		r.fail(path+".max", "%v is below idle, %v", p.Max, p.Idle)
	}
	for i, s := range p.Shares {
		at := fmt.Sprintf("%s.shares[%d]", path, i)
		if _, err := ledger.ParseAccount(s.Account); err != nil {
			r.fail(at+".account", "%w", err)
		}
		if s.Share > 1 {
			r.fail(at+".share", "%v is more than 1", s.Share)
		}
	}
}
