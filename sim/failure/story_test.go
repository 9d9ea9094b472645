package failure_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/failure"
	"github.com/jevons-sim/jevons/sim/ledger"
)

var update = flag.Bool("update", false, "re-make the golden files")

// TestStory draws what becomes of two gangs on five nodes, one of them a
// spare, whose nodes fail, and which a drain empties.
func TestStory(t *testing.T) {
	c := failure.Config{Spares: 1, Until: 100 * event.Minute}
	c.Laws[failure.Node] = failure.Law{MTBF: 100 * event.Minute, Detection: constant(300), Repair: constant(1500)}
	c.Drains = []failure.Drain{{At: 50 * event.Minute, Duration: 15 * event.Minute, First: 0, Nodes: 1}}
	w := newWorld(t, 5, 8, 0, c)
	var gangs []*cluster.Gang
	for _, j := range []struct {
		name    string
		workers int
		length  event.Time
	}{{"wide", 3, 30 * event.Minute}, {"small", 1, 60 * event.Minute}} {
		g, err := w.runner.Submit(0, cluster.Spec{Name: j.name, Workers: j.workers, GPUsPerWorker: 8}, j.length)
		if err != nil {
			t.Fatal(err)
		}
		gangs = append(gangs, g)
	}
	bars := make([]strings.Builder, len(gangs)+2)
	for now := event.Time(0); now < c.Until; now += event.Minute {
		w.engine.RunUntil(now, nil)
		for i, g := range gangs {
			bars[i].WriteByte(map[cluster.State]byte{cluster.Waiting: '.', cluster.Running: '#', cluster.Hung: 'x', cluster.Finished: ' '}[g.State])
		}
		for i, a := range []ledger.Account{ledger.Down, ledger.IdleReserved} {
			fmt.Fprint(&bars[len(gangs)+i], w.ledger.Held(0, ledger.Key{Class: ledger.Nobody, Account: a})/(8*ledger.MilliPerGPU))
		}
	}
	w.check(t)
	got := "5 nodes, one a spare; nodes fail, are noticed after 5 min and mended after 25; node 0 is drained from 50 to 65 min.\n" +
		"One mark a minute: . waits, # runs, x hangs; nodes down and held as spares.\n\n"
	for i, name := range []string{"wide", "small", "down", "spare"} {
		got += fmt.Sprintf("%-6s%s\n", name, strings.TrimRight(bars[i].String(), " "))
	}
	got += fmt.Sprintf("\n%s%+v\n", w.log.String(), w.process.Stats())
	const file = "testdata/story.txt"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}
