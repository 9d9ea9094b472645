// Package serving simulates inference engines with continuous batching: the
// replicas of a deployment, request by request, exact to the nanosecond.
//
// A Replica is one engine. A Deployment spreads requests over the replicas that
// are ready with a Router, or holds them. Ends of requests go to a Sink. All
// replicas of one engine share a Config, which never changes.
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
//     Where the head does not fit, those behind it wait too.
//
// The step that completes a prompt yields its first output token; every later
// token takes one decode step, which attends to the whole context including the
// token itself. The last token generated never enters the model, and so a
// request of p prompt and o output tokens needs KV for p + o − 1. One that could
// not fit an empty engine is rejected when it arrives.
//
// A step of n query tokens takes (see perf.StepTable)
//
//	host + sequence·s + comm[n] + matrix[n] + max(decode·D + prefill·P, kv·R) + local
//
// local being the same maximum in layers whose attention is bounded, with the pairs
// and reads within their span (perf.Span). D is the summed context of the decodes, their new tokens included. A chunk of
// c tokens after d others adds c·d + c(c+1)/2 pairs to P, and d + c reads to R,
// which for decodes is D again.
//
// # KV memory
//
// KV memory is paged: Blocks blocks of BlockSize tokens, allocated when the step
// that fills them is formed. When a running request needs a block and none is
// free, the engine preempts by recomputation: the most recently admitted
// request (under Priority the least important, then the most recent) gives back
// its blocks, returns to the head of the queue and later prefills its prompt and
// the tokens it had generated. No request is admitted in a step that preempted.
//
// Under Guaranteed admission a request is admitted only if there is memory for
// all that it and the running requests may come to need, and none is preempted.
//
// # Host memory
//
// Config.HostBlocks more blocks may be in host memory. Preemption by swapping
// copies a request's context there, and the request, once admitted again, computes
// on from where it was; without room it is recomputed. The rest of host memory
// holds what the prefix cache has no room for on the GPU, in the same order of last
// use. The step that gives up or takes back a request, or that admits one whose
// match is in host memory, first waits HostMove for every block (under
// HostOverlap for what of that is longer than the step's body); blocks of the
// prefix cache go out in the background. A request that was swapped out uses its
// own copy, and of the cache what is on the GPU.
//
// # Speculation
//
// Under Config.Speculation every decode has k + 1 query tokens in a step: k
// proposals of a draft, and the last token generated. It gains the proposals up to
// the first wrong one and a token of the model's own, 1 to k + 1 tokens; which is
// drawn with one random number per request and step. It needs KV for its context
// and k + 1 tokens; what the wrong ones take stays with it. A step of b decodes with
// K tokens of context, n = b·(k + 1), D = (k + 1)·K + b·(k + 1)(k + 2)/2 and
// R = K + n, also takes the time of the draft: one pass over prompts and decodes
// and k − 1 over the decodes. The latency of a step is one inter-token latency of
// every decode, as a client that receives several tokens at once measures it.
//
// # Leaving early
//
// Cancel is the client giving up: a waiting request ends at once, a running one
// at the next boundary, unless it completes there. Expire is a deadline in the
// queue: a request that has not started is rejected, any other goes on, late as
// it may be. Stop takes all requests off a replica, in the middle of a step if
// need be; what they had is lost, and Deployment.Retry routes them again from
// the start, in front of those that have been waiting.
//
// # Routers, the gate, two halves
//
// Routers that decide by what replicas hold look at them every so often
// (router_view.go): KV memory can be read at any instant but means the same in
// both engines only when all of an instant has happened. What caches hold reaches
// them as a log of changes (cachelog.go). A Gate turns requests away and holds
// them in an order before any router sees them (gate.go). A request that has been
// split has its prompt computed by one replica and goes on at another
// (handoff.go).
//
// # Macro-steps
//
// Between two changes of the batch nothing unpredictable happens. In a run of
// decode steps the batch b is constant and the context K grows by b a step, so
// that step j takes
//
//	fixed + a·(K + b + b·j),
//
// a being the larger of the table's costs of a context token, to compute with or
// to read. The durations are an arithmetic progression, and k of them add up to a
// triangular sum (run). The default engine, macro, takes the whole run in one
// event. A run ends at the first of
//
//   - a request's last token: the head of a heap keyed by the step counter;
//   - the step for which blocks run out. A decode needs a block when its context
//     is a multiple of the block size, so that counts of contexts by remainder
//     tell how many blocks any number of steps takes (crossings, affordable);
//   - the step from which a request's work in local layers stops growing, or
//     starts anew in the next chunk: until then what the decodes attend to there
//     grows by a constant a step too (localContexts);
//   - an outside event that may change the batch: an arrival at the head of the
//     queue while a sequence is free, or a cancellation. It takes effect at the
//     first boundary at or after its time, found by inverting the sums (within).
//
// Other arrivals only join the queue. Steps with prefill are events of their
// own. The cost is O(log b) per request and O(1) per run; requests and all
// engine state are reused, and memory does not grow with the number of requests.
//
// Under speculation decodes gain different numbers of tokens, and durations are no
// progressions. But what a request gains in each step does not depend on the
// schedule: as it becomes a decode, its gains and the blocks it needs are added to
// sums by step, over all decodes (drafted). A step costs O(1) whatever the batch,
// a request O(1) for each of its steps.
//
// Inter-token latencies of a run are the same progressions, b of each: they go
// into the histogram by bucket (metrics.Histogram.RecordProgression), as
// durations in table units and thus before any rounding. After a preemption the
// gap between two tokens of a request is recorded instead, boundary to boundary.
//
// # The oracle
//
// With Config.StepMode a deliberately plain engine, stepper, takes every step
// singly and loops over requests. Both give the same nanoseconds, histograms and
// GPU-time accounts, and readers see the same at any time; the tests compare
// them over thousands of random deployments. The files of testdata tell short
// stories step by step, with the arithmetic by hand.
//
// # Time and ties
//
// Durations are integers in units of 2⁻¹⁶ ns, and a replica's clock carries the
// fraction from step to step, so that summing steps at once or singly gives the
// same bits. The instant of a boundary, as others see it, is the clock rounded
// up to a whole nanosecond. Every step takes at least one.
//
// At one instant steps end first (event.ClassEnd), then requests arrive, then
// the next batch forms (event.ClassStep): a request that arrives exactly at a
// boundary joins the batch that starts there. What comes later still within the
// instant, such as requests that a scheduling pass has set free, makes the
// engine form that batch again if it is of decodes only, and else waits for the
// next boundary. A replica keeps one timer, and with it one place in the order of
// ties, for life.
//
// # Reading
//
// Load, Running and Waiting cost nothing and are always current. KVBlocks, Usage,
// Work and Unfinished bring the counters of a run up to date without cutting it
// and change nothing that can be seen. A reader of event.ClassSample sees an
// instant when all of it has happened.
//
// Usage accounts for time cumulatively. A step in progress counts pro rata, host
// time first, then the body, then communication; a body with prefill and decodes
// is split by tokens. Each account is an exact sum rounded down, so its
// differences over any sequence of times add up to the same, and are never
// negative. What the rounding leaves, under four nanoseconds in all, counts as
// time without a batch.
package serving
