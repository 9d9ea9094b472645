package perf

import "github.com/jevons-sim/jevons/sim/fleet"

// trainGroup is a kind of communication group of a layout.
type trainGroup int

const (
	groupTP trainGroup = iota
	groupCP
	groupEP
	groupPP
	groupDP // context-parallel ranks share the gradients too
	numTrainGroups
)

// crossing is a tier of the network that a kind of group leaves.
type crossing struct {
	tier  fleet.Tier
	ranks int     // that each group has, at least, in each unit it touches
	share float64 // of its NIC that each GPU has on the way out
}

// placedLinks is where the groups of a layout lie in the network.
type placedLinks struct {
	inside  [numTrainGroups]bool // one scale-up domain holds each group
	crossed [numTrainGroups][]crossing
}

// On returns the cost of the same job on the first GPUs of a gang that lies apart:
// ranks are dealt out in order of placement, GPU by GPU, in groups that nest [TP,
// CP, PP, DP] with TP innermost; expert-parallel groups follow TP. The groups
// that lie worst set the pace of all.
//
// A ring leaves each unit of a tier that it crosses once. When all GPUs of the
// unit send, a group of which m ranks lie there has m GPUs' share of the
// uplinks, so over NICs of bandwidth B and an oversubscription of o it runs at
//
//	min(B', m·B/o)
//
// with B' what it reaches inside (several NICs of a node where ranks share one);
// the same holds for pipeline stages, where one of m transfers leaves. An
// all-to-all of n ranks sends (n−m)/n of its bytes out of the unit, at B/o.
// Groups inside one scale-up domain of several nodes use its links. A location
// in which nothing is crossed changes nothing.
func (t *Training) On(l fleet.Location) *Training {
	if len(l.Tiers) == 0 || len(l.Tiers[0].Units)*l.GPUs < t.layout.GPUs() {
		return t
	}
	p := *t
	p.links.placed = t.layout.placed(l)
	if p.links.placed == nil {
		return t
	}
	p.stages()
	p.once = p.onceCosts()
	p.step = p.stepOf(float64(p.options.GlobalBatch / (p.layout.DP * p.layout.MicroBatch)))
	return &p
}

// placed returns what of the network the groups cross, nil if nothing.
func (l TrainLayout) placed(at fleet.Location) *placedLinks {
	var out placedLinks
	any, gpus := false, l.GPUs()
	inner, stage := l.TP*l.CP, l.TP*l.CP*l.PP
	for kind, g := range [numTrainGroups]struct {
		ranks, groups int
		of            func(rank int) int
	}{
		groupTP: {l.TP, l.GPUs() / l.TP, func(r int) int { return r / l.TP }},
		groupCP: {l.CP, l.GPUs() / l.CP, func(r int) int { return r%l.TP + l.TP*(r/inner) }},
		groupEP: {l.EP, l.GPUs() / l.EP, func(r int) int { return r%l.TP + l.TP*(r/(l.TP*l.EP)) }},
		groupPP: {l.PP, l.GPUs() / l.PP, func(r int) int { return r%inner + inner*(r/stage) }},
		groupDP: {l.CP * l.DP, l.TP * l.PP, func(r int) int { return r%l.TP + l.TP*(r/inner%l.PP) }},
	} {
		if g.ranks <= 1 {
			continue
		}
		for _, t := range at.Tiers {
			m, _ := together(g.ranks, g.groups, g.of, t.Units[:(gpus+at.GPUs-1)/at.GPUs], at.GPUs)
			switch {
			case m == g.ranks && t.Tier == fleet.Domain:
				out.inside[kind] = true
				any = true
			case m < g.ranks:
				out.crossed[kind] = append(out.crossed[kind], crossing{t.Tier, m, t.Share})
				any = true
			}
		}
	}
	if !any {
		return nil
	}
	return &out
}

// together returns the fewest ranks that any of some groups has in any unit which
// it touches, all its ranks if no group is cut, and the most units that one
// touches. Units, of a worker's GPUs each, do not decrease with rank.
func together(ranks, groups int, of func(rank int) int, units []int, gpus int) (fewest, most int) {
	fewest, all := ranks, ranks*groups
	count, touched := make([]int, groups), make([]int, groups) // in the unit at hand, so far
	for lo := 0; lo < len(units); {
		hi := lo
		for hi < len(units) && units[hi] == units[lo] {
			hi++
		}
		for r := lo * gpus; r < min(hi*gpus, all); r++ {
			count[of(r)]++
		}
		for r := lo * gpus; r < min(hi*gpus, all); r++ {
			if g := of(r); count[g] > 0 {
				touched[g]++
				fewest, most = min(fewest, count[g]), max(most, touched[g])
				count[g] = 0
			}
		}
		lo = hi
	}
	return fewest, most
}

// ring returns the link of a ring, or of pipeline neighbours, that has net
// inside the tiers which the groups cross.
func (l links) ring(kind trainGroup, net link) link {
	if l.placed == nil {
		return net
	}
	for _, c := range l.placed.crossed[kind] {
		out := float64(c.ranks) * c.share * l.network.bandwidth
		switch {
		case c.tier != fleet.Domain:
			net.bandwidth = min(net.bandwidth, out)
		case kind != groupPP: // a ring leaves a domain once, and has the NICs of all its ranks there
			net.bandwidth = max(net.bandwidth, min(l.scaleUp.bandwidth, out))
		}
	}
	return net
}

// dispatch returns the seconds in which each of n ranks of expert-parallel
// groups that cross nodes sends size bytes, spread evenly over all.
func (l links) dispatch(n int, size float64) float64 {
	time := l.network.allToAll(n, size)
	if l.placed == nil {
		return time
	}
	for _, c := range l.placed.crossed[groupEP] {
		if c.tier == fleet.Domain {
			continue
		}
		out := l.network
		out.bandwidth = float64(out.bandwidth * c.share)
		time = max(time, float64(float64(n-c.ranks)/float64(n)*size/out.bandwidth)+out.latency)
	}
	return time
}

// inside reports whether each group of a kind lies in one scale-up domain.
func (l links) inside(kind trainGroup) bool { return l.placed != nil && l.placed.inside[kind] }
