package traces

import (
	"fmt"
	"strings"
	"testing"
)

func BenchmarkReadAzure(b *testing.B) {
	var text strings.Builder
	text.WriteString("TIMESTAMP,ContextTokens,GeneratedTokens\n")
	const rows = 20_000
	for i := range rows {
		fmt.Fprintf(&text, "2023-11-16 18:%02d:%02d.6805900,%d,%d\n", i/600, i/10%60, 300+i%2000, 1+i%500)
	}
	benchmarkRead(b, rows, text.String())
}

func BenchmarkReadNative(b *testing.B) {
	var text strings.Builder
	text.WriteString("at_ns,prompt,output,class\n")
	const rows = 20_000
	for i := range rows {
		fmt.Fprintf(&text, "%d,%d,%d,chat\n", i*1_000_000, 300+i%2000, 1+i%500)
	}
	benchmarkRead(b, rows, text.String())
}

func BenchmarkReadSWF(b *testing.B) {
	const rows = 20_000
	benchmarkRead(b, rows, strings.Repeat("1 10 -1 60 4 -1 -1 -1 120 -1 1 3 1 -1 -1 -1 -1 -1\n", rows))
}

func benchmarkRead(b *testing.B, rows int, text string) {
	path := write(b, "trace", text)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := readAll(path); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkServeGenRequests(b *testing.B) {
	p, err := readPool(source{"sample:servegen.tar.gz"}, lint{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	s := newPoolRequests(p, 1)
	var r Request
	for b.Loop() {
		if ok, _ := s.Next(&r); !ok {
			s = newPoolRequests(p, 1)
		}
	}
}
