// Package html renders a results directory as report.html: one file that needs
// no network and no other file.
//
// Read takes everything from the directory and from nothing else, so that a
// report can be made again at any time and equal results give equal bytes.
// Figures of the summary keep the digits of summary.json in the page, beside
// the text that people read. What a run did not record has no section.
//
// Rows are not kept: ledger, series and requests are reduced to what charts
// show while they are read. Percentiles over time and distributions come from
// the rows of the requests; beyond sampleAbove rows from evenly spread blocks
// of them, and the report says so.
package html
