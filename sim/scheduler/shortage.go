package scheduler

// Shortage is a quota that keeps a gang out of a pool.
type Shortage struct {
	Quota             string // whose: the tenant's, or the cohort's whose share is used up
	Pool              int
	Resource          Resource
	Needed, Available int64 // in the resource's units; below 0 when more is used than there is
}

// Shortages returns what its tenant lacks of quota in each of a waiting gang's
// pools; nil if there is quota in one of them.
func (s *Scheduler) Shortages(g *Gang) []Shortage {
	var out []Shortage
	for _, pool := range g.Pools {
		q, need := g.quota(pool), amounts(g.Request)
		if q == nil || q.fits(need) {
			return nil
		}
		for r := range need {
			if a := q.available(r); need[r] > 0 && need[r] > a {
				out = append(out, Shortage{q.limiting(r), pool, Resource(r), need[r], a})
				break
			}
		}
	}
	return out
}

// limiting returns whose quota bounds what is available of a resource: the one
// nearest to the tenant whose own bound it is.
func (q *quota) limiting(r int) string {
	for n := q; ; n = n.parent {
		if n.parent == nil || n.subtree[r]-n.kept(r)+n.Borrow[r]-max(0, n.usage[r]-n.kept(r)) <= n.parent.available(r) && n.Borrow[r] < Unlimited {
			return n.name
		}
	}
}

// ShareQuota reports whether two gangs use a common quota in a pool.
func (s *Scheduler) ShareQuota(a, b *Gang, pool int) bool {
	x, y := a.quota(pool), b.quota(pool)
	return x != nil && y != nil && x.root() == y.root()
}
