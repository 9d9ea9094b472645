// Package timeline writes what happened in a run as a Perfetto trace, the
// protobuf that ui.perfetto.dev, trace_processor and traceconv read (messages
// Trace, TracePacket, TrackDescriptor and TrackEvent of the published schema
// protos/perfetto/trace).
//
// Tracks stand below four headings:
//
//	fleet        per pool: GPUs by account as counters (the mean between two
//	             samples), what broke, and a track per node with the gangs on it
//	jobs         a track per job: its waits, its placements and what it did there
//	deployments  per deployment its series as counters, and a track per replica
//	             with batch size, queue and KV tokens as counters
//	demand       desired and arriving requests, prices
//
// A slice of the category "placement" on a job's or a replica's track is a gang
// on its GPUs; its annotations gpu_milli and class make the placements add up to
// the ledger, to the unit. Below it are phases: steps, checkpoints, generation.
//
// A trace is bounded: what goes over the limits is thinned out in memory.
// Counters keep every second, fourth … sample, account counters remain means
// over the longer span; of placements those with the most GPU time remain; of
// phases every second, fourth … of a gang. Placements left out are summed in the
// annotations of the instant "run" at the start, so that the sum stays whole.
package timeline
