// Package traces reads and writes recorded work: one file per format.
package traces
