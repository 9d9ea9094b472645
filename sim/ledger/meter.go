package ledger

import "github.com/jevons-sim/jevons/sim/event"

// Meter is the GPU time of one holder of GPUs by account since its last
// reading: what the GPUs did, whatever came of it.
type Meter struct {
	milli   int64
	account Account
	since   event.Time
	drawn   [NumAccounts]Amount
}

// NewMeter returns a meter of milli-GPUs that stand in an account from now on.
func NewMeter(now event.Time, milli int64, a Account) *Meter {
	return &Meter{milli: milli, account: a, since: now}
}

// Set says that the GPUs stand in another account from now on.
func (m *Meter) Set(now event.Time, a Account) {
	m.accrue(now)
	m.account = a
}

// Reclassify moves time between accounts, as Ledger.Reclassify; what is said to
// be lost stays where it accrued.
func (m *Meter) Reclassify(milli int64, d event.Time, from, to Account) {
	if undoes(from, to) {
		return
	}
	a := Product(milli, d)
	m.drawn[from] = m.drawn[from].Sub(a)
	m.drawn[to] = m.drawn[to].Add(a)
}

// Read calls f for each account with time since the last reading, in their
// fixed order. Time may be negative where a later entry moved it to another
// account.
func (m *Meter) Read(now event.Time, f func(Account, Amount)) {
	m.accrue(now)
	for a, x := range m.drawn {
		if x.Sign() != 0 {
			f(Account(a), x)
			m.drawn[a] = Amount{}
		}
	}
}

func (m *Meter) accrue(now event.Time) {
	m.drawn[m.account] = m.drawn[m.account].Add(Product(m.milli, now-m.since))
	m.since = now
}
