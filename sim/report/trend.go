package report

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/parquet-go/parquet-go"

	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
)

// Trend is how a run went over time, for the terminal. It hands all rows on to
// the recorder it wraps.
type Trend struct {
	result.Recorder
	ledger         intervals // GPU-seconds of the fleet, of gangs, of those that computed
	waiting, rates []sample
}

// sample is a value at an instant, or the mean of the time before it.
type sample struct {
	at int64
	v  float64
}

// intervals is GPU time by sample interval.
type intervals struct {
	ends            []int64
	all, held, busy []float64
}

// NewTrend returns a trend that hands rows on.
func NewTrend(next result.Recorder) *Trend { return &Trend{Recorder: next} }

var _ result.Recorder = (*Trend)(nil)

// busyAccounts are the names of accounts in which GPUs compute.
var busyAccounts = func() map[string]bool {
	m := map[string]bool{}
	for a := range ledger.Account(ledger.NumAccounts) {
		m[a.String()] = a.Busy()
	}
	return m
}()

// Ledger implements result.Recorder.
func (t *Trend) Ledger(r *result.LedgerRow) error {
	t.account(r.To, r.Class, r.Account, r.GPUTime.Seconds())
	return t.Recorder.Ledger(r)
}

func (t *Trend) account(to int64, class, account string, seconds float64) {
	if account == ledger.Absent.String() {
		return
	}
	x := &t.ledger
	if n := len(x.ends); n == 0 || x.ends[n-1] != to {
		x.ends, x.all, x.held, x.busy = append(x.ends, to), append(x.all, 0), append(x.held, 0), append(x.busy, 0)
	}
	n := len(x.ends) - 1
	x.all[n] += seconds
	if class != ledger.Nobody.String() {
		x.held[n] += seconds
	}
	if busyAccounts[account] {
		x.busy[n] += seconds
	}
}

// Series implements result.Recorder.
func (t *Trend) Series(r *result.SeriesRow) error {
	t.series(r)
	return t.Recorder.Series(r)
}

func (t *Trend) series(r *result.SeriesRow) {
	switch r.Metric {
	case "jobs_waiting":
		t.waiting = append(t.waiting, sample{r.Time, r.Value})
	case "requests_per_s":
		t.rates = append(t.rates, sample{r.Time, r.Value})
	}
}

// ReadTrend reads the trend of a results directory.
func ReadTrend(dir string) (*Trend, error) {
	t := NewTrend(result.Discard{})
	err := errors.Join(
		readRows(filepath.Join(dir, "ledger.parquet"), func(r *ledgerFileRow) { t.account(r.To, r.Class, r.Account, r.seconds()) }),
		readRows(filepath.Join(dir, "timeseries.parquet"), t.series))
	return t, err
}

// readRows calls f for every row of a Parquet file.
func readRows[T any](path string, f func(*T)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	r := parquet.NewGenericReader[T](file)
	defer r.Close()
	batch := make([]T, batchRows)
	for {
		n, err := r.Read(batch)
		for i := range n {
			f(&batch[i])
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("reading %s: %w", path, err)
		}
	}
}

// sparkWidth is the width of a sparkline in characters.
const sparkWidth = 40

var sparks = []rune("▁▂▃▄▅▆▇█")

// sparkline draws values as blocks, from lo to hi; those beyond are drawn as
// these. Accounts can be below zero in an interval, where a preemption undoes
// the work of an earlier one. Spans without a value are blank.
func sparkline(values []float64, lo, hi float64) string {
	var b strings.Builder
	for _, v := range values {
		switch {
		case math.IsNaN(v):
			b.WriteByte(' ')
		case hi <= lo:
			b.WriteRune(sparks[0])
		default:
			b.WriteRune(sparks[max(0, min(int((v-lo)/(hi-lo)*float64(len(sparks))), len(sparks)-1))])
		}
	}
	return b.String()
}

// spread returns the means of samples over equal spans from zero to the last,
// weighted by the time each stands for; NaN where there is none.
func spread(samples []sample) []float64 {
	n := min(sparkWidth, len(samples))
	out := make([]float64, n)
	if n == 0 {
		return out
	}
	width := float64(samples[len(samples)-1].at) / float64(n)
	weight := make([]float64, n)
	from := 0.0
	for _, s := range samples {
		to := float64(s.at)
		for i := min(int(from/width), n-1); i < n && float64(i)*width < to; i++ {
			w := min(to, float64(i+1)*width) - max(from, float64(i)*width)
			out[i] += s.v * w
			weight[i] += w
		}
		from = to
	}
	for i := range out {
		if weight[i] <= 0 {
			out[i] = math.NaN()
		} else {
			out[i] /= weight[i]
		}
	}
	return out
}

// share returns part of whole by interval.
func (x *intervals) share(part []float64) []sample {
	out := make([]sample, 0, len(part))
	for i, v := range part {
		if x.all[i] > 0 {
			out = append(out, sample{x.ends[i], v / x.all[i]})
		}
	}
	return out
}

// Print writes the trend as sparklines with their range, for people only: in
// the format table or markdown. A run of one sample has none.
func (t *Trend) Print(w io.Writer, f Format) error {
	if f != Table && f != Markdown || len(t.ledger.ends) < 2 {
		return nil
	}
	out := table.NewWriter()
	style := table.StyleLight
	style.Options = table.OptionsNoBordersAndSeparators
	style.Format.Header = text.FormatDefault
	out.SetStyle(style)
	out.AppendHeader(table.Row{"", "over time", "least – greatest"})
	add := func(name string, samples []sample, print func(float64) string, whole float64) {
		values := spread(samples)
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, s := range samples {
			lo, hi = min(lo, max(0, s.v)), max(hi, s.v) // below zero only by undone work, as above
		}
		if len(samples) == 0 || hi == 0 {
			return
		}
		out.AppendRow(table.Row{name, sparkline(values, 0, max(hi, whole)), print(lo) + " – " + print(hi)})
	}
	add("held by gangs", t.ledger.share(t.ledger.held), Percent, 1)
	add("computing", t.ledger.share(t.ledger.busy), Percent, 1)
	add("jobs waiting", t.waiting, Number, 0)
	add("requests/s", t.rates, short, 0)
	body := out.Render()
	if f == Markdown {
		body = out.RenderMarkdown()
	}
	_, err := fmt.Fprintf(w, "\n%s\n", trimLines(body))
	return err
}
