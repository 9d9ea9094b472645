package ledger

import (
	"fmt"

	"github.com/jevons-sim/jevons/sim/event"
)

// Ledger is the set of accounts of one run, kept per pool of the fleet.
type Ledger struct {
	pools []pool
	now   event.Time
}

type pool struct {
	size int64           // milli-GPUs
	keys [numKeys]column // indexed by Key.index
}

type column struct {
	held    int64 // milli-GPUs standing in the account
	since   event.Time
	balance Amount // up to since
	undone  Amount // of what accrued here, moved to Lost since; of Lost, less what came so
	used    bool   // has ever had time in it
}

// New opens the accounts at time zero: pool i has sizes[i] milli-GPUs, all in
// IdleNoDemand.
func New(sizes ...int64) *Ledger {
	l := &Ledger{pools: make([]pool, len(sizes))}
	for i, n := range sizes {
		l.pools[i].size = n
		l.pools[i].keys[Key{Nobody, IdleNoDemand}.index()].held = n
	}
	return l
}

// Pools returns the number of pools.
func (l *Ledger) Pools() int { return len(l.pools) }

// Size returns the milli-GPUs of a pool.
func (l *Ledger) Size(pool int) int64 { return l.pools[pool].size }

// Move transfers milli-GPUs of a pool from one account to another at time now.
// It panics when now is before an earlier entry or more is moved than stands
// in the account.
func (l *Ledger) Move(now event.Time, pool int, milli int64, from, to Key) {
	if milli == 0 || from == to {
		return
	}
	l.advance(now)
	p := &l.pools[pool]
	f, t := &p.keys[from.index()], &p.keys[to.index()]
	if milli < 0 || f.held < milli {
		panic(fmt.Sprintf("ledger: moving %d milli-GPUs out of %v/%v, which holds %d", milli, from.Class, from.Account, f.held))
	}
	f.accrue(now)
	t.accrue(now)
	f.held -= milli
	t.held += milli
}

// Reclassify moves time that has already accrued: milli-GPUs × d of a pool,
// from one account to another. Whether the first account ever held that much
// is asserted by Check.
func (l *Ledger) Reclassify(pool int, milli int64, d event.Time, from, to Key) {
	if d == 0 || from == to {
		return
	}
	a := Product(milli, d)
	p := &l.pools[pool]
	f, t := &p.keys[from.index()], &p.keys[to.index()]
	f.balance = f.balance.Sub(a)
	t.balance = t.balance.Add(a)
	f.used, t.used = true, true
	if undoes(from.Account, to.Account) {
		f.undone = f.undone.Add(a)
		t.undone = t.undone.Sub(a)
	}
}

// undoes reports whether a transfer says that work came to nothing, rather than
// what the work was.
func undoes(from, to Account) bool { return from == Lost || to == Lost }

// Held returns the milli-GPUs of a pool that stand in an account.
func (l *Ledger) Held(pool int, k Key) int64 { return l.pools[pool].keys[k.index()].held }

// Balance returns the time in an account of a pool up to now.
func (l *Ledger) Balance(now event.Time, pool int, k Key) Amount {
	l.advance(now)
	c := &l.pools[pool].keys[k.index()]
	c.accrue(now)
	return c.balance
}

// Each calls f for every account of a pool that has ever had time in it, also
// when all of that has been reclassified since, in the fixed order of (class,
// account).
func (l *Ledger) Each(now event.Time, pool int, f func(Key, Amount)) {
	l.advance(now)
	for i := range l.pools[pool].keys {
		c := &l.pools[pool].keys[i]
		c.accrue(now)
		if c.used {
			f(keyAt(i), c.balance)
		}
	}
}

// EachDrawn is Each for what GPUs really did, whatever came of it: time that was
// moved to Lost counts where it accrued. It is what power depends on.
func (l *Ledger) EachDrawn(now event.Time, pool int, f func(Key, Amount)) {
	l.Each(now, pool, func(k Key, a Amount) { f(k, a.Add(l.pools[pool].keys[k.index()].undone)) })
}

// Total returns pool size × elapsed time.
func (l *Ledger) Total(now event.Time, pool int) Amount {
	return Product(l.pools[pool].size, now)
}

// Check closes the accounts at time now and returns an error unless every
// pool's balances add up to its size times now exactly and none is negative.
func (l *Ledger) Check(now event.Time) error {
	for i := range l.pools {
		var sum Amount
		var bad error
		l.Each(now, i, func(k Key, a Amount) {
			sum = sum.Add(a)
			if a.Sign() < 0 && bad == nil {
				bad = fmt.Errorf("ledger: account %v/%v of pool %d is negative: %v GPU-s", k.Class, k.Account, i, a)
			}
		})
		if bad != nil {
			return bad
		}
		if want := l.Total(now, i); sum != want {
			return fmt.Errorf("ledger: pool %d does not balance: accounts sum to %v GPU-s, fleet × horizon is %v", i, sum, want)
		}
	}
	return nil
}

func (l *Ledger) advance(now event.Time) {
	if now < l.now {
		panic(fmt.Sprintf("ledger: entry at %v after one at %v", now, l.now))
	}
	l.now = now
}

func (c *column) accrue(now event.Time) {
	if c.held != 0 && now > c.since {
		c.balance = c.balance.Add(Product(c.held, now-c.since))
		c.used = true
	}
	c.since = now
}
