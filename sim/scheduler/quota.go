package scheduler

import "slices"

// Limit is a quota: how much a tenant, or a cohort in common, may hold in a pool
// or in all of them. Unlimited stands for no limit.
type Limit struct {
	Pool    int     // −1 = all pools together
	Nominal Amounts // its own
	Borrow  Amounts // at most so much more, of what others of its cohort leave idle
	Lend    Amounts // at most so much of its own, to others of its cohort
}

// Reclaim says whom a tenant may preempt that has lent of its quota.
type Reclaim uint8

// The rules of reclaim, by Kueue's names for reclaimWithinCohort.
const (
	ReclaimNever         Reclaim = iota
	ReclaimLowerPriority         // gangs of lower priority
	ReclaimAny
)

// TenantSpec is what is known of a tenant beforehand.
type TenantSpec struct {
	Name    string
	Weight  float64 // 0 = 1
	Cohort  string  // "" = none: it neither borrows nor lends
	Limits  []Limit // in pools without a limit a tenant holds what it can get
	Reclaim Reclaim
}

// CohortSpec is a group of tenants, or of cohorts, that lend each other what
// they do not use.
type CohortSpec struct {
	Name   string
	Parent string  // "" = none
	Limits []Limit // shared by its members, on top of their own
}

// quota is the use of one limit, or the sum of them in a cohort. The rules are
// Kueue's (ClusterQueue and Cohort, v1beta1): what a member does not keep for
// itself is its parent's to give, and use beyond what it keeps counts there.
type quota struct {
	Limit
	name    string
	parent  *quota
	subtree Amounts // nominal, with what members leave to the cohort
	usage   Amounts // beyond what members keep for themselves
}

// kept returns what others may not borrow.
func (q *quota) kept(r int) int64 { return max(0, q.subtree[r]-q.Lend[r]) }

// available returns how much more of a resource may be used; below 0 when more
// is used than there is.
func (q *quota) available(r int) int64 {
	if q.Nominal[r] >= Unlimited {
		return Unlimited
	}
	if q.parent == nil {
		return q.subtree[r] - q.usage[r]
	}
	kept := q.kept(r)
	common := q.parent.available(r)
	if q.Borrow[r] < Unlimited {
		common = min(common, q.subtree[r]-kept+q.Borrow[r]-max(0, q.usage[r]-kept))
	}
	return max(0, kept-q.usage[r]) + common
}

// use adds to, or takes from, what is used.
func (q *quota) use(a Amounts, sign int64) {
	for r := range a {
		for n := q; n != nil && n.Nominal[r] < Unlimited && a[r] != 0; n = n.parent {
			n.usage[r] += sign * a[r]
			over := n.usage[r] - n.kept(r)
			if sign < 0 {
				over += a[r]
			}
			a[r] = max(0, min(a[r], over)) // what the parent sees of it
		}
	}
}

// fits reports whether so much more may be used.
func (q *quota) fits(a Amounts) bool {
	for r := range a {
		if a[r] > 0 && a[r] > q.available(r) {
			return false
		}
	}
	return true
}

// within reports whether so much more would still not be borrowed.
func (q *quota) within(a Amounts) bool {
	for r := range a {
		if a[r] > 0 && q.Nominal[r] < Unlimited && q.usage[r]+a[r] > q.subtree[r] {
			return false
		}
	}
	return true
}

// borrows reports whether more is used, with so much besides, than is its own of a
// resource of which both amounts have some.
func (q *quota) borrows(a, b, besides Amounts) bool {
	for r := range q.usage {
		if a[r] > 0 && b[r] > 0 && q.Nominal[r] < Unlimited && q.usage[r]+besides[r] > q.subtree[r] {
			return true
		}
	}
	return false
}

// root returns the cohort at the top.
func (q *quota) root() *quota {
	for q.parent != nil {
		q = q.parent
	}
	return q
}

// cohorts builds the trees of quotas.
type cohorts struct {
	specs []CohortSpec
	nodes map[string]map[int]*quota // by cohort and pool
}

// node returns the quota of a cohort in a pool.
func (c *cohorts) node(name string, pool int) *quota {
	if q := c.nodes[name][pool]; q != nil {
		return q
	}
	q := &quota{name: name, Limit: Limit{Pool: pool}}
	for r := range q.Borrow {
		q.Borrow[r], q.Lend[r] = Unlimited, Unlimited
	}
	if c.nodes[name] == nil {
		c.nodes[name] = map[int]*quota{}
	}
	c.nodes[name][pool] = q
	i := slices.IndexFunc(c.specs, func(s CohortSpec) bool { return s.Name == name })
	if i < 0 {
		return q
	}
	for _, l := range c.specs[i].Limits {
		if l.Pool == pool {
			q.Limit = l
		}
	}
	if parent := c.specs[i].Parent; parent != "" {
		q.parent = c.node(parent, pool)
	}
	c.give(q, q.Nominal)
	return q
}

// give adds to what a quota has, and to what its parents have of it.
func (c *cohorts) give(q *quota, a Amounts) {
	for r := range a {
		give := a[r]
		for n := q; n != nil && give > 0; n = n.parent {
			before := min(n.subtree[r], n.Lend[r])
			n.subtree[r] = min(n.subtree[r]+give, Unlimited)
			give = min(n.subtree[r], n.Lend[r]) - before
		}
	}
}

// leaf returns the quota of a tenant.
func (c *cohorts) leaf(t *TenantSpec, l Limit) *quota {
	q := &quota{name: t.Name, Limit: l}
	if t.Cohort != "" {
		q.parent = c.node(t.Cohort, l.Pool)
	}
	for r := range l.Nominal {
		if l.Nominal[r] < Unlimited {
			var a Amounts
			a[r] = l.Nominal[r]
			c.give(q, a)
		}
	}
	return q
}
