package perf

import "github.com/jevons-sim/jevons/sim/fleet"

// On returns the cost of the same replica on a gang that lies apart: its GPUs are
// dealt out in order of placement, GPU by GPU, in groups that nest [TP, DP, PP]
// with TP innermost. The groups that lie worst set the pace of all.
//
// Of a group m ranks lie in a rack, at least, whose uplinks are oversubscribed o
// times, over NICs of bandwidth B. When all GPUs of the rack send, an all-reduce,
// which leaves the rack once, and a transfer between pipeline stages, of which one
// of m leaves, run at
//
//	min(B, m·B/o)
//
// and of an exchange among n ranks the share (n−m)/n leaves, at B/o. Inside one
// scale-up domain of several nodes groups use its links, and a group that two of
// them hold uses the NICs. Neighbours on a network that blocks nowhere cost what
// NewServing says, and s itself is returned.
func (s *Serving) On(l fleet.Location) *Serving {
	if len(l.Tiers) == 0 || len(l.Tiers[0].Units)*l.GPUs < s.GPUs() {
		return s
	}
	j := s.placed(l)
	if j == s.joined {
		return s
	}
	p := *s
	p.joined = j
	if d := s.Draft; d != nil && d.Passes != nil {
		draft, passes := *d, *d.Passes
		passes.joined = j
		draft.Passes, p.Draft = &passes, &draft
	}
	return &p
}

// Joints returns what joins the GPUs of the replica.
func (s *Serving) Joints() Joints { return s.joined }

// placed returns what joins the replica's groups where they lie.
func (s *Serving) placed(l fleet.Location) Joints {
	j := s.neighbours()
	tp, stage, pp := s.Layout.TP, s.Layout.stage(), s.Layout.PP
	units := (s.GPUs() + l.GPUs - 1) / l.GPUs
	tpInside, stageInside := false, s.Layout.DP == 1 // which exchanges nothing
	for _, t := range l.Tiers {
		lies := func(ranks int, of func(rank int) int) (fewest, most int) {
			return together(ranks, s.GPUs()/ranks, of, t.Units[:units], l.GPUs)
		}
		narrow := t.Tier != fleet.Domain
		if !tpInside {
			m, most := lies(tp, func(r int) int { return r / tp })
			tpInside = s.cut(&j.tp, t.Tier, m, most, s.ring(m))
			if m < tp && narrow {
				j.tp.bandwidth = min(j.tp.bandwidth, float64(float64(m)*t.Share*s.network()))
			}
		}
		if !stageInside {
			m, most := lies(stage, func(r int) int { return r / stage })
			stageInside = s.cut(&j.stage, t.Tier, m, most, s.network())
			if m < stage && narrow {
				j.away = max(j.away, float64(stage-m)/float64(float64(stage)*t.Share))
			}
		}
		if m, _ := lies(pp, func(r int) int { return r % stage }); m < pp && narrow {
			j.pipeline = min(j.pipeline, float64(float64(m)*t.Share*s.network()))
		}
	}
	return j
}

// cut makes a fabric what a group has for it of which at least m ranks lie in each
// of up to so many units of a tier, beyond which it has a bandwidth of its own. It
// reports whether a scale-up domain holds the group.
func (s *Serving) cut(f *fabric, t fleet.Tier, m, units int, beyond float64) (inside bool) {
	switch {
	case m < f.gpus:
		if f.nodes == 1 {
			f.bandwidth, f.latency = beyond, s.Coef.NetLatency
		}
		f.bandwidth = min(f.bandwidth, beyond)
		f.nodes = max(f.nodes, units)
	case t == fleet.Domain && s.GPU.ScaleUpBandwidth > 0:
		f.bandwidth, f.latency, f.nodes = s.GPU.ScaleUpBandwidth, s.Coef.LocalLatency, 1
		return true
	}
	return false
}
