package html

import (
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jevons-sim/jevons/sim/event"
	"github.com/jevons-sim/jevons/sim/report"
	"github.com/jevons-sim/jevons/sim/result"
)

// BenchmarkReportOf100MRequests renders the report of a hundred million
// requests and measures the memory it holds at most. Writing them takes minutes
// and gigabytes: it runs with JEVONS_LONG only.
func BenchmarkReportOf100MRequests(b *testing.B) {
	if os.Getenv("JEVONS_LONG") == "" {
		b.Skip("skipped: set JEVONS_LONG to write a hundred million requests")
	}
	const n = 100_000_000
	dir := makeResultsIn(b, b.TempDir(), "30d", result.Summary{}, func(d *report.Dir) {
		for i := range n {
			if err := d.Request(request(i, n, 30*event.Day)); err != nil {
				b.Fatal(err)
			}
		}
	})
	var most atomic.Uint64
	done := make(chan struct{})
	go func() {
		var m runtime.MemStats
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
				runtime.ReadMemStats(&m)
				most.Store(max(most.Load(), m.Sys-m.HeapReleased))
			}
		}
	}()
	for b.Loop() {
		if _, err := Render(dir); err != nil {
			b.Fatal(err)
		}
	}
	close(done)
	b.ReportMetric(float64(most.Load())/(1<<20), "MiB-held")
}
