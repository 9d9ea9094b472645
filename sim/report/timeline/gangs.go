package timeline

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/jevons-sim/jevons/sim/result"
)

// ownTracks is the most gangs of a heading that get a track each; beyond that,
// they share.
const ownTracks = 200

// heading is gangs that belong together.
type heading struct{ class, name string }

// gangs writes the tracks of jobs and of the replicas of deployments.
func (w *writer) gangs() {
	lives := map[heading][]life{}
	for _, l := range w.recorder.lives() {
		h := heading{class: l.class}
		if l.class == "inference" {
			h.name = l.name
		}
		lives[h] = append(lives[h], l)
	}
	var jobs, deployments uint64
	for _, h := range slices.SortedFunc(maps.Keys(lives), func(a, b heading) int { return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.name, b.name)) }) {
		if h.class == "inference" {
			if deployments == 0 {
				deployments = w.track(0, "deployments", false)
			}
			d := w.track(deployments, h.name, false)
			w.seriesOf(d, h.name, "replicas_ready", "requests_in_system", "requests_running", "kv_tokens")
			w.replicaTracks(d, h.name, lives[h])
			continue
		}
		if jobs == 0 {
			jobs = w.track(0, "jobs", false)
		}
		w.jobTracks(w.track(jobs, map[string]string{"training": "pre-training", "rl": "RL post-training", "jobs": "other jobs"}[h.class], false), lives[h])
	}
	w.placements()
	w.phases()
}

// lives returns when each gang is to be seen, in order of gang.
func (r *Recorder) lives() []life {
	byGang := map[int64]*life{}
	see := func(gang int64, name, class string, from, to int64) {
		l := byGang[gang]
		if l == nil {
			l = &life{gang, name, class, from, to}
			byGang[gang] = l
		}
		l.from, l.to = min(l.from, from), max(l.to, to)
	}
	for i := range r.placements {
		if x := &r.placements[i]; x.Gang != 0 {
			see(x.Gang, x.Name, x.Class, x.From, x.To)
		}
	}
	for i := range r.phases {
		x := &r.phases[i]
		see(x.Gang, x.GangName, x.Class, x.From, x.To)
	}
	var out []life
	for _, id := range slices.Sorted(maps.Keys(byGang)) {
		out = append(out, *byGang[id])
	}
	return out
}

func (w *writer) jobTracks(parent uint64, lives []life) {
	if len(lives) <= ownTracks {
		for _, l := range lives {
			w.jobs[l.id] = w.track(parent, fmt.Sprintf("%s (%d)", l.name, l.id), false)
		}
		return
	}
	lane, n := pack(lives)
	tracks := make([]uint64, n)
	for i := range tracks {
		tracks[i] = w.track(parent, fmt.Sprintf("jobs %05d", i+1), false)
	}
	for id, l := range lane {
		w.jobs[id] = tracks[l]
	}
}

// replicaTracks writes a track per replica that runs at a time, with its
// counters.
func (w *writer) replicaTracks(parent uint64, deployment string, lives []life) {
	lane, n := pack(lives)
	points := make([]map[string][]point, n)
	for _, l := range lives { // in order of time
		for _, what := range []string{"requests in the batch", "requests in its queue", "KV tokens"} {
			own := w.recorder.replicas.points[replicaKey{deployment, l.id, what}]
			if own == nil {
				continue
			}
			at := lane[l.id]
			if points[at] == nil {
				points[at] = map[string][]point{}
			}
			points[at][what] = append(append(points[at][what], own...), point{at: l.to})
		}
	}
	tracks := make([]uint64, n)
	for i := range tracks {
		tracks[i] = w.track(parent, fmt.Sprintf("replica %04d", i+1), false)
		for _, what := range slices.Sorted(maps.Keys(points[i])) {
			w.counter(tracks[i], what, points[i][what])
		}
	}
	for id, l := range lane {
		w.jobs[id] = tracks[l]
	}
}

// placements writes a slice for each time that a gang held GPUs.
func (w *writer) placements() {
	type stay struct{ gang, from int64 }
	at := map[stay]int{}
	for i := range w.recorder.placements {
		x := &w.recorder.placements[i]
		if x.Gang == 0 {
			continue
		}
		if j, ok := at[stay{x.Gang, x.From}]; ok { // on other nodes too
			w.slices[j].notes[0].number += x.GPUMilli
			w.slices[j].notes[1].number += nodesOf(x)
			continue
		}
		at[stay{x.Gang, x.From}] = len(w.slices)
		w.slices = append(w.slices, w.placement(x))
	}
}

func (w *writer) placement(x *result.PlacementRow) slice {
	return slice{track: w.jobs[x.Gang], from: x.From, to: x.To, category: "placement", name: x.Name, notes: []annotation{
		{name: "gpu_milli", number: x.GPUMilli}, {name: "nodes", number: nodesOf(x)}, {name: "class", text: x.Class},
		{name: "pool", text: x.Pool}, {name: "gang", number: x.Gang}, {name: "end", text: x.End},
	}}
}

func (w *writer) phases() {
	for i := range w.recorder.phases {
		x := &w.recorder.phases[i]
		s := slice{track: w.jobs[x.Gang], depth: 1, from: x.From, to: x.To, category: "phase", name: x.Name}
		if x.Name == "waiting" {
			s.depth = 0
		}
		if x.Number > 0 {
			s.notes = []annotation{{name: "step", number: x.Number}}
		}
		w.slices = append(w.slices, s)
	}
}
