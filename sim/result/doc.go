// Package result has the types of what a run leaves behind, and no I/O: the
// summary, whose JSON names are a contract with users' scripts, and the rows of
// the Parquet files. Package report writes them.
//
// All times in rows are integer nanoseconds since the start of the run; times
// in the summary are seconds.
package result
