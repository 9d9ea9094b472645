package serving

import (
	"container/heap"
)

// fairQueue shares service between tenants by virtual token counters (Sheng et
// al., "Fairness in serving large language models", 2024, with lengths known):
// a tenant's counter rises by the cost of what is admitted, divided by its
// weight, and the tenant whose counter is lowest goes next; its own requests go
// in order of arrival. A tenant that comes back after having had nothing waiting
// starts level with the lowest of those that wait: credit does not build up.
type fairQueue struct {
	share   *FairShare
	tenants []tenantQueue
	backlog tenantHeap // tenants with waiting requests
	level   float64    // counter of the tenant whose last request left the queue
	n       int
}

// FairShare is what fair queueing goes by.
type FairShare struct {
	// OutputWeight is the cost of an output token in prompt tokens; 0 = 2.
	OutputWeight float64
	// Weights are the tenants' shares by number; those not there have 1.
	Weights []float64
}

// cost returns the virtual tokens that a request's admission costs its tenant.
func (f *FairShare) cost(r *Request) float64 {
	output, weight := 2.0, 1.0
	if f != nil && f.OutputWeight > 0 {
		output = f.OutputWeight
	}
	if f != nil && int(r.Tenant) < len(f.Weights) {
		weight = f.Weights[r.Tenant]
	}
	return (float64(r.Prompt) + float64(output*float64(r.Output))) / weight
}

// tenantQueue is the waiting requests of one tenant.
type tenantQueue struct {
	list
	counter float64
	index   int // in the heap
}

func (q *fairQueue) tenant(r *Request) *tenantQueue {
	for int(r.Tenant) >= len(q.tenants) {
		q.tenants = append(q.tenants, tenantQueue{})
	}
	return &q.tenants[r.Tenant]
}

func (q *fairQueue) push(r *Request) {
	q.join(r)
	q.tenant(r).pushBack(r)
}

func (q *fairQueue) restore(r *Request) {
	q.join(r)
	q.tenant(r).pushFront(r)
}

// join makes a request's tenant one of those that wait.
func (q *fairQueue) join(r *Request) {
	q.n++
	t := q.tenant(r)
	if t.n > 0 {
		return
	}
	if len(q.backlog) > 0 {
		q.level = q.tenants[q.backlog[0]].counter
	}
	t.counter = max(t.counter, q.level)
	heap.Push(tenantHeapOf{q}, r.Tenant)
}

func (q *fairQueue) head() *Request {
	if len(q.backlog) == 0 {
		return nil
	}
	return q.tenants[q.backlog[0]].first
}

func (q *fairQueue) remove(r *Request) {
	t := q.tenant(r)
	t.remove(r)
	q.n--
	if t.n == 0 {
		q.level = t.counter
		heap.Remove(tenantHeapOf{q}, t.index)
	}
}

// served charges a request that has just been admitted to its tenant.
func (q *fairQueue) served(r *Request) {
	t := q.tenant(r)
	t.counter += q.share.cost(r)
	if t.n > 0 {
		heap.Fix(tenantHeapOf{q}, t.index)
	} else if len(q.backlog) == 0 {
		q.level = t.counter
	}
}

func (q *fairQueue) len() int { return q.n }

func (q *fairQueue) each(f func(*Request)) {
	for i := range q.tenants {
		q.tenants[i].each(f)
	}
}

// tenantHeap is tenants by counter, the lowest first, equals by number.
type tenantHeap []int32

type tenantHeapOf struct{ *fairQueue }

var _ heap.Interface = tenantHeapOf{}

func (h tenantHeapOf) Len() int { return len(h.backlog) }

func (h tenantHeapOf) Less(i, j int) bool {
	a, b := h.backlog[i], h.backlog[j]
	x, y := h.tenants[a].counter, h.tenants[b].counter
	return x < y || (x == y && a < b)
}

func (h tenantHeapOf) Swap(i, j int) {
	b := h.backlog
	b[i], b[j] = b[j], b[i]
	h.tenants[b[i]].index, h.tenants[b[j]].index = i, j
}

func (h tenantHeapOf) Push(x any) {
	t := x.(int32)
	h.tenants[t].index = len(h.backlog)
	h.backlog = append(h.backlog, t)
}

func (h tenantHeapOf) Pop() any {
	n := len(h.backlog) - 1
	t := h.backlog[n]
	h.backlog = h.backlog[:n]
	return t
}

// expected returns the output tokens that a request is predicted to have.
func (r *Request) expected() int32 {
	if r.Expected > 0 {
		return r.Expected
	}
	return r.Output
}
