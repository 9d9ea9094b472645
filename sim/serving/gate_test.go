package serving

import (
	"math"
	"testing"

	"github.com/jevons-sim/jevons/sim/event"
)

// stream sends requests of ten steps of a microsecond to a fleet, one every gap
// until an end.
type stream struct {
	f     *fleetOf
	gap   event.Time
	until event.Time
	make  func(id uint64) Request
	next  uint64
	// What became of them.
	ttft    []event.Time // of completed ones, in order of end
	tenants []int32
}

func (s *stream) Handle(e *event.Engine, ev event.Event) {
	s.next++
	q := s.make(s.next)
	q.ID, q.Arrive = s.next, ev.Time
	s.f.Submit(ev.Time, &q)
	if ev.Time+s.gap < s.until {
		e.At(ev.Time+s.gap, event.ClassArrival, s, 0, 0)
	}
}

// ten is a request of ten steps.
func ten(uint64) Request { return Request{Prompt: 1, Output: 10} }

// send sends a stream to one replica of one sequence, which takes ten
// microseconds for each.
func send(gap, until event.Time, a Gate, request func(id uint64) Request) (*fleetOf, *stream) {
	f := newFleet(LeastRequests{}, 0)
	f.Admit(a)
	f.Add(0, f.replica(1))
	s := &stream{f: f, gap: gap, until: until, make: request}
	f.heard = func(q *Request, o Outcome) {
		if o == Completed {
			s.ttft = append(s.ttft, q.TTFT())
			s.tenants = append(s.tenants, q.Tenant)
		}
	}
	f.engine.At(0, event.ClassArrival, s, 0, 0)
	f.engine.RunUntil(until, nil)
	return f, s
}

func (f *fleetOf) count(o Outcome) int {
	n := 0
	for _, x := range f.outcomes {
		if x == o {
			n++
		}
	}
	return n
}

// In overload the queue grows by arrival rate − capacity.
func TestQueueGrowsByArrivalRateLessCapacity(t *testing.T) {
	const us = event.Microsecond
	for _, gap := range []event.Time{2 * us, 5 * us, 9 * us} {
		f, _ := send(gap, 100_000*us, Gate{}, ten)
		want := 100_000/float64(gap/us) - 10_000
		if got := float64(f.Waiting()); math.Abs(got-want) > 2 {
			t.Errorf("one request every %v: %v wait after 10,000 services, want %v", gap, got, want)
		}
	}
}

func TestAFullQueueRejects(t *testing.T) {
	f, _ := send(5*event.Microsecond, event.Second/100, Gate{MaxWaiting: 20}, ten)
	if n := f.count(Rejected); n < 950 || n > 1000 {
		t.Errorf("%d of 2000 rejected at twice the capacity, want half", n)
	}
	if f.Waiting() < 19 || f.Waiting() > 20 {
		t.Errorf("%d wait, want at most 20, and hardly less", f.Waiting())
	}
}

func TestSLOAwareAdmissionKeepsFirstTokensInTime(t *testing.T) {
	const slo = 200 * event.Microsecond
	late := func(a Gate) (share float64, completed int) {
		f, s := send(5*event.Microsecond, event.Second/100, a, ten)
		n := 0
		for _, x := range s.ttft {
			if x > slo {
				n++
			}
		}
		return float64(n) / float64(len(s.ttft)), f.count(Completed)
	}
	without, served := late(Gate{})
	with, servedWith := late(Gate{TTFT: slo})
	if without < 0.9 {
		t.Errorf("%.2f late without admission control at twice the capacity, want nearly all", without)
	}
	if with > 0.02 || servedWith < served-1 {
		t.Errorf("%.2f late with SLO-aware admission and %d served, want at most 0.02 and %d", with, servedWith, served)
	}
}

func TestAnImportantArrivalTakesThePlaceOfALesserOne(t *testing.T) {
	// Every fifth is important: less than the capacity.
	f, _ := send(5*event.Microsecond, event.Second/100, Gate{Order: Priority, Concurrency: 1, MaxWaiting: 10, Displace: true}, func(id uint64) Request {
		q := ten(id)
		if id%5 == 0 {
			q.Priority = 1
		}
		return q
	})
	for id, o := range f.outcomes {
		if id%5 == 0 && o != Completed {
			t.Fatalf("important request %d was %v", id, o)
		}
	}
	if f.count(Shed) == 0 {
		t.Error("nothing was shed")
	}
}

func TestRulesShedAClassFirst(t *testing.T) {
	f, _ := send(5*event.Microsecond, event.Second/100, Gate{MaxWaiting: 40, Rules: []ShedRule{{Class: 1, Below: math.MaxInt32, Waiting: 10}}}, func(id uint64) Request {
		q := ten(id)
		q.Class = int32(id % 2)
		return q
	})
	for id, o := range f.outcomes {
		if id%2 == 0 && o == Shed || id%2 == 1 && o == Rejected {
			t.Fatalf("request %d of class %d was %v", id, id%2, o)
		}
	}
	if n := f.count(Shed); n < 900 {
		t.Errorf("%d of class 1 were shed, want nearly all: class 0 alone takes the capacity", n)
	}
}

func TestFairQueueingGivesTenantsTheirShares(t *testing.T) {
	// Tenant 1 sends four of five requests; both send more than their shares.
	served := [2]int{}
	_, s := send(2*event.Microsecond, event.Second/100, Gate{Order: Fair, Concurrency: 1, Fair: &FairShare{Weights: []float64{1, 0.25}}}, func(id uint64) Request {
		q := ten(id)
		if id%5 > 0 {
			q.Tenant = 1
		}
		return q
	})
	for _, tenant := range s.tenants {
		served[tenant]++
	}
	if share := float64(served[0]) / float64(served[0]+served[1]); math.Abs(share-0.8) > 0.01 {
		t.Errorf("tenant 0, with four times the weight, got %.3f of the service, want 0.8", share)
	}
}

func TestAnIdleTenantSavesNoCredit(t *testing.T) {
	q := newQueue(Fair, nil)
	requests := func(tenant int32, n int) {
		for range n {
			q.push(&Request{Prompt: 100, Output: 1, Tenant: tenant})
		}
	}
	order := ""
	serve := func(n int) {
		for range n {
			r := q.head()
			q.remove(r)
			q.served(r)
			order += string('a' + rune(r.Tenant))
		}
	}
	requests(0, 10)
	serve(6)
	requests(1, 10)
	serve(8)
	if want := "aaaaaa" + "abababab"; order != want {
		t.Errorf("served %s, want %s: in turns once both wait", order, want)
	}
}

func TestShortestPredictedFirstShortensTheMeanWait(t *testing.T) {
	mean := func(order Discipline) float64 {
		_, s := send(9*event.Microsecond, event.Second/100, Gate{Order: order, Concurrency: 1}, func(id uint64) Request {
			return Request{Prompt: 1, Output: int32(1 + id*7%19)} // mean 10
		})
		sum := event.Time(0)
		for _, x := range s.ttft {
			sum += x
		}
		return float64(sum) / float64(len(s.ttft))
	}
	if fcfs, shortest := mean(FCFS), mean(Shortest); shortest > fcfs/2 {
		t.Errorf("mean time to first token %.0f ns with the shortest first, %.0f ns in order of arrival: want less than half", shortest, fcfs)
	}
}
