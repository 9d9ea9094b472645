package serving
import ("testing";"github.com/google/go-cmp/cmp")
func TestTmpOne(t *testing.T) {
	for _, i := range []uint64{10529, 17089, 30399, 34695} {
		x := newExperiment(i)
		macro, step := x.run(false, true), x.run(true, true)
		d := cmp.Diff(step.log.String()+step.reads.String(), macro.log.String()+macro.reads.String())
		if len(d) > 1800 { d = d[:1800] }
		t.Log(i, x.router, x.replicas, x.cfg.MaxSeqs, x.cfg.MaxTokens, x.cfg.Queue, x.cfg.Blocks, "\n", d)
	}
}
