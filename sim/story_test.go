package sim_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jevons-sim/jevons/sim"
	"github.com/jevons-sim/jevons/sim/ledger"
	"github.com/jevons-sim/jevons/sim/result"
)

var update = flag.Bool("update", false, "re-make the golden files")

// TestADayOnOneFleet tells what a day of inference, training and RL on one
// fleet looks like: the picture, the events and the accounts in the golden file
// are for people to follow.
func TestADayOnOneFleet(t *testing.T) {
	text, err := os.ReadFile("testdata/day-and-night.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, r := run(t, sim.Options{Check: true}, string(text))
	checkLedger(t, s, r)
	var b bytes.Buffer
	picture(&b, r, 6, 24*time.Hour, 15*time.Minute)
	events(&b, r)
	accounts(&b, s)
	const golden = "testdata/day-and-night.txt"
	if *update {
		if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("the day is another one (-golden +now); re-make it with -update if that is meant:\n%s", d)
	}
	// What the story is about has to happen in it.
	ends := map[string]int{}
	for _, p := range r.placements {
		ends[p.Name+" "+p.End]++
	}
	if s.RL.Returns == 0 || ends["night preempted"] == 0 || ends["pretrain preempted"] == 0 || ends["pretrain resized"] == 0 || ends["grpo finished"] != 1 {
		t.Errorf("stays by gang and end: %v", ends)
	}
}

// picture draws who holds each node in the middle of each column: the first
// letter of the gang's name, b for those that grpo borrows for, a dot for nobody.
func picture(b *bytes.Buffer, r *rows, nodes int, day, column time.Duration) {
	columns := int(day / column)
	fmt.Fprintf(b, "The scenario is day-and-night.yaml.\n\nWho holds the nodes by the hour: chat, pretrain, grpo, night, borrowed by grpo; a column is %v\n\n         ", column)
	for h := 0; h < int(day/time.Hour); h += 2 {
		fmt.Fprintf(b, "%-*d", int(2*time.Hour/column), h)
	}
	fmt.Fprintln(b)
	for n := range nodes {
		line := bytes.Repeat([]byte("."), columns)
		for _, p := range r.placements {
			if p.Name == "" || int(p.NodeFrom) > n || int(p.NodeTo) < n {
				continue
			}
			for i := range line {
				if mid := int64(column) * int64(2*i+1) / 2; p.From <= mid && mid < p.To {
					if line[i] = p.Name[0]; strings.Contains(p.Name, "/borrowed") {
						line[i] = 'b'
					}
				}
			}
		}
		fmt.Fprintf(b, "node %d   %s\n", n, line)
	}
	rates := r.values("requests_per_s")
	fmt.Fprint(b, "\nchat/s   ")
	for h := 0; h < int(day/time.Hour); h += 2 {
		fmt.Fprintf(b, "%-*.1f", int(2*time.Hour/column), rates[2*h])
	}
	fmt.Fprintln(b)
}

// events lists who came and who went, in order.
func events(b *bytes.Buffer, r *rows) {
	type happening struct {
		at   int64
		rank int // ends before starts
		text string
	}
	var all []happening
	for _, s := range stays(r) {
		all = append(all, happening{s.From, 1, fmt.Sprintf("%s takes %s", s.Name, s.names())})
		if s.End != "unfinished" {
			all = append(all, happening{s.To, 0, fmt.Sprintf("%s leaves %s: %s", s.Name, s.names(), s.End)})
		}
	}
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i], all[j]
		return a.at < b.at || a.at == b.at && a.rank < b.rank
	})
	fmt.Fprintln(b, "\nWhat happens")
	fmt.Fprintln(b)
	for _, h := range all {
		fmt.Fprintf(b, "%s  %s\n", clock(h.at), h.text)
	}
}

// together is one stay of a gang, over all of its nodes.
type together struct {
	result.PlacementRow
	nodes []string
}

func stays(r *rows) (all []together) {
	for _, p := range r.placements {
		if p.Name == "" {
			continue
		}
		i := slices.IndexFunc(all, func(o together) bool { return o.Gang == p.Gang && o.From == p.From && o.To == p.To })
		if i < 0 {
			i = len(all)
			all = append(all, together{PlacementRow: p})
		}
		for n := p.NodeFrom; n <= p.NodeTo; n++ {
			all[i].nodes = append(all[i].nodes, fmt.Sprint(n))
		}
	}
	return all
}

// names lists nodes.
func (s *together) names() string {
	if len(s.nodes) == 1 {
		return "node " + s.nodes[0]
	}
	return "nodes " + strings.Join(s.nodes, ", ")
}

func clock(ns int64) string {
	s := ns / 1e9
	return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
}

// accounts writes where the GPU time went, and what came of it.
func accounts(b *bytes.Buffer, s *result.Summary) {
	fmt.Fprintln(b, "\nWhere the GPU-hours went")
	fmt.Fprintln(b)
	for _, class := range []ledger.Class{ledger.Inference, ledger.Training, ledger.RL, ledger.Nobody} {
		fmt.Fprintf(b, "%-10s %8.1f", class, s.Ledger.Class(class).Hours())
		sep := " = "
		byAccount := s.Ledger.ByClass[class.String()]
		for _, a := range slices.Sorted(maps.Keys(byAccount)) {
			fmt.Fprintf(b, "%s%.1f %s", sep, byAccount[a].Hours(), a)
			sep = " + "
		}
		fmt.Fprintln(b)
	}
	fmt.Fprintf(b, "\nchat      %d requests, %.1f %% within their SLO\n", s.Requests.Completed, 100*s.Requests.SLOAttainment)
	fmt.Fprintf(b, "training  %d steps, ETTR %.3f, %d preemptions\n", s.Training.Steps, s.Training.ETTR, s.Training.Preemptions)
	fmt.Fprintf(b, "borrowed  %.1f GPU-hours by %d loans, %d of them called back, %d samples moved\n", s.RL.BorrowedGPUS.Hours(), s.RL.Loans, s.RL.Returns, s.RL.SamplesMoved)
	fmt.Fprintf(b, "rl        %d steps, %d samples used, %d complete ones lost to preemptions, %d aborted\n", s.RL.Steps, s.RL.SamplesUsed, s.RL.SamplesDropped, s.RL.SamplesAborted)
}
