// Package metrics has the sketches in which a run keeps its distributions: a
// few kilobytes each, however many values they have seen.
//
// Histogram is log-linear over whole numbers: values below 256 are exact, above
// that each power of two is cut into 128 equal buckets, so a quantile is off by
// at most 1/256 of itself. Counts, sums, minimum and maximum are exact
// integers. Adding values in any order, one by one, in bulk or by merging,
// gives the same state; a serving engine that sums a thousand decode steps in
// closed form leaves the same bytes as one that takes them singly.
// RecordProgression is what makes that cheap: it adds an arithmetic
// progression by bucket, not by value. No published sketch offers that, which
// is why this one exists.
package metrics
