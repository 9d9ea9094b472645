package service

import (
	"slices"

	"github.com/jevons-sim/jevons/sim/cluster"
	"github.com/jevons-sim/jevons/sim/event"
)

// ColdStart is the parts of a replica's start, from placement to readiness, one
// after the other.
type ColdStart struct {
	Fixed event.Time // processes, graphs
	// Image is the time to pull the container image on a node that has not got it
	// from an earlier start.
	Image event.Time
	// Disk and Peer are the times to load the weights from storage, and from a
	// ready replica of the same model; no Peer = always from storage.
	Disk, Peer event.Time
	WarmUp     event.Time
}

// place is a node of a pool.
type place struct{ pool, node int }

// startup returns how long a replica that has just been placed takes to start,
// and notes which nodes have the image from now on.
func (s *Service) startup(r *replica, g *cluster.Gang) event.Time {
	c := &r.start
	t := c.Fixed + c.Disk + c.WarmUp
	if c.Peer > 0 && slices.ContainsFunc(s.replicas, func(o *replica) bool { return o.serving != nil && o.engine == r.engine }) {
		t += c.Peer - c.Disk
	}
	if c.Image == 0 {
		return t
	}
	pulls := false
	for _, slot := range g.Placement().Slots {
		at := place{g.Pool(), slot.Node}
		if !s.pulled[at] {
			s.pulled[at], pulls = true, true
		}
	}
	if pulls {
		t += c.Image
	}
	return t
}
