package perf

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/jevons-sim/jevons/sim/fleet"
)

// DeepSeek-V3's MTP module is 14 billion parameters, of which 11.5 are a layer of
// its own (the model card counts the shared embedding and head too).
func TestADraftLayerCostsALayer(t *testing.T) {
	s := replica(t, "DeepSeek-V3", "H200", Layout{TP: 8}, Precision{KV: fleet.FP8}, plain(nil), Options{})
	d, err := s.MTPDraft()
	if err != nil {
		t.Fatal(err)
	}
	if gb := d.extraWeights * 8 / 1e9; math.Abs(gb-11.5) > 0.2 {
		t.Errorf("the layer has %.2f GB of weights, want 11.5", gb)
	}
	with, err := s.WithDraft(d, 1, 1.85)
	if err != nil {
		t.Fatal(err)
	}
	// A 62nd layer's KV, and the layer's weights.
	want := (s.Memory.KV - d.extraWeights) / (s.Memory.KVToken * 62 / 61)
	if got := float64(with.KVTokens()); math.Abs(got-want) > 1 {
		t.Errorf("%v KV tokens, want %v", got, want)
	}
	// It reads a 61st of the weights, and the output head again, with no
	// scheduling of its own.
	step, pass := s.DecodeStep(64, 4096), d.Passes.DecodeStep(64, 4096)
	if ratio := pass.KV / step.KV; math.Abs(ratio-1.0/61) > 1e-9 {
		t.Errorf("a pass reads %v of the KV, want 1/61", ratio)
	}
	if ratio := (pass.Weights + pass.ExpertWeights) / (step.Weights + step.ExpertWeights); ratio < 1.0/61 || ratio > 2.0/61 {
		t.Errorf("a pass reads %v of the weights, want between 1/61 and 2/61", ratio)
	}
	if pass.Total() > step.Total()/20 {
		t.Errorf("a pass takes %v s, a step %v", pass.Total(), step.Total())
	}
}

func TestSpeculationMakesSmallBatchesCheaperAndLargeOnesDearer(t *testing.T) {
	s := replica(t, "Llama-3.1-70B", "H100", Layout{TP: 4}, Precision{}, plain(nil), Options{})
	m, err := LookupModel("Llama-3.1-8B")
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.ModelDraft(m)
	if err != nil {
		t.Fatal(err)
	}
	with, err := s.WithDraft(d, 4, 3) // three tokens a step of four proposals
	if err != nil {
		t.Fatal(err)
	}
	perToken := func(s *Serving, batch int) float64 {
		seconds, tokens := s.round(batch, 1000)
		return seconds / tokens
	}
	if speed := perToken(s, 1) / perToken(with, 1); speed < 1.4 || speed > 3 {
		t.Errorf("one request is %.2f times as fast, want between 1.4 and 3", speed)
	}
	if speed := perToken(s, 512) / perToken(with, 512); speed > 0.9 {
		t.Errorf("512 requests are %.2f times as fast, want less than 0.9: they were bound by computing", speed)
	}
	bound, err := with.LeastReplicaSeconds(500, 200, 1, with.KVTokens(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if real := 200 * perToken(with, 1); bound > real {
		t.Errorf("the lower bound is %v s, decoding alone takes %v", bound, real)
	}
}

func TestDraftsThatCannotBe(t *testing.T) {
	draft := func(s *Serving, model string) error {
		m, err := LookupModel(model)
		if err != nil {
			t.Fatal(err)
		}
		d, err := s.ModelDraft(m)
		if err != nil {
			return err
		}
		_, err = s.WithDraft(d, 3, 2)
		return err
	}
	llama := replica(t, "Llama-3.1-70B", "H100", Layout{TP: 4}, Precision{Weights: fleet.BF16}, plain(nil), Options{})
	if _, err := llama.MTPDraft(); err == nil || !strings.Contains(err.Error(), "comes without a layer for multi-token prediction") {
		t.Errorf("MTP of Llama: %v", err)
	}
	if err := draft(llama, "Qwen3-8B"); err == nil || !strings.Contains(err.Error(), "they must be the same") {
		t.Errorf("a draft with another vocabulary: %v", err)
	}
	wide := replica(t, "DeepSeek-V3", "H200", Layout{DP: 8}, Precision{}, plain(nil), Options{})
	if err := draft(wide, "DeepSeek-V3"); err == nil || !strings.Contains(err.Error(), "only the model's own MTP layer") {
		t.Errorf("a draft model under data parallelism: %v", err)
	}
	if _, err := wide.MTPDraft(); err != nil {
		t.Errorf("MTP under data parallelism: %v", err)
	}
	tight := replica(t, "Llama-3.1-70B", "H100", Layout{TP: 2}, Precision{Weights: fleet.FP8}, plain(nil), Options{})
	var misfit *FitError
	if err := draft(tight, "Llama-3.1-70B"); !errors.As(err, &misfit) {
		t.Errorf("a draft as large as the model: %v", err)
	}
}
