// Package serving simulates inference engines with continuous batching: the
// replicas of a deployment, request by request, exact to the nanosecond.
//
// # What a step is
//
// An engine works in steps. At the start of each it forms a batch:
//
//  1. every running decode takes one token;
//  2. running requests whose prompt is partly computed take a chunk of it, in
//     order of admission, while the token budget (MaxTokens) lasts;
//  3. waiting requests are admitted from the head of the queue while there is
//     budget, a free sequence (MaxSeqs) and KV memory for their first chunk.
//
// KV memory is paged: Blocks blocks of BlockSize tokens. When a running request
// needs a block and none is free, the engine preempts: the most recently
// admitted request (under Priority the least important, then the most recent)
// gives back its blocks, returns to the head of the queue and later computes
// prompt and generated tokens anew. No request is admitted in a step that
// preempted. A request that could not fit an empty engine is rejected when it
// arrives.
//
// The step that completes a prompt yields its first output token; every later
// token takes one decode step, which attends to the whole context including the
// token itself. The duration of a step is perf.StepTable's.
//
// # Macro-steps
//
// Between two changes of the batch nothing unpredictable happens: a run of
// decode steps has constant batch size b, its context grows by b tokens a step,
// and so its durations are an arithmetic progression, or two where the binding
// roof changes. The default engine therefore takes k steps in one event, up to
// the first of: a request's last token, the step for which KV blocks would run
// out, or an outside event that could change the batch. The latter takes effect
// at the first step boundary at or after its time, found by inverting the
// closed form. Only steps with prefill are events of their own.
//
// With Config.StepMode a deliberately plain engine takes every step singly and
// loops over requests. It is the oracle: both give the same nanoseconds, the
// same histograms and the same GPU-time accounts, which the tests in this
// package compare over thousands of random configurations.
//
// # Time
//
// Durations are integers in units of 2⁻¹⁶ ns, and a replica's clock carries the
// fraction from step to step, so that summing steps at once or singly gives the
// same bits. The instant of a boundary, as others see it, is the clock rounded
// up to a whole nanosecond. At one instant steps end first (event.ClassEnd),
// then requests arrive, then the next batch forms (event.ClassStep): a request
// that arrives exactly at a boundary joins the batch that starts there.
//
// # Reading
//
// Load, KVBlocks, Usage and Work may be called at any time and change nothing.
// Usage accounts for GPU time cumulatively, including the part of a step in
// progress, and so its differences over any sequence of times add up exactly.
package serving
