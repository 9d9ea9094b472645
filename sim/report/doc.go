// Package report puts results where people find them: a results directory with
// Parquet files that any tool reads, and the first screen on the terminal.
//
// A results directory is complete or absent. It is written under a temporary
// name beside its final one, synced, and renamed; whatever goes wrong before,
// including the process's end, leaves no directory that looks complete. Equal
// runs give equal bytes in every file but run.log.json, which alone holds
// wall-clock figures.
package report
