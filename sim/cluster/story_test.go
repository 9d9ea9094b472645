package cluster_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
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
	bar      []byte // a mark per second: . waits, # runs
}

// world is a cluster with jobs known by their durations.
type world struct {
	engine  event.Engine
	ledger  *ledger.Ledger
	cluster *cluster.Cluster
	jobs    []*job
	log     strings.Builder
}

const (
	submit event.Kind = iota
	finish
)

func newWorld(t testing.TB, nodes, gpus int, p scheduler.Policy) *world {
	t.Helper()
	f, err := fleet.New(fleet.PoolSpec{Name: "main", Nodes: []fleet.NodeSpec{{Count: nodes, GPUs: gpus}}})
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

func (j *job) Preempt(now event.Time, _ *cluster.Gang) {
	fmt.Fprintf(&j.world.log, "%4d %s is preempted\n", now/event.Second, j.name)
	j.world.engine.Cancel(j.end)
}

// parseStory reads a story: a line for the fleet, one for the policy, then the
// jobs; everything after the line "---" is the expected outcome.
func parseStory(t *testing.T, text string) *world {
	t.Helper()
	var w *world
	nodes, gpus := 0, 0
	for _, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		option := func(name string) (v int) {
			for i, x := range words {
				if x == name {
					if _, err := fmt.Sscan(words[i+1], &v); err != nil {
						t.Fatalf("%q: %v", line, err)
					}
				}
			}
			return v
		}
		switch words[0] {
		case "fleet":
			nodes, gpus = option("nodes"), option("gpus")
		case "policy":
			order, err := scheduler.ParseOrder(words[1], scheduler.Options{})
			if err != nil {
				t.Fatal(err)
			}
			backfill, err := scheduler.ParseBackfill(words[2])
			if err != nil {
				t.Fatal(err)
			}
			policy := scheduler.Policy{Order: order, Backfill: backfill}
			if strings.Contains(line, "preemption") {
				policy.Preempt = scheduler.PriorityPreemption
			}
			if _, name, ok := strings.Cut(line, "placement "); ok {
				if policy.Placement, err = placement.Parse(name, 1); err != nil {
					t.Fatal(err)
				}
			}
			w = newWorld(t, nodes, gpus, policy)
		case "job":
			j := &job{name: words[1], at: event.Time(option("at")) * event.Second, duration: event.Time(option("runs")) * event.Second}
			j.spec = cluster.Spec{
				Workers: option("workers"), GPUsPerWorker: option("gpus"), GPUMilli: option("milli"), Priority: int32(option("priority")),
				Estimate: event.Time(option("estimate")) * event.Second, Preemptible: strings.Contains(line, "preemptible"),
			}
			w.add(j)
		default:
			t.Fatalf("cannot read %q", line)
		}
	}
	return w
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
