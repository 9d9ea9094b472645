package serving

// decodes is a min-heap of the running decodes by the step at which their last
// token comes. Keys are stored beside the pointers, so that sifting does not
// follow them.
type decodes struct{ entries []decodeEntry }

type decodeEntry struct {
	finish   int64
	admitted int64 // breaks ties, so that requests end in order of admission
	r        *Request
}

func (a decodeEntry) less(b decodeEntry) bool {
	return a.finish < b.finish || (a.finish == b.finish && a.admitted < b.admitted)
}

func (d *decodes) len() int { return len(d.entries) }

// next returns the step counter at which the first decode ends.
func (d *decodes) next() int64 { return d.entries[0].finish }

func (d *decodes) push(r *Request) {
	d.entries = append(d.entries, decodeEntry{})
	d.up(len(d.entries)-1, decodeEntry{r.finish, r.admitted, r})
}

func (d *decodes) remove(r *Request) {
	i := int(r.heapIndex)
	n := len(d.entries) - 1
	last := d.entries[n]
	d.entries[n] = decodeEntry{}
	d.entries = d.entries[:n]
	if i == n {
		return
	}
	if i > 0 && last.less(d.entries[(i-1)/4]) {
		d.up(i, last)
		return
	}
	d.down(i, last)
}

func (d *decodes) up(i int, e decodeEntry) {
	for i > 0 {
		p := (i - 1) / 4
		if !e.less(d.entries[p]) {
			break
		}
		d.set(i, d.entries[p])
		i = p
	}
	d.set(i, e)
}

func (d *decodes) down(i int, e decodeEntry) {
	n := len(d.entries)
	for {
		c := 4*i + 1
		if c >= n {
			break
		}
		best := c
		for j := c + 1; j < min(c+4, n); j++ {
			if d.entries[j].less(d.entries[best]) {
				best = j
			}
		}
		if !d.entries[best].less(e) {
			break
		}
		d.set(i, d.entries[best])
		i = best
	}
	d.set(i, e)
}

func (d *decodes) set(i int, e decodeEntry) {
	d.entries[i] = e
	e.r.heapIndex = int32(i)
}
