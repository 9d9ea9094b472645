package traces

import (
	"container/heap"
	"fmt"
	"math"

	"github.com/jevons-sim/jevons/internal/variate"
	"github.com/jevons-sim/jevons/sim/event"
)

// poolRequests draws requests from a pool of clients, merged in order of time.
//
// Each client is a renewal process in operational time: gaps of mean 1 from the
// family and shape of the window they begin in pass as fast as the windows'
// rates say. The rate is therefore the recorded one in every window, also where
// a fit to few arrivals has a scale that does not agree with it.
type poolRequests struct {
	clients clientHeap
}

func generateServeGen(s source, seed uint64) (RequestStream, error) {
	p, err := readPool(s, lint{file: s.path})
	if err != nil {
		return nil, err
	}
	return newPoolRequests(p, seed), nil
}

func newPoolRequests(p *pool, seed uint64) *poolRequests {
	out := &poolRequests{}
	for _, c := range p.clients {
		name := fmt.Sprintf("servegen/%d", c.number)
		a := &arrivals{
			client:  c,
			gaps:    event.NewStream(seed, name).Entity(0),
			lengths: event.NewStream(seed, name+"/lengths"),
		}
		if a.advance() {
			out.clients = append(out.clients, a)
		}
	}
	heap.Init(&out.clients)
	return out
}

// Next implements RequestStream.
func (p *poolRequests) Next(r *Request) (bool, error) {
	if len(p.clients) == 0 {
		return false, nil
	}
	first := p.clients[0]
	first.fill(r)
	if first.advance() {
		heap.Fix(&p.clients, 0)
	} else {
		heap.Pop(&p.clients)
	}
	return true, nil
}

// arrivals is a client and its next arrival.
type arrivals struct {
	*client
	gaps    event.Rand
	lengths event.Stream
	n       uint64 // arrivals so far
	next    event.Time
	window  int     // in which the next arrival lies
	spent   float64 // seconds of that window before it
}

// advance finds the next arrival and reports whether there is one.
func (a *arrivals) advance() bool {
	for a.window < len(a.windows) && a.windows[a.window].rate == 0 {
		a.window, a.spent = a.window+1, 0
	}
	if a.window == len(a.windows) {
		return false
	}
	gap := a.windows[a.window].gap(&a.gaps)
	for ; a.window < len(a.windows); a.window, a.spent = a.window+1, 0 {
		w := &a.windows[a.window]
		left := (w.end - w.start).Seconds() - a.spent
		if passed := float64(left * w.rate); gap >= passed {
			gap -= passed
			continue
		}
		a.spent += gap / w.rate
		a.next = max(a.next, min(w.start+event.FromSeconds(a.spent), w.end-1))
		a.n++
		return true
	}
	return false
}

// gap draws the time between two arrivals, of mean 1.
func (w *window) gap(r *event.Rand) float64 {
	switch w.family {
	case "Gamma":
		return variate.Gamma(r, w.shape, 1/w.shape)
	case "Weibull":
		return variate.Weibull(r, w.shape, weibullScale(w.shape))
	}
	return r.Exp()
}

// fill draws the request of the next arrival.
func (a *arrivals) fill(r *Request) {
	draws := a.lengths.Entity(a.n)
	p := a.period(a.next)
	*r = Request{
		At: a.next, Tenant: fmt.Sprintf("client-%d", a.number),
		Prompt: tokensOf(p.input.at(draws.Float64())), Output: tokensOf(p.output.at(draws.Float64())),
	}
	if p.ratio.total() > 0 {
		thinking := math.Round(float64(r.Output) * p.ratio.at(draws.Float64()))
		r.Thinking = min(r.Output, int32(thinking))
	}
}

// tokensOf rounds a length to whole tokens, at least one.
func tokensOf(v float64) int32 { return int32(max(1, math.Round(v))) }

// clientHeap orders clients by their next arrival, then by number.
type clientHeap []*arrivals

func (h clientHeap) Len() int { return len(h) }
func (h clientHeap) Less(i, j int) bool {
	return h[i].next < h[j].next || (h[i].next == h[j].next && h[i].number < h[j].number)
}
func (h clientHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *clientHeap) Push(x any) { *h = append(*h, x.(*arrivals)) }

// Pop implements heap.Interface.
func (h *clientHeap) Pop() any {
	old := *h
	a := old[len(old)-1]
	*h = old[:len(old)-1]
	return a
}
