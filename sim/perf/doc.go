// Package perf is the cost model: how long a step of serving or training takes
// for a model architecture on a GPU type in a layout, what memory it needs, and
// what work (FLOPs, bytes) it does.
//
// A model is known by its shape alone: a row of data/models.csv or a config.json
// (Model, ParseConfig). From it parameters, KV cache and FLOPs are counted
// (shape.go). Everything else is roofs: arithmetic at a share of the peak of the
// matrix units, reads at a share of the memory bandwidth, collectives at a share
// of the links, and overheads per step, layer and request. The shares and
// overheads are named coefficients; a Calibration holds those of an engine by GPU
// type, shared by all models, and is fitted by package calibrate.
//
// # Serving
//
// Serving is one replica: NewServing lays a model out over GPUs (Layout: tensor,
// pipeline, expert parallelism and data-parallel attention), checks that it fits,
// and gives step times by what they wait for (StepTime). Table turns it into the
// integers that the serving engine sums: step times depend on requests, tokens,
// pairs and context linearly except for what depends on tokens alone. On is the
// same replica over nodes that lie apart in the network.
//
// # Training
//
// Training is one pre-training step: layouts over TP, CP, PP, DP and EP, pipeline
// schedules, recomputation, ZeRO, overlap (training_*.go), checked for memory;
// a search finds the fastest that fits. docs/training.md has the formulas.
//
// All results are deterministic on every host: elementary functions come from
// fmath, and products that feed sums are rounded first.
package perf
