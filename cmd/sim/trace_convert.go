package main

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/traces"
)

// outputFlags say how a trace is written.
type outputFlags struct {
	to    string
	force bool
}

func (o *outputFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.to, "to", "native-csv", "format to write: "+strings.Join(traces.WritableFormats(), ", "))
	cmd.Flags().BoolVar(&o.force, "force", false, "replace a file that exists")
}

func traceConvertCommand(a *app) *cobra.Command {
	var o outputFlags
	var as string
	var seed uint64
	cmd := &cobra.Command{
		Use:   "convert IN OUT",
		Short: "Write a trace of requests in another format",
		Long: `convert writes requests in another format. A name that ends in .gz or .zst is
compressed. The native formats leave out block hashes; azure keeps arrivals and
lengths only; mooncake needs a trace with block hashes.`,
		Example: "  sim trace convert azure-llm.csv.gz requests.parquet --to native-parquet",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := openTrace(args[0], as)
			if err != nil {
				return err
			}
			stream, err := f.Requests(seed)
			if err != nil {
				return err
			}
			defer traces.Close(stream)
			return a.writeTrace(cmd.Context(), args[1], &o, stream)
		},
	}
	o.add(cmd)
	cmd.Flags().StringVar(&as, "as", "auto", "format of IN: auto, "+strings.Join(traces.Formats(), ", "))
	cmd.Flags().Uint64Var(&seed, "seed", 1, "of the requests drawn from a pool of clients")
	return cmd
}

// writeTrace writes a whole stream to a file, which appears only once it is
// complete.
func (a *app) writeTrace(ctx context.Context, path string, o *outputFlags, stream traces.RequestStream) (err error) {
	if _, err := os.Stat(path); !o.force && !errors.Is(err, fs.ErrNotExist) {
		return usageErrorf("%s exists; --force replaces it", path)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".trace-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			temp.Close()
			os.Remove(temp.Name())
		}
	}()
	n, err := writeRequests(ctx, temp, path, o.to, stream)
	if err != nil {
		return err
	}
	if err := errors.Join(temp.Chmod(0o644), temp.Close(), os.Rename(temp.Name(), path)); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	_, err = fmt.Fprintf(a.stdout, "%s: %d requests\n", path, n)
	return err
}

// writeRequests writes a stream in a format and returns how many requests it
// had.
func writeRequests(ctx context.Context, file io.Writer, path, format string, stream traces.RequestStream) (n int, err error) {
	packed, err := compressor(file, path)
	if err != nil {
		return 0, err
	}
	w, err := traces.NewWriter(packed, format)
	if err != nil {
		return 0, usageErrorf("--to: %w", err)
	}
	var r traces.Request
	for {
		ok, err := stream.Next(&r)
		if err != nil {
			return n, err
		}
		if !ok {
			break
		}
		if err := w.Write(&r); err != nil {
			return n, usageErrorf("request %d as %s: %w", n+1, format, err)
		}
		n++
		if n%4096 == 0 && ctx.Err() != nil {
			return n, ctx.Err()
		}
	}
	if err := errors.Join(w.Close(), packed.Close()); err != nil {
		return n, fmt.Errorf("writing %s: %w", path, err)
	}
	return n, nil
}

// compressor compresses as a file's name says.
func compressor(w io.Writer, path string) (io.WriteCloser, error) {
	switch {
	case strings.HasSuffix(path, ".gz"):
		return gzip.NewWriter(w), nil
	case strings.HasSuffix(path, ".zst"):
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	}
	return plain{w}, nil
}

// plain is a writer without anything to complete.
type plain struct{ io.Writer }

// Close implements io.Closer.
func (plain) Close() error { return nil }
