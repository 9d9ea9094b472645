package validate

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/jevons-sim/jevons/sim/perf"
)

// ServingData is a table of measurements of real servers, each of which can be
// simulated as it was measured.
type ServingData struct {
	cases []*servingCase
}

// servingCase is one server under one load, and what was measured.
type servingCase struct {
	id     string
	model  string
	gpu    string
	engine string
	group  map[string]string
	test   func(c perf.Calibration) (*loadTest, error)
	stages []measuredStage
	unlike string // why it cannot be simulated as it was measured; "" = it can
}

// measuredStage is what was measured of one stage of a load test, or of
// several together.
type measuredStage struct {
	name   string
	stages []int // of the test
	values []measuredValue
}

type measuredValue struct {
	metric string
	value  float64
	id     string // of the row, where not the case's
}

// ReadServing reads a table of measurements, in the columns of the published
// vLLM load tests (one row a stage) or of published throughputs (one row a
// figure), or results of vLLM's load generator (JSON); which, their first line
// tells. Models that are not in the catalogue may be given, and what results do
// not say of their server.
func ReadServing(file string, r io.Reader, models Models, server map[string]string) (*ServingData, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return readBench(file, bytes.NewReader(text), models, server)
	}
	header, _, _ := bytes.Cut(text, []byte("\n"))
	columns := bytes.Split(bytes.TrimSpace(header), []byte(","))
	if slices.ContainsFunc(columns, func(c []byte) bool { return string(c) == "metric" }) {
		return readPublished(file, bytes.NewReader(text), models)
	}
	experiments, err := readExperiments(file, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	d := &ServingData{}
	for _, x := range experiments {
		d.cases = append(d.cases, x.servingCase(models))
	}
	return d, nil
}

// Models returns the names of the models measured, in order of appearance.
func (d *ServingData) Models() []string {
	return d.distinct(func(c *servingCase) string { return c.model })
}

// GPUs returns the GPUs measured.
func (d *ServingData) GPUs() []string {
	return d.distinct(func(c *servingCase) string { return c.gpu })
}

func (d *ServingData) distinct(of func(*servingCase) string) []string {
	var names []string
	for _, c := range d.cases {
		if name := of(c); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Where returns the measurements of some models and GPUs.
func (d *ServingData) Where(keep func(model, gpu, engine string) bool) *ServingData {
	var kept ServingData
	for _, c := range d.cases {
		if keep(c.model, c.gpu, c.engine) {
			kept.cases = append(kept.cases, c)
		}
	}
	return &kept
}

// Comparable returns the measurements that are described well enough to be
// repeated.
func (d *ServingData) Comparable() *ServingData {
	var kept ServingData
	for _, c := range d.cases {
		if c.unlike == "" {
			kept.cases = append(kept.cases, c)
		}
	}
	return &kept
}

// Len returns the number of servers measured.
func (d *ServingData) Len() int { return len(d.cases) }

// ServingOptions says how measurements are simulated.
type ServingOptions struct {
	// Calibration returns the coefficients of an engine, as tables name it.
	Calibration func(engine string) perf.Calibration
	Seed        uint64
	// Replications is how often a test with random arrivals is played, with seeds
	// that count up from Seed; predictions are medians. 0 = once.
	Replications int
	Workers      int
	// Tolerances are the largest mean absolute errors that pass, in percent, by
	// metric; a metric without one always passes.
	Tolerances       map[string]float64
	IncludeSaturated bool
	// Progress, if not nil, is called when a server is done.
	Progress func(done, of int)
}

// Serving simulates every measurement and reports the errors. A row that cannot
// be simulated says why. Saturated stages stand in the rows but not in the
// summary, unless they are to be included.
func Serving(ctx context.Context, d *ServingData, o ServingOptions) (*Report, error) {
	rows := make([][]Row, len(d.cases))
	errs := make([]error, len(d.cases))
	var mu sync.Mutex
	done := 0
	each(max(1, o.Workers), len(d.cases), func(i int) {
		rows[i], errs[i] = d.cases[i].compare(ctx, &o)
		if o.Progress != nil {
			mu.Lock()
			done++
			o.Progress(done, len(d.cases))
			mu.Unlock()
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("validating serving: %w", err)
	}
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return servingReport(slices.Concat(rows...), &o), nil
}

// each calls f for 0 … n−1 from several goroutines.
func each(workers, n int, f func(i int)) {
	var group sync.WaitGroup
	next := make(chan int)
	for range min(workers, n) {
		group.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
}

// compare simulates a case.
func (c *servingCase) compare(ctx context.Context, o *ServingOptions) ([]Row, error) {
	if c.unlike != "" {
		return c.notComparable(), nil
	}
	test, plays, err := c.play(ctx, o)
	var rows []Row
	for _, s := range c.stages {
		var measured []*stageResult
		for _, results := range plays {
			measured = append(measured, together(results, s.stages))
		}
		for _, v := range s.values {
			row := Row{ID: cmp.Or(v.id, c.id), Group: c.groupOf(s.name), Metric: v.metric, Actual: v.value, OK: true}
			if err != nil {
				row.Skipped, row.OK = err.Error(), false
				rows = append(rows, row)
				continue
			}
			if ctx.Err() != nil {
				return nil, nil
			}
			row.predict(measured, v.metric, test)
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// predict sets the median of what several plays measured of a metric: where a
// percentile depends on whether requests queue at all, their mean would be what
// hardly any of them shows.
func (row *Row) predict(plays []*stageResult, metric string, test *loadTest) {
	saturated := 0
	values := make([]float64, len(plays))
	for i, r := range plays {
		values[i], row.Unit = r.figure(metric, test)
		if r.saturated() {
			saturated++
		}
	}
	slices.Sort(values)
	n := len(values)
	row.Predicted = (values[(n-1)/2] + values[n/2]) / 2
	if n > 1 {
		row.Range = []float64{values[0], values[n-1]}
	}
	row.ErrorPct = errorPct(row.Predicted, row.Actual)
	row.Saturated = 2*saturated > n
}

// play simulates the test of a case, several times if chance plays a part, and
// returns what each time was measured by stage.
func (c *servingCase) play(ctx context.Context, o *ServingOptions) (test *loadTest, plays [][]stageResult, err error) {
	if test, err = c.test(o.Calibration(c.engine)); err != nil {
		return nil, nil, err
	}
	for i := range uint64(max(1, o.Replications)) {
		results, err := test.run(ctx, o.Seed+i)
		if err != nil {
			return nil, nil, err
		}
		plays = append(plays, results)
		if !test.random() {
			break
		}
	}
	return test, plays, nil
}

// notComparable returns the rows of a case that cannot be simulated as it was
// measured.
func (c *servingCase) notComparable() []Row {
	var rows []Row
	for _, s := range c.stages {
		for _, v := range s.values {
			rows = append(rows, Row{ID: c.id, Group: c.groupOf(s.name), Metric: v.metric, Actual: v.value, NotComparable: c.unlike, OK: true})
		}
	}
	return rows
}

func (c *servingCase) groupOf(stage string) map[string]string {
	g := map[string]string{"model": c.model, "gpu": c.gpu, "stage": stage}
	for k, v := range c.group {
		g[k] = v
	}
	return g
}

// together returns what several stages measured, taken as one.
func together(results []stageResult, stages []int) *stageResult {
	if len(stages) == 1 {
		return &results[stages[0]]
	}
	first := &results[stages[0]]
	sum := &stageResult{first: first.first, last: first.last, open: first.open}
	for _, i := range stages {
		sum.merge(&results[i])
	}
	return sum
}

// ServingReport sums up rows of several comparisons.
func ServingReport(rows []Row) *Report { return servingReport(rows, &ServingOptions{}) }

// servingReport sums up the rows: all of them, then by what they have in
// common. Rows over all stages of an experiment are sums of other rows and
// count in none.
func servingReport(rows []Row, o *ServingOptions) *Report {
	r := &Report{Kind: "serving", OK: true, Rows: rows}
	for _, row := range rows {
		r.OK = r.OK && row.Skipped == ""
	}
	counted := func(row *Row) bool {
		return row.Compared() && row.Group["stage"] != allStages && (!row.Saturated || o.IncludeSaturated)
	}
	r.summarise(rows, counted, func(*Row) string { return "all" }, o.Tolerances)
	for _, key := range []string{"load", "source", "engine", "model", "gpu", "workload", "lengths"} {
		r.summarise(rows, counted, func(row *Row) string {
			if v, ok := row.Group[key]; ok {
				return key + "=" + v
			}
			return ""
		}, nil)
	}
	return r
}

// allStages marks rows that sum up an experiment's stages.
const allStages = "all"
