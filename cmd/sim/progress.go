package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
)

// progressMode says when progress is shown.
type progressMode uint8

const (
	progressOnTerminal progressMode = iota
	progressAlways
	progressNever
)

// progressFlag is a boolean flag that sets the mode.
type progressFlag struct {
	mode *progressMode
	to   progressMode
}

// String implements pflag.Value.
func (f *progressFlag) String() string {
	return strconv.FormatBool(f.mode != nil && *f.mode == f.to)
}

// Set implements pflag.Value.
func (f *progressFlag) Set(text string) error {
	on, err := strconv.ParseBool(text)
	if err != nil {
		return fmt.Errorf("want true or false, found %q", text)
	}
	if on {
		*f.mode = f.to
	}
	return nil
}

// Type implements pflag.Value.
func (f *progressFlag) Type() string { return "bool" }

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// progressBar shows how far runs are: simulated time, speed and time to go. A
// nil bar shows nothing.
type progressBar struct {
	container *mpb.Progress
	bar       *mpb.Bar
	total     event.Time
	now       atomic.Int64 // simulated time of all runs together
	began     time.Time
	ended     bool
}

// progressInterval is how often the bar changes: more often is not seen.
const progressInterval = 100 * time.Millisecond

// newProgress returns a bar for runs of that much simulated time together, or
// nil when none is to be shown.
func (a *app) newProgress(label string, total event.Time) *progressBar {
	if !a.showsProgress() {
		return nil
	}
	terminal := isTerminal(a.stderr)
	p := &progressBar{total: total, began: time.Now()}
	p.container = mpb.New(
		mpb.WithOutput(a.stderr), mpb.WithRefreshRate(progressInterval),
		mpb.ContainerOptional(mpb.ForceAutoRefresh(), !terminal),
		mpb.ContainerOptional(mpb.WithWidth(100), !terminal),
	)
	p.bar = p.container.New(int64(total),
		mpb.BarStyle().Lbound("").Filler("█").Tip("█").Padding("░").Rbound(""),
		mpb.BarWidth(18),
		mpb.PrependDecorators(decor.Name(label+"  ")),
		mpb.AppendDecorators(decor.Any(func(s decor.Statistics) string { return p.status(event.Time(s.Current)) })),
	)
	return p
}

// run returns what one run calls with its simulated time, or nil. It is cheap
// enough to be called every few thousand events.
func (p *progressBar) run() func(now, horizon event.Time) {
	if p == nil {
		return nil
	}
	var last event.Time
	var shown time.Time
	return func(now, _ event.Time) {
		t := time.Now()
		if t.Sub(shown) < progressInterval {
			return
		}
		p.bar.SetCurrent(p.now.Add(int64(now - last)))
		last, shown = now, t
	}
}

// done completes the bar, or takes it off when the runs did not end well. Only
// the first call counts.
func (p *progressBar) done(err error) {
	if p == nil || p.ended {
		return
	}
	p.ended = true
	if err != nil {
		p.bar.Abort(true)
	} else {
		p.bar.SetCurrent(int64(p.total))
	}
	p.container.Wait()
}

// status prints simulated time, speed and time to go.
func (p *progressBar) status(now event.Time) string {
	elapsed := time.Since(p.began).Seconds()
	if now <= 0 || elapsed <= 0 {
		return " 0/" + units.FormatDuration(p.total)
	}
	speed := now.Seconds() / elapsed
	left := time.Duration((p.total - now).Seconds() / speed * float64(time.Second)).Round(time.Second)
	return fmt.Sprintf(" %s/%s  %s× real time  ETA %s", roughly(now), units.FormatDuration(p.total), thousands(speed), left)
}

// roughly prints an instant without the digits that nobody reads.
func roughly(t event.Time) string {
	unit := event.Millisecond
	switch {
	case t >= event.Day:
		unit = event.Hour
	case t >= event.Hour:
		unit = event.Minute
	case t >= event.Minute:
		unit = event.Second
	}
	return units.FormatDuration(t - t%unit)
}

// thousands prints a speed with two significant digits and commas.
func thousands(x float64) string {
	if x < 10 {
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	scale := int64(1)
	for v := int64(x); v >= 100; v /= 10 {
		scale *= 10
	}
	digits := strconv.FormatInt(int64(x)/scale*scale, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// showsProgress reports whether commands show how far they are: on a terminal
// unless told otherwise.
func (a *app) showsProgress() bool {
	return isTerminal(a.stderr) && a.progress != progressNever || a.progress == progressAlways
}

// count returns a function that shows on stderr how many of something are done,
// nil if progress is not shown, and one that ends the line.
func (a *app) count(what string) (progress func(done, of int), end func()) {
	if !a.showsProgress() {
		return nil, func() {}
	}
	return func(done, of int) { fmt.Fprintf(a.stderr, "\r%d of %d %s", done, of, what) }, func() { fmt.Fprintln(a.stderr) }
}
