package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
)

// Verdict says whether a fleet filled or emptied between two windows.
type Verdict uint8

// The verdicts.
const (
	Unchanged Verdict = iota
	Filled
	Emptied
)

// String returns the verdict in capitals, as the first screen prints it.
func (v Verdict) String() string {
	return [...]string{"HARDLY CHANGED", "FILLED", "EMPTIED"}[v]
}

// verdictMargin is the change of inference GPU-hours, as a share of what they
// were, below which nothing is said to have happened.
const verdictMargin = 0.03

// Judge compares inference's GPU-hours per day before and after.
func Judge(before, after float64) Verdict {
	switch {
	case after > before*(1+verdictMargin):
		return Filled
	case after < before*(1-verdictMargin):
		return Emptied
	}
	return Unchanged
}

// perDay returns a class's GPU-hours per day of a window.
func perDay(w *result.Window, c ledger.Class) float64 {
	return w.Ledger.Class(c).Hours() / days(w)
}

func days(w *result.Window) float64 { return (w.ToS - w.FromS) / 86400 }

// Story returns the result in words.
func Story(s *result.Summary) string { return story(s) + sampledStory(s.Requests) }

// story compares the first and the last window.
func story(s *result.Summary) string {
	n := len(s.Windows)
	if n < 2 {
		return plainStory(s)
	}
	a, b := &s.Windows[0], &s.Windows[n-1]
	var out strings.Builder
	if d := s.Demand; d != nil {
		fmt.Fprintf(&out, "On day %s ", strings.TrimSuffix(fmt.Sprintf("%.1f", d.ShockAtS/86400), ".0"))
		switch {
		case d.Before != d.After:
			fmt.Fprintf(&out, "the service moved from %s to %s", d.Before, d.After)
		case d.PriceRatio != 1:
			fmt.Fprintf(&out, "the price of %s changed", d.Before)
		case d.CostRatio != 1 && d.CostRatio != 0:
			fmt.Fprintf(&out, "%s came to cost %.2f× as much", d.Before, d.CostRatio)
		default:
			fmt.Fprintf(&out, "the demand for %s changed", d.Before)
		}
		if d.PriceRatio != 1 {
			fmt.Fprintf(&out, ": a token cost %.2f× as much, and the price followed", d.PriceRatio)
		}
		if a.Requests != nil && b.Requests != nil && a.Requests.Arrived > 0 {
			rate := float64(b.Requests.Arrived) / days(b) / (float64(a.Requests.Arrived) / days(a))
			fmt.Fprintf(&out, "; requests came to %.1f× their number", rate)
		}
		out.WriteString(". ")
	}
	before, after := perDay(a, ledger.Inference), perDay(b, ledger.Inference)
	fmt.Fprintf(&out, "The fleet %s: inference took %s of GPU-hours before and %s after, and %s of the fleet stood idle where %s had",
		became(a, b, before, after), Percent(share(a, ledger.Inference)), Percent(share(b, ledger.Inference)), Percent(share(b, ledger.Nobody)), Percent(share(a, ledger.Nobody)))
	if a.Jobs != nil && b.Jobs != nil {
		fmt.Fprintf(&out, "; a job waited %s on average, before %s", Seconds(b.Jobs.Wait.Mean), Seconds(a.Jobs.Wait.Mean))
	}
	if a.Requests != nil && b.Requests != nil && measured(a.Requests) && measured(b.Requests) {
		fmt.Fprintf(&out, "; p99 time to first token went from %s to %s", Seconds(a.Requests.TTFT.P99), Seconds(b.Requests.TTFT.P99))
	}
	out.WriteString(".")
	if d := s.Demand; d != nil && d.Shortfall > 0.01 {
		fmt.Fprintf(&out, " Of the requests that the prices asked for, %s were not served%s.", Percent(d.Shortfall), missing(d))
	}
	if d := s.Demand; d != nil {
		out.WriteString(expected(d))
	}
	return out.String()
}

// became says whether the fleet filled or emptied, or where its size is another,
// how far inference went with it.
func became(a, b *result.Window, before, after float64) string {
	size := (b.Ledger.Total.Hours() / days(b)) / (a.Ledger.Total.Hours() / days(a))
	if before == 0 || math.Abs(size-1) < verdictMargin {
		return Judge(before, after).String()
	}
	return fmt.Sprintf("came to %.1f× its size, inference to %.1f× its GPU-hours", size, after/before)
}

// expected says what the closed forms give for the demand that answered.
func expected(d *result.Demand) string {
	switch {
	case d.ByDeployment != nil:
		var parts []string
		for _, name := range sortedKeys(d.ByDeployment) {
			a := d.ByDeployment[name]
			parts = append(parts, fmt.Sprintf("%s (ε = %.3g) %.2f× (closed form %.2f×)", name, a.Elasticity, a.GPUHoursRatio, a.ClosedFormRatio))
		}
		return " GPU-hours by deployment came to: " + strings.Join(parts, ", ") + "."
	case d.PriceRatio == 1:
		return ""
	}
	out := fmt.Sprintf(" (ε = %.3g: once adoption has settled and if nothing queued, GPU-hours would come to %.2f×", d.Elasticity, d.ClosedFormRatio)
	switch b := d.ClosedFormBreakEven; {
	case b == nil:
	case d.PriceRatio < 1:
		out += fmt.Sprintf("; they rise exactly when ε > %.3g", *b)
	default:
		out += fmt.Sprintf("; they would stay the same at ε = %.3g", *b)
	}
	return out + ".)"
}

// missing says what kept desired requests from being served.
func missing(d *result.Demand) string {
	var parts []string
	for _, p := range []struct {
		n    int64
		what string
	}{{d.NotAdopted, "had not been adopted yet"}, {d.Deterred, "were deterred by latency"}, {d.Unserved, "came in vain"}} {
		if float64(p.n) > 0.001*float64(d.DesiredRequests) {
			parts = append(parts, fmt.Sprintf("%s %s", Number(float64(p.n)), p.what))
		}
	}
	if parts == nil {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

// plainStory describes a run without windows to compare.
func plainStory(s *result.Summary) string {
	out := fmt.Sprintf("Gangs held %s of the fleet's GPU-hours and %s computed; model FLOPs were %s of the peak.",
		Percent(s.Utilization.Allocated), Percent(s.Utilization.Busy), Percent(s.Utilization.MFU))
	if r := s.Requests; r != nil {
		out += fmt.Sprintf(" Of %s requests %s completed; p99 time to first token was %s.",
			Number(float64(r.Arrived)), Number(float64(r.Completed)), Seconds(r.TTFT.P99))
	}
	if j := s.Jobs; j != nil {
		out += fmt.Sprintf(" Of %s jobs %s completed, after a mean wait of %s.",
			Number(float64(j.Submitted)), Number(float64(j.Completed)), Seconds(j.Wait.Mean))
	}
	if f := s.Failures; f != nil {
		out += breakage(f)
		if t := s.Training; t != nil {
			out += fmt.Sprintf(" Pre-training made progress for %s of its wall time (ETTR).", Percent(t.ETTR))
		}
	}
	return out
}

// breakage says what broke.
func breakage(f *result.Failures) string {
	total := int64(0)
	for _, n := range f.ByComponent {
		total += n
	}
	return fmt.Sprintf(" %s components failed and stopped gangs %s times; maintenance preempted %s.",
		Number(float64(total)), Number(float64(f.Interruptions)), Number(float64(f.Evictions)))
}

// share returns a class's part of a window's GPU time.
func share(w *result.Window, c ledger.Class) float64 {
	total := w.Ledger.Total.Seconds()
	if total == 0 {
		return 0
	}
	return w.Ledger.Class(c).Seconds() / total
}
