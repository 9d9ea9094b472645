package main

import (
	"context"
	"io"

	"github.com/jevons-sim/jevons/traces"
)

// copying writes a whole stream and returns how many rows of what it had.
type copying func(ctx context.Context, to io.Writer) (n int, what string, err error)

func requestCopy(stream traces.RequestStream, format string) copying {
	return func(ctx context.Context, to io.Writer) (int, string, error) {
		w, err := traces.NewWriter(to, format)
		if err != nil {
			return 0, "", usageErrorf("--to: %w", err)
		}
		n, err := copyRows(ctx, stream.Next, w.Write, w.Close, "request", format)
		return n, "requests", err
	}
}

func jobCopy(stream traces.JobStream, format string) copying {
	return func(ctx context.Context, to io.Writer) (int, string, error) {
		w, err := traces.NewJobWriter(to, format)
		if err != nil {
			return 0, "", usageErrorf("--to: %w", err)
		}
		n, err := copyRows(ctx, stream.Next, w.Write, w.Close, "job", format)
		return n, "jobs", err
	}
}

// copyRows writes rows until there are no more.
func copyRows[T any](ctx context.Context, next func(*T) (bool, error), write func(*T) error, end func() error, what, format string) (n int, err error) {
	var row T
	for {
		ok, err := next(&row)
		if err != nil {
			return n, err
		}
		if !ok {
			return n, end()
		}
		if err := write(&row); err != nil {
			return n, usageErrorf("%s %d as %s: %w", what, n+1, format, err)
		}
		n++
		if n%4096 == 0 && ctx.Err() != nil {
			return n, ctx.Err()
		}
	}
}
