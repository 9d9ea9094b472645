package serving

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/metrics"
)

// fleetOf is a deployment under test: steps of a microsecond, and a record of
// how requests ended.
type fleetOf struct {
	*Deployment
	engine   event.Engine
	itl      metrics.Histogram
	outcomes map[uint64]Outcome
	order    []uint64
	heard    func(*Request, Outcome) // if not nil, hears of ends
}

func newFleet(router Router, limit int) *fleetOf {
	f := &fleetOf{outcomes: map[uint64]Outcome{}}
	f.Deployment = NewDeployment(router, f, limit)
	return f
}

// Done implements Sink.
func (f *fleetOf) Done(_ event.Time, q *Request, o Outcome) {
	if f.heard != nil {
		f.heard(q, o)
	}
	f.outcomes[q.ID] = o
	f.order = append(f.order, q.ID)
}

func (f *fleetOf) replica(seqs int) *Replica {
	cfg := fields{"seqs": int64(seqs), "tokens": 64, "block": 16, "blocks": 100, "host": 1000}.config()
	return NewReplica(&f.engine, &cfg, f.Deployment, &f.itl)
}

// submit submits requests of ten output tokens now.
func (f *fleetOf) submit(ids ...uint64) {
	for _, id := range ids {
		f.Submit(f.engine.Now(), &Request{ID: id, Arrive: f.engine.Now(), Prompt: 1, Output: 10})
	}
}

// loads returns the replicas' loads in order.
func (f *fleetOf) loads() string {
	var b strings.Builder
	for _, r := range f.Ready() {
		fmt.Fprint(&b, r.Load(), " ")
	}
	return strings.TrimSpace(b.String())
}

func TestRequestsAreHeldUntilAReplicaIsReady(t *testing.T) {
	f := newFleet(&RoundRobin{}, 2)
	f.submit(1, 2, 3)
	if f.Held() != 2 || f.Load() != 2 || f.outcomes[3] != Rejected {
		t.Fatalf("%d held, load %d, outcomes %v: want two held and the third rejected", f.Held(), f.Load(), f.outcomes)
	}
	f.Add(0, f.replica(4))
	if f.Held() != 0 || f.loads() != "2" {
		t.Fatalf("%d held and loads %s after a replica came, want 0 and 2", f.Held(), f.loads())
	}
	f.engine.RunUntil(event.Second, nil)
	if f.Load() != 0 || f.outcomes[1] != Completed || f.outcomes[2] != Completed {
		t.Errorf("load %d, outcomes %v: want both completed", f.Load(), f.outcomes)
	}
}

func TestADrainingReplicaKeepsItsRequestsAndGetsNoMore(t *testing.T) {
	f := newFleet(&RoundRobin{}, 0)
	a, b := f.replica(4), f.replica(4)
	f.Add(0, a)
	f.Add(0, b)
	f.submit(1, 2)
	f.Remove(a)
	f.submit(3, 4)
	if a.Load() != 1 || b.Load() != 3 {
		t.Fatalf("loads %d and %d, want 1 on the draining replica and 3 on the other", a.Load(), b.Load())
	}
	f.engine.RunUntil(event.Second, nil)
	if len(f.outcomes) != 4 || f.Load() != 0 {
		t.Errorf("outcomes %v, load %d: want four and 0", f.outcomes, f.Load())
	}
}

func TestAStoppedReplicasRequestsGoFirst(t *testing.T) {
	f := newFleet(Central{}, 0)
	r := f.replica(2)
	f.Add(0, r)
	f.submit(1, 2, 3, 4)
	f.engine.RunUntil(3*event.Microsecond, nil)
	f.Remove(r)
	now := f.engine.Now()
	f.Retry(now, r.Stop(now))
	if f.Held() != 4 {
		t.Fatalf("%d requests held, want all 4", f.Held())
	}
	f.Add(now, f.replica(1))
	f.engine.RunUntil(event.Second, nil)
	if got := fmt.Sprint(f.order); got != "[1 2 3 4]" {
		t.Errorf("requests ended in order %s, want [1 2 3 4]", got)
	}
	if f.Load() != 0 || r.Load() != 0 {
		t.Errorf("loads %d and %d, want 0", f.Load(), r.Load())
	}
}

func TestHeldRequestsCanLeave(t *testing.T) {
	f := newFleet(LeastRequests{}, 0)
	q := []*Request{{ID: 1, Prompt: 1, Output: 1}, {ID: 2, Prompt: 1, Output: 1}, {ID: 3, Prompt: 1, Output: 1}}
	for _, q := range q {
		f.Submit(0, q)
	}
	f.Cancel(0, q[0])
	f.Expire(0, q[2])
	f.Cancel(0, q[0]) // has ended already
	if f.outcomes[1] != Cancelled || f.outcomes[3] != Rejected || f.Held() != 1 || f.Load() != 1 {
		t.Errorf("outcomes %v, %d held, load %d: want 1 cancelled, 3 rejected, one held", f.outcomes, f.Held(), f.Load())
	}
}

func TestManyHeldRequestsThatNeverFitAreRejected(t *testing.T) {
	f := newFleet(Central{}, 0)
	for id := range uint64(100_000) {
		f.Submit(0, &Request{ID: id, Prompt: 1 << 20, Output: 1})
	}
	f.Add(0, f.replica(1))
	if len(f.outcomes) != 100_000 || f.Load() != 0 {
		t.Errorf("%d of 100000 rejected, load %d", len(f.outcomes), f.Load())
	}
}

func TestCentralQueueFillsFreeSequencesOnly(t *testing.T) {
	f := newFleet(Central{}, 0)
	f.Add(0, f.replica(1))
	f.Add(0, f.replica(3))
	f.submit(1, 2, 3, 4, 5, 6)
	if f.loads() != "1 3" || f.Held() != 2 {
		t.Fatalf("loads %s and %d held, want 1 3 and 2", f.loads(), f.Held())
	}
	f.engine.RunUntil(event.Second, nil)
	if len(f.outcomes) != 6 {
		t.Errorf("outcomes %v, want six", f.outcomes)
	}
}

func TestRoutersSpreadRequests(t *testing.T) {
	stream := event.NewStream(7, "router")
	for _, c := range []struct {
		router string
		worst  int // the highest load allowed for 400 requests on 4 replicas
	}{
		{"round-robin", 100}, {"least-requests", 100}, {"power-of-two", 103}, {"random", 130}, {"least-kv-tokens", 103}, {"session-affinity", 130}, {"weighted", 100},
	} {
		router, err := NewRouter(c.router, Routing{Draws: stream, Refresh: 1, Imbalance: 32, Weights: Weights{2, 2, 3}})
		if err != nil {
			t.Fatal(err)
		}
		f := newFleet(router, 0)
		for range 4 {
			f.Add(0, f.replica(4))
		}
		for id := range uint64(400) {
			f.submit(id)
		}
		for i, r := range f.Ready() {
			if r.Load() > c.worst || r.Load() < 200-c.worst {
				t.Errorf("%s: replica %d has %d of 400 requests: loads %s", router, i, r.Load(), f.loads())
			}
		}
	}
}

func TestUnknownRouterNamesTheNearest(t *testing.T) {
	_, err := NewRouter("least-request", Routing{})
	want := `unknown router "least-request": want one of round-robin, least-requests, power-of-two, random, central, least-kv-tokens, prefix-affinity, session-affinity, weighted. Did you mean least-requests?`
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestLeastLoadedIsTheFirstOfTheSmallest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seats := rapid.Bool().Draw(t, "seats")
		c := Candidates{seats: seats}
		cfg := &Config{MaxSeqs: 3}
		for range rapid.IntRange(1, 60).Draw(t, "operations") {
			switch op := rapid.IntRange(0, 9).Draw(t, "op"); {
			case op < 3 || c.Len() == 0:
				r := &Replica{place: -1}
				r.cfg, r.load = cfg, rapid.IntRange(0, 4).Draw(t, "load")
				c.add(r)
			case op == 3:
				c.remove(c.At(rapid.IntRange(0, c.Len()-1).Draw(t, "which")))
			default:
				r := c.At(rapid.IntRange(0, c.Len()-1).Draw(t, "which"))
				r.load = rapid.IntRange(0, 4).Draw(t, "load")
				c.update(r)
			}
			want := -1
			for i, r := range c.replicas {
				if r.place != i {
					t.Fatalf("replica %d believes to be at %d", i, r.place)
				}
				if (!seats || r.load < cfg.MaxSeqs) && (want < 0 || r.load < c.replicas[want].load) {
					want = i
				}
			}
			if c.open() != (want >= 0) {
				t.Fatalf("open() = %v, least loaded is %d", c.open(), want)
			}
			if want >= 0 && c.LeastLoaded() != want {
				t.Fatalf("LeastLoaded() = %d, want %d", c.LeastLoaded(), want)
			}
		}
	})
}
