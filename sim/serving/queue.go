package serving

// queue is the waiting queue of a replica: requests in the order in which they
// will be admitted. Removing any of them, and putting a preempted one back in
// front, costs O(1) under FCFS and O(log n) otherwise.
type queue interface {
	push(r *Request)    // joins behind its equals
	restore(r *Request) // a preempted request returns in front of its equals
	head() *Request     // nil when empty
	remove(r *Request)
	served(r *Request) // one that has been removed begins to be served
	len() int
	each(f func(*Request))
}

func newQueue(d Discipline, f *FairShare) queue {
	switch d {
	case Priority:
		return &priorityQueue{}
	case Shortest:
		return &priorityQueue{shortest: true}
	case Fair:
		return &fairQueue{share: f}
	}
	return &fcfsQueue{}
}

// list is an intrusive doubly linked list of requests.
type list struct {
	first, last *Request
	n           int
}

func (l *list) pushBack(r *Request) {
	r.prev, r.next = l.last, nil
	if l.last != nil {
		l.last.next = r
	} else {
		l.first = r
	}
	l.last = r
	l.n++
}

func (l *list) pushFront(r *Request) {
	r.prev, r.next = nil, l.first
	if l.first != nil {
		l.first.prev = r
	} else {
		l.last = r
	}
	l.first = r
	l.n++
}

func (l *list) remove(r *Request) {
	if r.prev != nil {
		r.prev.next = r.next
	} else {
		l.first = r.next
	}
	if r.next != nil {
		r.next.prev = r.prev
	} else {
		l.last = r.prev
	}
	r.prev, r.next = nil, nil
	l.n--
}

func (l *list) each(f func(*Request)) {
	for r := l.first; r != nil; r = r.next {
		f(r)
	}
}

// fcfsQueue serves in order of arrival.
type fcfsQueue struct{ list }

func (q *fcfsQueue) push(r *Request)    { q.pushBack(r) }
func (q *fcfsQueue) restore(r *Request) { q.pushFront(r) }
func (q *fcfsQueue) head() *Request     { return q.first }
func (q *fcfsQueue) served(*Request)    {}
func (q *fcfsQueue) len() int           { return q.n }

// priorityQueue serves the highest priority first, or the request predicted to
// generate the fewest tokens, equals in order of arrival.
// Preempted requests get falling numbers below all arrivals, which puts the
// last one preempted in front, as FCFS does.
type priorityQueue struct {
	heap     []*Request
	arrivals int64
	restored int64
	shortest bool
}

func (q *priorityQueue) push(r *Request) {
	q.arrivals++
	r.queued = q.arrivals
	q.add(r)
}

func (q *priorityQueue) restore(r *Request) {
	q.restored--
	r.queued = q.restored
	q.add(r)
}

func (q *priorityQueue) head() *Request {
	if len(q.heap) == 0 {
		return nil
	}
	return q.heap[0]
}

func (q *priorityQueue) served(*Request) {}

func (q *priorityQueue) len() int { return len(q.heap) }

func (q *priorityQueue) each(f func(*Request)) {
	for _, r := range q.heap {
		f(r)
	}
}

func (q *priorityQueue) add(r *Request) {
	q.heap = append(q.heap, r)
	q.up(len(q.heap)-1, r)
}

func (q *priorityQueue) remove(r *Request) {
	i := int(r.heapIndex)
	n := len(q.heap) - 1
	last := q.heap[n]
	q.heap[n] = nil
	q.heap = q.heap[:n]
	if i == n {
		return
	}
	if i > 0 && q.ahead(last, q.heap[(i-1)/2]) {
		q.up(i, last)
		return
	}
	q.down(i, last)
}

// ahead reports whether a is served before b.
func (q *priorityQueue) ahead(a, b *Request) bool {
	x, y := b.Priority, a.Priority
	if q.shortest {
		x, y = a.expected(), b.expected()
	}
	return x < y || (x == y && a.queued < b.queued)
}

func (q *priorityQueue) up(i int, r *Request) {
	for i > 0 && q.ahead(r, q.heap[(i-1)/2]) {
		q.set(i, q.heap[(i-1)/2])
		i = (i - 1) / 2
	}
	q.set(i, r)
}

func (q *priorityQueue) down(i int, r *Request) {
	for {
		c := 2*i + 1
		if c >= len(q.heap) {
			break
		}
		if c+1 < len(q.heap) && q.ahead(q.heap[c+1], q.heap[c]) {
			c++
		}
		if !q.ahead(q.heap[c], r) {
			break
		}
		q.set(i, q.heap[c])
		i = c
	}
	q.set(i, r)
}

func (q *priorityQueue) set(i int, r *Request) {
	q.heap[i] = r
	r.heapIndex = int32(i)
}
