package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/result"
	"github.com/jevons-sim/jevons/sim/stats"
)

// windowHeadline are figures of each window that show where none are asked for.
var windowHeadline = []string{"requests.queue_s.p99", "requests.ttft_s.p99", "jobs.wait_s.mean"}

// choose compares the figures that the flags ask for, the headline ones by
// default, and judges them together.
func (c *comparison) choose(a, b *side, f *compareFlags) error {
	figures := a.runs[0]
	switch {
	case f.figures != nil:
		for _, path := range f.figures {
			for _, s := range []*side{a, b} {
				if _, ok := result.ValueOf(s.runs[0], path); !ok {
					return noSuchFigure("--figure", path, s.runs[0])
				}
			}
			c.add(path)
		}
	case f.all:
		for _, x := range figures {
			c.add(x.Path)
		}
	default:
		for _, path := range slices.Concat([]string{demandChange, "demand.gpu_hours_before", "demand.gpu_hours_after"}, headline) {
			c.add(path)
		}
		for _, x := range figures {
			if rest, ok := strings.CutPrefix(x.Path, "windows."); ok && slices.ContainsFunc(windowHeadline, func(h string) bool { return strings.HasSuffix(rest, "."+h) && !strings.Contains(rest, "by_") }) {
				c.add(x.Path)
			}
		}
	}
	c.judge()
	return nil
}

// demandChange is the figure that a change of demand is judged by.
const demandChange = "demand.gpu_hours_ratio"

// printComparison prints the comparison: in words, then figure by figure.
func (a *app) printComparison(c *comparison) error {
	if a.format == "json" {
		return a.printJSON(c)
	}
	t := a.newTable()
	t.AppendHeader(table.Row{"figure", "A", "B", "B − A", "from", "to", "change", "verdict"})
	for _, x := range c.Figures {
		row := table.Row{x.Path, plusMinus(x.A), plusMinus(x.B), signed(x.Difference.Mean), "", "", relative(x.Difference.Mean, x.A.Mean), x.Verdict}
		if x.Difference.Known() {
			row[4], row[5] = signed(x.Difference.Lo), signed(x.Difference.Hi)
		}
		t.AppendRow(row)
	}
	if a.format == "csv" {
		return a.printTable(t, "")
	}
	if _, err := fmt.Fprintf(a.stdout, "%s\n\n", c.story()); err != nil {
		return err
	}
	return a.printTable(t, fmt.Sprintf("± and from–to are %.4g %% intervals; verdicts hold for all %d figures together (Holm).", c.Confidence*100, len(c.Figures)))
}

func plusMinus(x stats.Interval) string {
	if !x.Known() || x.Half() == 0 {
		return compact(x.Mean)
	}
	return compact(x.Mean) + " ± " + fewDigits(x.Half(), 2)
}

// compact prints a number with four digits, and all those before the point.
func compact(x float64) string { return fewDigits(x, 4) }

// fewDigits prints a number with so many digits, and all those before the point:
// no exponent for numbers that people can read.
func fewDigits(x float64, digits int) string {
	if a := math.Abs(x); a >= math.Pow10(digits) && a < 1e15 {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'g', digits, 64)
}

// signed prints a difference with its sign.
func signed(x float64) string {
	if x >= 0 {
		return "+" + compact(x)
	}
	return compact(x)
}

// relative prints a difference as a share of what it is a difference from.
func relative(d, of float64) string {
	switch {
	case d == 0:
		return "="
	case of == 0:
		return ""
	}
	return fmt.Sprintf("%+.1f %%", d/math.Abs(of)*100)
}

// story says in words how the systems were compared and what came out.
func (c *comparison) story() string {
	var out strings.Builder
	fmt.Fprintf(&out, "A = %s, B = %s: ", c.A, c.B)
	switch {
	case !c.Paired:
		fmt.Fprintf(&out, "%d and %d runs without a seed in common, compared as independent.", len(c.onlyA), len(c.onlyB))
	case len(c.Seeds) == 1:
		out.WriteString("one run of each, so the size of chance is unknown; --replications shows it.")
	default:
		fmt.Fprintf(&out, "differences of %d pairs of runs that saw the same random numbers.", len(c.Seeds))
	}
	for _, path := range []string{demandChange, mainFigure(c.onlyA[0])} {
		if i := slices.IndexFunc(c.Figures, func(x comparedFigure) bool { return x.Path == path }); i >= 0 {
			out.WriteString("\n" + c.sentence(&c.Figures[i]))
		}
	}
	out.WriteString(c.queueing())
	counts := map[string]int{}
	for _, x := range c.Figures {
		counts[x.Verdict]++
	}
	if n := counts[higherInB] + counts[lowerInB]; c.Figures != nil && c.Figures[0].Difference.Known() {
		fmt.Fprintf(&out, "\nOf %d figures %d differ significantly, %d are not shown to differ, %d are the same.",
			len(c.Figures), n, counts["no difference shown"], counts["the same"])
	}
	return out.String()
}

// queueWait is the figure that a change of queueing is told by.
const queueWait = ".requests.queue_s.p99"

// queueing says how waiting changed from the first window to the last, "" without
// windows.
func (c *comparison) queueing() string {
	var windows []comparedFigure
	for _, x := range c.Figures {
		if strings.HasPrefix(x.Path, "windows.") && strings.HasSuffix(x.Path, queueWait) {
			windows = append(windows, x)
		}
	}
	if len(windows) < 2 {
		return ""
	}
	a, b := windows[0], windows[len(windows)-1]
	return fmt.Sprintf("\nThe wait in the queue, p99, went from %s to %s in A and from %s to %s in B.",
		report.Seconds(a.A.Mean), report.Seconds(b.A.Mean), report.Seconds(a.B.Mean), report.Seconds(b.B.Mean))
}

// sentence says what became of one figure.
func (c *comparison) sentence(x *comparedFigure) string {
	level := fmt.Sprintf("%.4g %%", c.Confidence*100)
	if x.Path == demandChange {
		return fmt.Sprintf("Inference's GPU-hours came to %s× in A and %s× in B what they were before the shock: %s.",
			plusMinus(x.A), plusMinus(x.B), disjoint(x, level))
	}
	d := x.Difference
	switch x.Verdict {
	case "the same":
		return fmt.Sprintf("%s is the same in both, %.5g.", x.Path, x.A.Mean)
	case "one run: unknown":
		return fmt.Sprintf("%s is %.5g in A and %.5g in B.", x.Path, x.A.Mean, x.B.Mean)
	case "no difference shown":
		return fmt.Sprintf("%s is not shown to differ: B − A is %+.3g, with a %s interval from %+.3g to %+.3g.", x.Path, d.Mean, level, d.Lo, d.Hi)
	}
	return fmt.Sprintf("%s is significantly %s: by %.3g (%s), with a %s interval from %+.3g to %+.3g.",
		x.Path, x.Verdict, math.Abs(d.Mean), relative(d.Mean, x.A.Mean), level, d.Lo, d.Hi)
}

// disjoint says on which sides of 1 two ratios lie.
func disjoint(x *comparedFigure, level string) string {
	side := func(i stats.Interval) string {
		switch {
		case !i.Known() || i.Lo <= 1 && i.Hi >= 1:
			return "unclear"
		case i.Mean > 1:
			return "the fleet fills"
		}
		return "the fleet empties"
	}
	a, b := side(x.A), side(x.B)
	switch {
	case !x.A.Known():
		return "one run of each cannot say more"
	case a == "unclear" || b == "unclear":
		return fmt.Sprintf("at %s one of them may be no change at all", level)
	case a == b:
		return fmt.Sprintf("in both %s", a)
	}
	return fmt.Sprintf("in A %s, in B %s, and the %s intervals do not meet", a, b, level)
}
