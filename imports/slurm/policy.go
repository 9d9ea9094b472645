package slurm

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/jevons-sim/jevons/sim/event"
)

// scheduling are the settings that bear on scheduling; those read in policy, and
// others that are listed because nothing stands for them.
var scheduling = []string{"scheduler", "priority", "preempt", "select", "topology", "maxjob", "maxarray", "overtimelimit", "resume", "suspend", "enforcepart", "fairshare", "defmemper", "maxmemper", "defcpuper", "gpufreq", "kill"}

// set keeps a setting of the whole cluster.
func (r *reader) set(l *line, f field) {
	if r.settings == nil {
		r.settings = map[string]setting{}
	}
	r.settings[f.key] = setting{f.value, l.number}
	switch f.key {
	case "schedulertype", "prioritytype", "priorityweightfairshare", "prioritydecayhalflife", "preempttype", "preemptmode", "preemptexempttime", "grestypes", "clustername":
		return // see policy
	}
	if f.key == "topologyplugin" {
		r.Note(r.file, l.number, f.name, "topology.conf is not read: give nodes_per_rack, nodes_per_pod and oversubscription of the pools")
		return
	}
	for _, prefix := range scheduling {
		if strings.HasPrefix(f.key, prefix) {
			r.Note(r.file, l.number, f.name, "not modelled, left out")
			return
		}
	}
	r.other = append(r.other, f.name)
}

// policy translates the settings of the scheduler.
func (r *reader) policy() {
	s := &r.Scenario.Scheduler
	get := func(key string) (string, int) {
		x := r.settings[key]
		return strings.ToLower(x.value), x.line
	}
	kind, at := get("schedulertype")
	switch kind {
	case "", "sched/backfill": // Slurm's default
		s.Backfill = "conservative"
	case "sched/builtin":
		s.Backfill = "none"
	default:
		r.Note(r.file, at, "SchedulerType", "%s is not modelled: no backfill", kind)
	}
	kind, at = get("prioritytype")
	weight, _ := get("priorityweightfairshare")
	switch kind {
	case "priority/basic":
		s.Queue = "fifo"
	case "", "priority/multifactor":
		if n, err := strconv.Atoi(weight); err == nil && n > 0 {
			s.Queue = "fair-share"
			r.Note(r.file, at, "PriorityType", "multifactor with a weight of fair share: fair share alone decides, not age, size or QOS")
		}
	default:
		r.Note(r.file, at, "PriorityType", "%s is not modelled: by priority", kind)
	}
	if text, at := get("prioritydecayhalflife"); text != "" && s.Queue == "fair-share" {
		if t, err := span(text); err == nil {
			s.HalfLife = t
		} else {
			r.Note(r.file, at, "PriorityDecayHalfLife", "%v: a week is taken", err)
		}
	}
	kind, at = get("preempttype")
	mode, modeAt := get("preemptmode")
	switch kind {
	case "preempt/partition_prio", "preempt/qos":
		s.Preemption = "priority"
		if kind == "preempt/qos" {
			r.Note(r.file, at, "PreemptType", "QOS are not modelled: jobs of lower priority make way")
		}
		switch {
		case strings.Contains(mode, "suspend"):
			s.Preempted = "checkpoint"
			r.Note(r.file, modeAt, "PreemptMode", "suspended jobs keep their work, and go on elsewhere if need be")
		case mode != "" && mode != "requeue":
			r.Note(r.file, modeAt, "PreemptMode", "%s is not modelled: preempted jobs are queued again", mode)
		}
		if text, at := get("preemptexempttime"); text != "" && text != "-1" {
			if t, err := span(text); err == nil {
				s.PreemptExemptTime = t
			} else {
				r.Note(r.file, at, "PreemptExemptTime", "%v: jobs may be preempted from their start", err)
			}
		}
	case "", "preempt/none":
		s.GracePeriod = 0
	default:
		r.Note(r.file, at, "PreemptType", "%s is not modelled: no preemption", kind)
	}
}

// span reads a time as Slurm writes it: minutes, minutes:seconds,
// hours:minutes:seconds, days-hours, days-hours:minutes[:seconds].
func span(s string) (event.Time, error) {
	bad := fmt.Errorf("%q is not a time such as 7-0 or 12:00:00", s)
	days, rest, hasDays := strings.Cut(s, "-")
	total := event.Time(0)
	if hasDays {
		d, err := strconv.Atoi(days)
		if err != nil || d < 0 || d > 1e5 {
			return 0, bad
		}
		total = event.Time(d) * event.Day
	} else {
		rest = s
	}
	parts := strings.Split(rest, ":")
	unit := []event.Time{event.Hour, event.Minute, event.Second}
	switch {
	case len(parts) > 3:
		return 0, bad
	case !hasDays && len(parts) < 3:
		unit = unit[1:] // minutes first
	}
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || n < 0 || n > 1e7 {
			return 0, bad
		}
		total += event.Time(n) * unit[i]
	}
	return total, nil
}
