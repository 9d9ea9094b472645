// Package traces reads and writes recorded work: requests, jobs and nodes of
// real systems, one file per format.
//
// [Open] recognises compression (gzip, zstd, xz) and format from a file's
// content and returns a [File]. Its methods start from the beginning at every
// call and stream: memory does not grow with the trace.
//
//	file, err := traces.Open("azure-llm-2023-conv.csv.gz")
//	stream, err := file.Requests(seed)
//	var r traces.Request
//	for ok, err := stream.Next(&r); ok; ok, err = stream.Next(&r) { … }
//
// Formats, in [Formats]:
//
//   - azure: requests of Azure's LLM inference traces, times as a wall clock
//   - mooncake: requests with the hashes of their prompt's blocks (JSON lines)
//   - servegen: a pool of clients, each with arrival rates and length
//     histograms; requests are drawn from it and depend on the seed
//   - openb-pods, openb-nodes: jobs and nodes of Alibaba's GPU cluster trace
//   - swf: jobs in the Standard Workload Format, processors read as GPUs; all 18
//     fields are kept
//   - helios, acme, philly: jobs of the research clusters of those names
//   - native-csv, native-parquet: the project's own requests
//   - native-jobs: the project's own jobs
//   - csv: any other CSV, whose columns [File.Map] names
//
// A name such as sample:azure-llm.csv opens a small synthetic file that is part
// of the program (see [Samples]).
//
// Times count from the trace's start. Rows that are slightly out of order are
// sorted in a buffer of a few thousand rows; lengths of zero tokens read as
// one. What cannot be read is a [FormatError] that names file, line and field.
//
// [AlignRequests] and [AlignJobs] lay a window of a trace onto a run: shifted,
// stretched, thinned, multiplied or repeated. [Inspect] measures a trace and
// lists its irregularities. [NewWriter] and [NewJobWriter] write one.
//
// To add a format: one file with its reader and a format value, and one line in
// the list of formats in open.go.
package traces
