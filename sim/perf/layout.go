package perf

import "fmt"

// Layout says how one replica of a model is spread over GPUs. Zero degrees
// count as 1.
type Layout struct {
	TP int // tensor parallel: every layer is cut over TP GPUs
	PP int // pipeline parallel: layers are spread over PP stages
	EP int // expert parallel: whole experts on EP of the TP GPUs, reached by all-to-all
}

func (l Layout) withDefaults() Layout {
	return Layout{TP: max(l.TP, 1), PP: max(l.PP, 1), EP: max(l.EP, 1)}
}

// GPUs returns the GPUs of one replica.
func (l Layout) GPUs() int { l = l.withDefaults(); return l.TP * l.PP }

// String returns the layout as engineers write it: "TP8", "TP8 PP2".
func (l Layout) String() string {
	l = l.withDefaults()
	s := fmt.Sprintf("TP%d", l.TP)
	if l.PP > 1 {
		s += fmt.Sprintf(" PP%d", l.PP)
	}
	if l.EP > 1 {
		s += fmt.Sprintf(" EP%d", l.EP)
	}
	return s
}
