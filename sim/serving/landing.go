package serving

// landingQueue serves requests whose KV has landed before all others: they hold
// memory that the others may wait for.
type landingQueue struct {
	queue
	here fcfsQueue
}

func (l *landingQueue) push(q *Request) {
	if q.leg == landed {
		l.here.push(q)
	} else {
		l.queue.push(q)
	}
}

func (l *landingQueue) head() *Request {
	if l.here.n > 0 {
		return l.here.first
	}
	return l.queue.head()
}

func (l *landingQueue) remove(q *Request) {
	if q.leg == landed {
		l.here.remove(q)
	} else {
		l.queue.remove(q)
	}
}

func (l *landingQueue) len() int { return l.here.n + l.queue.len() }

func (l *landingQueue) each(f func(*Request)) {
	l.here.each(f)
	l.queue.each(f)
}
