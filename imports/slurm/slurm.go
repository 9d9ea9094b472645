package slurm

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jevons-sim/jevons/imports"
	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/fleet"
	"github.com/jevons-sim/jevons/sim/scenario"
)

// Options say what a configuration does not.
type Options struct {
	Name string
	GPU  string // of nodes whose Gres does not name a type; "" = H100
}

// Read returns the fleet and the scheduler that a slurm.conf describes. An
// error caused by its content is of type *imports.Error.
func Read(file string, text []byte, o Options) (*imports.Draft, error) {
	lines, err := split(file, string(text))
	if err != nil {
		return nil, err
	}
	r := &reader{Draft: imports.NewDraft(o.Name, "a slurm.conf"), file: file, options: o, sets: map[string][]string{}}
	for i := range lines {
		if err := r.line(&lines[i]); err != nil {
			return nil, err
		}
	}
	if err := r.pools(); err != nil {
		return nil, err
	}
	r.policy()
	if len(r.other) > 0 {
		r.Note(file, 0, "", "not about scheduling, left out: %s", strings.Join(r.other, ", "))
	}
	return r.Draft, nil
}

// host is a node with GPUs.
type host struct {
	name, gpu  string
	gpus, cpus int
	memory     int64 // MiB
	features   []string
	partitions []string
	line       int
}

type partition struct {
	name, nodes string
	tier        int
	line        int
}

type reader struct {
	*imports.Draft
	file       string
	options    Options
	nodes      []*host
	bare       int // nodes without GPUs
	bareLine   int
	partitions []partition
	sets       map[string][]string // node sets
	defaults   struct{ node, partition line }
	settings   map[string]setting
	other      []string
}

type setting struct {
	value string
	line  int
}

func (r *reader) fail(l *line, field, format string, args ...any) error {
	return &imports.Error{File: r.file, Line: l.number, Field: field, Text: fmt.Sprintf(format, args...)}
}

// line reads one line by its first field.
func (r *reader) line(l *line) error {
	switch first := l.fields[0]; first.key {
	case "nodename":
		return r.node(l)
	case "partitionname":
		return r.partition(l)
	case "nodeset":
		nodes, _ := l.get("nodes")
		names, err := expand(nodes)
		if err != nil {
			return r.fail(l, "Nodes", "%v", err)
		}
		if feature, ok := l.get("feature"); ok {
			for _, h := range r.nodes {
				if slices.Contains(h.features, feature) {
					names = append(names, h.name)
				}
			}
		}
		r.sets[first.value] = names
	case "include":
		r.Note(r.file, l.number, "Include", "%s is not read: give its text too", first.value)
	default:
		for _, f := range l.fields {
			r.set(l, f)
		}
	}
	return nil
}

// whole reads a number.
func (r *reader) whole(l *line, key, name string, fallback int) (int, error) {
	v, ok := l.get(key)
	if !ok {
		return fallback, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > 1<<40 {
		return 0, r.fail(l, name, "found %s, want a whole number", quote(v))
	}
	return n, nil
}

// node reads a line of nodes.
func (r *reader) node(l *line) error {
	if l.fields[0].value == "DEFAULT" {
		r.defaults.node = *l
		r.nodeNotes(l)
		return nil
	}
	full := line{l.number, append(slices.Clone(l.fields), r.defaults.node.fields...)}
	names, err := expand(l.fields[0].value)
	if err != nil {
		return r.fail(l, "NodeName", "%v", err)
	}
	h := host{line: l.number}
	threads := 1
	for _, k := range []struct {
		key, name string
		fallback  int
	}{{"sockets", "Sockets", 1}, {"corespersocket", "CoresPerSocket", 1}, {"threadspercore", "ThreadsPerCore", 1}} {
		n, err := r.whole(&full, k.key, k.name, k.fallback)
		if err != nil {
			return err
		}
		threads *= max(1, n)
	}
	if h.cpus, err = r.whole(&full, "cpus", "CPUs", threads); err != nil {
		return err
	}
	memory, err := r.whole(&full, "realmemory", "RealMemory", 0)
	if err != nil {
		return err
	}
	h.memory = int64(memory)
	if f, ok := full.get("feature"); ok {
		h.features = strings.Split(f, ",")
	} else if f, ok := full.get("features"); ok {
		h.features = strings.Split(f, ",")
	}
	r.nodeNotes(l)
	gres, _ := full.get("gres")
	if err := r.gres(l, gres, &h); err != nil {
		return err
	}
	if h.gpus == 0 {
		r.bare += len(names)
		r.bareLine = l.number
		return nil
	}
	for _, n := range names {
		x := h
		x.name = n
		r.nodes = append(r.nodes, &x)
	}
	return nil
}

// nodeNotes lists what of nodes is not modelled.
func (r *reader) nodeNotes(l *line) {
	for _, f := range l.fields[1:] {
		switch f.key {
		case "cpus", "sockets", "corespersocket", "threadspercore", "realmemory", "gres", "feature", "features", "boards", "nodeaddr", "nodehostname", "port", "reason":
		case "state":
			if s := strings.ToUpper(f.value); s != "UNKNOWN" && s != "IDLE" && s != "CLOUD" {
				r.Note(r.file, l.number, f.name, "%s is not modelled: the nodes are in service (see failures and drains)", f.value)
			}
		default:
			r.Note(r.file, l.number, f.name, "not modelled, left out")
		}
	}
}

// gres reads what a node has besides: gpu:a100:8(S:0-1),nvme:1.
func (r *reader) gres(l *line, text string, h *host) error {
	for _, g := range cut(strings.NewReplacer("(", "[", ")", "]").Replace(text)) {
		g, _, _ = strings.Cut(g, "[")
		parts := strings.Split(g, ":")
		switch {
		case g == "" || g == "none":
		case parts[0] != "gpu":
			r.Note(r.file, l.number, "Gres", "%s is not modelled", parts[0])
		default:
			n, kind := 1, ""
			last := parts[len(parts)-1]
			if v, err := strconv.Atoi(last); err == nil && len(parts) > 1 {
				n, parts = v, parts[:len(parts)-1]
				if n < 1 || n > 64 {
					return r.fail(l, "Gres", "found %d GPUs, want from 1 to the 64 that a node can have", n)
				}
			}
			if len(parts) > 1 {
				kind = parts[1]
			}
			gpu, err := r.gpu(l, kind, h)
			if err != nil {
				return err
			}
			if h.gpus > 0 && h.gpu != gpu {
				return r.fail(l, "Gres", "nodes with GPUs of two types (%s and %s) are not modelled", h.gpu, gpu)
			}
			h.gpus, h.gpu = h.gpus+n, gpu
		}
	}
	if h.gpus > 64 {
		return r.fail(l, "Gres", "%d GPUs per node are more than the 64 a node can have", h.gpus)
	}
	return nil
}

func (r *reader) gpu(l *line, kind string, h *host) (string, error) {
	if kind != "" {
		if g, ok := imports.GuessGPU(kind); ok {
			return g.Name, nil
		}
	}
	for _, f := range h.features {
		if g, ok := imports.GuessGPU(f); ok {
			return g.Name, nil
		}
	}
	if r.options.GPU != "" {
		g, err := fleet.LookupGPU(r.options.GPU)
		if err != nil {
			return "", r.fail(l, "Gres", "%v", err)
		}
		return g.Name, nil
	}
	r.Note(r.file, l.number, "Gres", "gpu:%s names no GPU of the catalogue: H100 is assumed (--gpu says another)", kind)
	return "H100-SXM", nil
}

// partition reads a partition.
func (r *reader) partition(l *line) error {
	if l.fields[0].value == "DEFAULT" {
		r.defaults.partition = *l
		r.partitionNotes(l)
		return nil
	}
	full := line{l.number, append(slices.Clone(l.fields), r.defaults.partition.fields...)}
	p := partition{name: l.fields[0].value, line: l.number}
	p.nodes, _ = full.get("nodes")
	var err error
	if p.tier, err = r.whole(&full, "prioritytier", "PriorityTier", 1); err != nil {
		return err
	}
	if p.tier > 1<<30 {
		return r.fail(l, "PriorityTier", "%d is more than %d", p.tier, 1<<30)
	}
	if grace, err := r.whole(&full, "gracetime", "GraceTime", 0); err != nil {
		return err
	} else if t := event.Time(grace) * event.Second; t > r.Scenario.Scheduler.GracePeriod {
		r.Scenario.Scheduler.GracePeriod = t
	}
	r.partitionNotes(l)
	r.partitions = append(r.partitions, p)
	return nil
}

// partitionNotes lists what of a partition is not modelled.
func (r *reader) partitionNotes(l *line) {
	for _, f := range l.fields[1:] {
		switch f.key {
		case "nodes", "prioritytier", "gracetime", "default":
		case "state":
			if !strings.EqualFold(f.value, "UP") {
				r.Note(r.file, l.number, f.name, "%s is not modelled: the partition takes jobs", f.value)
			}
		default:
			r.Note(r.file, l.number, f.name, "not modelled, left out")
		}
	}
}

// pools makes pools of nodes that are alike.
func (r *reader) pools() error {
	if len(r.nodes) == 0 {
		return &imports.Error{File: r.file, Text: "no NodeName line has GPUs (Gres=gpu:…): no pool can be made"}
	}
	if r.bare > 0 {
		r.Note(r.file, r.bareLine, "NodeName", "%d nodes without GPUs are left out", r.bare)
	}
	byName := map[string]*host{}
	for _, h := range r.nodes {
		byName[h.name] = h
	}
	for _, p := range r.partitions {
		names, err := r.members(p.nodes)
		if err != nil {
			return &imports.Error{File: r.file, Line: p.line, Field: "Nodes", Text: err.Error()}
		}
		for _, n := range names {
			if h := byName[n]; h != nil {
				h.partitions = append(h.partitions, p.name)
			}
		}
	}
	index := map[string]int{}
	used := map[string]int{}
	inPools := map[string][]string{} // by partition
	for _, h := range r.nodes {
		key := fmt.Sprintf("%s/%d/%d/%d/%s", h.gpu, h.gpus, h.cpus, h.memory, strings.Join(h.partitions, ","))
		i, ok := index[key]
		if !ok {
			i = len(r.Scenario.Fleet.Pools)
			index[key] = i
			name := strings.ToLower(h.gpu)
			if used[name]++; used[name] > 1 {
				name = fmt.Sprintf("%s-%d", name, used[name])
			}
			memory := units.Bytes(h.memory) << 20
			if memory == 0 {
				memory = 2 << 40
			}
			r.Scenario.Fleet.Pools = append(r.Scenario.Fleet.Pools, scenario.Pool{Name: name, GPU: h.gpu, GPUsPerNode: h.gpus, CPUsPerNode: float64(h.cpus), MemoryPerNode: memory})
			for _, p := range h.partitions {
				inPools[p] = append(inPools[p], name)
			}
		}
		r.Scenario.Fleet.Pools[i].Nodes++
	}
	for _, p := range r.partitions {
		switch pools := inPools[p.name]; len(pools) {
		case 0:
			r.Note(r.file, p.line, "PartitionName "+p.name, "has no node with GPUs")
		case 1:
			r.Note(r.file, p.line, "PartitionName "+p.name, "its jobs: pool: %s, priority: %d", pools[0], p.tier)
		default:
			r.Note(r.file, p.line, "PartitionName "+p.name, "its jobs: priority: %d, in one of the pools %s", p.tier, strings.Join(pools, ", "))
		}
	}
	return nil
}

// members returns the nodes that a partition names.
func (r *reader) members(list string) ([]string, error) {
	if strings.EqualFold(list, "ALL") {
		var all []string
		for _, h := range r.nodes {
			all = append(all, h.name)
		}
		return all, nil
	}
	var out []string
	for _, part := range cut(list) {
		if set, ok := r.sets[part]; ok {
			out = append(out, set...)
			continue
		}
		names, err := expand(part)
		if err != nil {
			return nil, err
		}
		out = append(out, names...)
	}
	return out, nil
}
