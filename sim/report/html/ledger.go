package html

import (
	"encoding/binary"
	"math"
	"slices"
)

// ledgerRow is a row of ledger.parquet.
type ledgerRow struct {
	From    int64    `parquet:"from_ns,delta"`
	To      int64    `parquet:"to_ns,delta"`
	Pool    string   `parquet:"pool,dict"`
	Class   string   `parquet:"class,dict"`
	Account string   `parquet:"account,dict"`
	GPUTime [16]byte `parquet:"gpu_s,decimal(12:38)"`
}

// seconds returns a row's GPU-seconds, rounded.
func (r *ledgerRow) seconds() float64 {
	hi, lo := int64(binary.BigEndian.Uint64(r.GPUTime[:8])), binary.BigEndian.Uint64(r.GPUTime[8:])
	return (math.Ldexp(float64(hi), 64) + float64(lo)) / 1e12
}

// account is a class and an account of the ledger.
type account struct{ class, name string }

// gpuTime is the ledger by interval: GPUs that stood in an account, on
// average over the interval.
type gpuTime struct {
	from, to  []float64 // seconds
	byAccount map[account][]float64
	byPool    map[string]*poolTime
	pools     []string // in the ledger's order
}

// poolTime is a pool's GPUs by interval.
type poolTime struct{ all, held []float64 }

func readLedger(dir string) (*gpuTime, error) {
	g := &gpuTime{byAccount: map[account][]float64{}, byPool: map[string]*poolTime{}}
	err := eachRow(dir, "ledger.parquet", func(r *ledgerRow) {
		from, to := float64(r.From)/1e9, float64(r.To)/1e9
		if n := len(g.from); n == 0 || g.from[n-1] != from {
			g.from, g.to = append(g.from, from), append(g.to, to)
		}
		n := len(g.from)
		gpus := r.seconds() / (to - from)
		key := account{r.Class, r.Account}
		g.byAccount[key] = addTo(g.byAccount[key], n, gpus)
		p := g.byPool[r.Pool]
		if p == nil {
			p = &poolTime{}
			g.byPool[r.Pool] = p
			g.pools = append(g.pools, r.Pool)
		}
		p.all = addTo(p.all, n, gpus)
		if r.Class != "none" {
			p.held = addTo(p.held, n, gpus)
		}
	})
	for k, v := range g.byAccount {
		g.byAccount[k] = pad(v, len(g.from))
	}
	for _, p := range g.byPool {
		p.all, p.held = pad(p.all, len(g.from)), pad(p.held, len(g.from))
	}
	return g, err
}

// addTo adds v to the last of n intervals; those before it without a value
// have none.
func addTo(s []float64, n int, v float64) []float64 {
	s = pad(s, n)
	s[n-1] += v
	return s
}

func pad(s []float64, n int) []float64 {
	return append(s, make([]float64, n-len(s))...)
}

// sum adds the series of all accounts that match.
func (g *gpuTime) sum(match func(account) bool) []float64 {
	out := make([]float64, len(g.from))
	keys := make([]account, 0, len(g.byAccount))
	for k := range g.byAccount {
		if match(k) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, compareAccounts) // sums do not depend on map order
	for _, k := range keys {
		for i, v := range g.byAccount[k] {
			out[i] += v
		}
	}
	return out
}
