package perf

import "fmt"

// Layout says how one replica of a model is spread over GPUs. Zero degrees
// count as 1.
type Layout struct {
	TP int // tensor parallel: every layer is cut over TP GPUs
	PP int // pipeline parallel: layers are spread over PP stages
	// DP is the data parallelism of attention: DP ranks of TP GPUs each hold
	// all weights but the experts, and the KV of their own requests. The
	// experts are spread over all ranks.
	DP int
	// EP is over how many of a stage's TP·DP GPUs whole experts are spread; the
	// GPUs of an expert cut it between them. Where attention is data-parallel
	// it is all of them, whether said or not.
	EP int
}

func (l Layout) withDefaults() Layout {
	l = Layout{TP: max(l.TP, 1), PP: max(l.PP, 1), DP: max(l.DP, 1), EP: max(l.EP, 1)}
	if l.EP == 1 && l.DP > 1 {
		l.EP = l.stage()
	}
	return l
}

// stage returns the GPUs of a pipeline stage.
func (l Layout) stage() int { return l.TP * l.DP }

// GPUs returns the GPUs of one replica.
func (l Layout) GPUs() int { l = l.withDefaults(); return l.stage() * l.PP }

// String returns the layout as engineers write it: "TP8", "TP8 PP2",
// "TP1 DP8 EP8".
func (l Layout) String() string {
	l = l.withDefaults()
	s := fmt.Sprintf("TP%d", l.TP)
	for _, d := range []struct {
		name   string
		degree int
	}{{"PP", l.PP}, {"DP", l.DP}, {"EP", l.EP}} {
		if d.degree > 1 {
			s += fmt.Sprintf(" %s%d", d.name, d.degree)
		}
	}
	return s
}

// check says why a model cannot be spread like this.
func (l Layout) check(m *Model) error {
	switch {
	case m.Heads%l.TP != 0:
		return fmt.Errorf("tensor parallelism %d does not divide the %d attention heads of %s", l.TP, m.Heads, m.Name)
	case l.PP > m.Layers:
		return fmt.Errorf("pipeline parallelism %d exceeds the %d layers of %s", l.PP, m.Layers, m.Name)
	case l.DP > 1 && !m.MoE():
		return fmt.Errorf("data-parallel attention %d: %s has no experts to share; use replicas", l.DP, m.Name)
	case l.EP > 1 && !m.MoE():
		return fmt.Errorf("expert parallelism %d: %s has no experts", l.EP, m.Name)
	case l.stage()%l.EP != 0:
		return fmt.Errorf("expert parallelism %d must divide the %d GPUs of a stage (tp × dp)", l.EP, l.stage())
	case m.MoE() && l.EP > 2*m.Experts:
		return fmt.Errorf("expert parallelism %d is more than twice the %d experts of %s", l.EP, m.Experts, m.Name)
	case l.DP > 1 && l.EP != l.stage():
		return fmt.Errorf("expert parallelism %d: with data-parallel attention experts are spread over all %d GPUs of a stage (tp × dp)", l.EP, l.stage())
	}
	return nil
}
