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

// add adds the flags; ofJobs is what the flag --to says of traces of jobs.
func (o *outputFlags) add(cmd *cobra.Command, ofJobs string) {
	cmd.Flags().StringVar(&o.to, "to", "native-csv", "format to write: "+strings.Join(traces.WritableFormats(), ", ")+ofJobs)
	cmd.Flags().BoolVar(&o.force, "force", false, "replace a file that exists")
}

func traceConvertCommand(a *app) *cobra.Command {
	var o outputFlags
	var c columnFlags
	var seed uint64
	cmd := &cobra.Command{
		Use:   "convert IN OUT",
		Short: "Write a trace in another format",
		Long: `convert writes requests or jobs in another format. A name that ends in .gz or
.zst is compressed. The native formats of requests leave out block hashes; azure
keeps arrivals and lengths only; mooncake needs a trace with block hashes.
native-jobs keeps all that a run needs of a job; swf keeps all 18 fields of a
workload log, and of other jobs what these can hold.`,
		Example: `  sim trace convert azure-llm.csv.gz requests.parquet --to native-parquet
  sim trace convert cluster_job_log jobs.swf.gz --to swf
  sim trace convert jobs.csv jobs.swf --to swf --columns at='submitted in epoch',duration=runtime,gpus=ngpu`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := c.open(args[0])
			if err != nil {
				return err
			}
			if f.Kind == traces.Jobs {
				return a.convertJobs(cmd, f, args[1], &o)
			}
			stream, err := f.Requests(seed)
			if err != nil {
				return err
			}
			defer traces.Close(stream)
			return a.writeTrace(cmd.Context(), args[1], &o, requestCopy(stream, o.to))
		},
	}
	o.add(cmd, "; of jobs "+strings.Join(traces.WritableJobFormats(), ", "))
	c.add(cmd, "IN")
	cmd.Flags().Uint64Var(&seed, "seed", 1, "of the requests drawn from a pool of clients")
	return cmd
}

// convertJobs writes a trace of jobs, in the project's own format unless
// another one is asked for.
func (a *app) convertJobs(cmd *cobra.Command, f *traces.File, path string, o *outputFlags) error {
	if !cmd.Flags().Changed("to") {
		o.to = traces.WritableJobFormats()[0]
	}
	stream, err := f.Jobs()
	if err != nil {
		return err
	}
	defer traces.Close(stream)
	return a.writeTrace(cmd.Context(), path, o, jobCopy(stream, o.to))
}

// writeTrace writes a whole stream to a file, which appears only once it is
// complete.
func (a *app) writeTrace(ctx context.Context, path string, o *outputFlags, rows copying) (err error) {
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
	packed, err := compressor(temp, path)
	if err != nil {
		return err
	}
	n, what, err := rows(ctx, packed)
	if err != nil {
		return err
	}
	if err := packed.Close(); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := errors.Join(temp.Chmod(0o644), temp.Close(), os.Rename(temp.Name(), path)); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	_, err = fmt.Fprintf(a.stdout, "%s: %d %s\n", path, n, what)
	return err
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
