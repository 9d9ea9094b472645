package cluster_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/placement"
	"github.com/jevons-sim/jevons/sim/scheduler"
)

var update = flag.Bool("update", false, "re-make the golden files")

// job is a gang that runs for a time, and writes down what happens to it.
type job struct {
	world    *world
	name     string
	at       event.Time
	spec     cluster.Spec
	duration event.Time
	gang     *cluster.Gang
	end      event.ID
	started  event.Time
	bar      []byte // a mark per second: . waits, # runs, s saves its state
}

// world is a cluster with jobs known by their durations.
type world struct {
	engine  event.Engine
	ledger  *ledger.Ledger
	cluster *cluster.Cluster
	jobs    []*job
	keep    bool // preempted jobs go on where they were
	log     strings.Builder
}

const (
	submit event.Kind = iota
	finish
)

func newWorld(t testing.TB, nodes, gpus int, cpus int64, p scheduler.Policy) *world {
	t.Helper()
	f, err := fleet.New(fleet.PoolSpec{Name: "main", Nodes: []fleet.NodeSpec{{Count: nodes, GPUs: gpus, CPUMilli: 1000 * cpus}}})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{ledger: ledger.New(int64(nodes*gpus) * ledger.MilliPerGPU)}
	w.cluster = cluster.New(&w.engine, f, w.ledger, p)
	return w
}

func (w *world) add(j *job) {
	j.world = w
	j.spec.Name, j.spec.Class = j.name, ledger.Jobs
	w.jobs = append(w.jobs, j)
	w.engine.At(j.at, event.ClassArrival, j, submit, 0)
}

func (j *job) Handle(_ *event.Engine, ev event.Event) {
	w := j.world
	if ev.Kind == finish {
		fmt.Fprintf(&w.log, "%4d %s ends\n", ev.Time/event.Second, j.name)
		w.cluster.Finish(ev.Time, j.gang)
		return
	}
	g, err := w.cluster.Submit(ev.Time, j.spec, j)
	if err != nil {
		fmt.Fprintf(&w.log, "%4d %s refused: %v\n", ev.Time/event.Second, j.name, err)
		return
	}
	j.gang = g
}

func (j *job) Start(now event.Time, g *cluster.Gang) {
	w := j.world
	w.cluster.SetAccount(now, g, ledger.Batch)
	j.started = now
	var nodes []string
	for _, s := range g.Placement().Slots {
		nodes = append(nodes, fmt.Sprintf("%d:%b", s.Node, s.GPUs))
	}
	fmt.Fprintf(&w.log, "%4d %s starts on %s\n", now/event.Second, j.name, strings.Join(nodes, " "))
	j.end = w.engine.At(now+j.duration, event.ClassEnd, j, finish, 0)
}

func (j *job) Preempt(now event.Time, g *cluster.Gang) {
	w := j.world
	fmt.Fprintf(&w.log, "%4d %s is preempted\n", now/event.Second, j.name)
	w.engine.Cancel(j.end)
	if w.keep {
		j.duration -= now - j.started
		if e := g.Estimate(); e > 0 {
			g.SetEstimate(max(e-(now-j.started), event.Second))
		}
	}
}

// storyLine is a line of a story: words, some of them followed by a number.
type storyLine struct {
	t    *testing.T
	text string
}

func (l storyLine) words() []string { return strings.Fields(l.text) }

func (l storyLine) has(word string) bool { return slices.Contains(l.words(), word) }

// after returns the word after another one, "" if there is none.
func (l storyLine) after(name string) string {
	words := l.words()
	if i := slices.Index(words, name); i >= 0 && i+1 < len(words) {
		return words[i+1]
	}
	return ""
}

// number returns the number after a word, otherwise if there is none.
func (l storyLine) number(name string, otherwise int64) int64 {
	text := l.after(name)
	if text == "" {
		return otherwise
	}
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		l.t.Fatalf("%q: %v", l.text, err)
	}
	return v
}

func (l storyLine) seconds(name string) event.Time {
	return event.Time(l.number(name, 0)) * event.Second
}

// parseStory reads a story: the fleet, the policy and tenants with quotas, then
// the jobs; everything after the line "---" is the expected outcome.
func parseStory(t *testing.T, text string) *world {
	t.Helper()
	var policy scheduler.Policy
	var nodes, gpus, cpus int64
	keep := false
	var jobs []*job
	for _, line := range strings.Split(text, "\n") {
		l := storyLine{t, line}
		words := l.words()
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		switch words[0] {
		case "fleet":
			nodes, gpus, cpus = l.number("nodes", 0), l.number("gpus", 0), l.number("cpus", 0)
		case "policy":
			tenants := policy.Tenants
			policy = parsePolicy(l)
			policy.Tenants = tenants
			keep = l.has("keep")
		case "tenant":
			policy.Tenants = append(policy.Tenants, parseTenant(l))
		case "job":
			j := &job{name: words[1], at: l.seconds("at"), duration: l.seconds("runs")}
			j.spec = cluster.Spec{
				Workers: int(l.number("workers", 0)), GPUsPerWorker: int(l.number("gpus", 0)), GPUMilli: int(l.number("milli", 0)),
				CPUMilli: 1000 * l.number("cpus", 0), Priority: int32(l.number("priority", 0)), Estimate: l.seconds("estimate"),
				Preemptible: l.has("preemptible"), Tenant: l.after("tenant"), Deadline: l.seconds("deadline"),
			}
			jobs = append(jobs, j)
		default:
			t.Fatalf("cannot read %q", line)
		}
	}
	w := newWorld(t, int(nodes), int(gpus), cpus, policy)
	w.keep = keep
	for _, j := range jobs {
		w.add(j)
	}
	return w
}

func parsePolicy(l storyLine) (p scheduler.Policy) {
	var o scheduler.Options
	for _, q := range strings.Split(l.after("queues"), ",") {
		if v, err := strconv.Atoi(q); err == nil {
			o.Queues = append(o.Queues, event.Time(v)*event.Second)
		}
	}
	o.HalfLife, o.Promote = l.seconds("half-life"), float64(l.number("promote", 0))
	p.HalfLife, p.Grace, p.PreemptExempt = o.HalfLife, l.seconds("grace"), l.seconds("exempt")
	var err error
	if p.Order, err = scheduler.ParseOrder(l.words()[1], o); err != nil {
		l.t.Fatal(err)
	}
	if p.Backfill, err = scheduler.ParseBackfill(l.words()[2]); err != nil {
		l.t.Fatal(err)
	}
	if name := l.after("preemption"); name != "" {
		if p.Preempt, err = scheduler.ParsePreemption(name); err != nil {
			l.t.Fatal(err)
		}
	}
	if name := l.after("placement"); name != "" {
		if p.Placement, err = placement.Parse(name, 1); err != nil {
			l.t.Fatal(err)
		}
	}
	return p
}

// parseTenant reads a tenant with a quota of GPUs.
func parseTenant(l storyLine) scheduler.TenantSpec {
	t := scheduler.TenantSpec{Name: l.words()[1], Weight: float64(l.number("weight", 1)), Cohort: l.after("cohort")}
	if l.has("reclaim") {
		t.Reclaim = scheduler.ReclaimAny
	}
	if l.has("nominal") {
		limit := scheduler.Limit{Pool: -1}
		for r := range limit.Nominal {
			limit.Nominal[r], limit.Borrow[r], limit.Lend[r] = scheduler.Unlimited, scheduler.Unlimited, scheduler.Unlimited
		}
		limit.Nominal[scheduler.GPUs] = 1000 * l.number("nominal", 0)
		limit.Borrow[scheduler.GPUs] = 1000 * l.number("borrow", scheduler.Unlimited/1000)
		limit.Lend[scheduler.GPUs] = 1000 * l.number("lend", scheduler.Unlimited/1000)
		t.Limits = []scheduler.Limit{limit}
	}
	return t
}

// gantt plays the story and draws it, one mark a second.
func (w *world) gantt(t *testing.T) string {
	t.Helper()
	for now := event.Time(0); w.engine.Pending() > 0; now += event.Second {
		w.engine.RunUntil(now, nil)
		for _, j := range w.jobs {
			mark := byte(' ')
			if j.gang != nil {
				switch j.gang.State {
				case cluster.Waiting:
					mark = '.'
				case cluster.Running:
					mark = '#'
				case cluster.Saving:
					mark = 's'
				}
			}
			j.bar = append(j.bar, mark)
		}
		if now > 10_000*event.Second {
			t.Fatal("the story does not end")
		}
	}
	if err := w.ledger.Check(w.engine.Now()); err != nil {
		t.Error(err)
	}
	var out strings.Builder
	for _, j := range w.jobs {
		fmt.Fprintf(&out, "%-4s %s\n", j.name, strings.TrimRight(string(j.bar), " "))
	}
	return w.log.String() + "\n" + out.String()
}

// TestStories plays hand-worked schedules: testdata/*.txt.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			story, want, _ := strings.Cut(string(data), "---\n")
			got := parseStory(t, story).gantt(t)
			if *update {
				if err := os.WriteFile(file, []byte(story+"---\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("the schedule differs (-want +got):\n%s", d)
			}
		})
	}
}
