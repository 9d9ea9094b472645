package main

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jevons-sim/jevons/internal/suggest"
	"github.com/jevons-sim/jevons/traces"
)

// columnFlags say how a CSV of any other form is read.
type columnFlags struct {
	as      string
	columns map[string]string
}

func (c *columnFlags) add(cmd *cobra.Command, what string) {
	cmd.Flags().StringVar(&c.as, "as", "auto", "format of "+what+": auto, "+strings.Join(traces.Formats(), ", "))
	cmd.Flags().StringToStringVar(&c.columns, "columns", nil, "columns of a CSV of any other form, as at=submitted,duration='runtime in h',gpus=n (format csv)")
}

// open opens a trace that an argument names; bad names and contents are the
// user's.
func (c *columnFlags) open(path string) (*traces.File, error) {
	as := c.as
	if as == "auto" && len(c.columns) > 0 {
		as = "csv"
	}
	f, err := traces.OpenAs(path, as)
	if err == nil && (len(c.columns) > 0 || as == "csv") {
		f, err = f.Map(c.columns)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if name, sample := strings.CutPrefix(path, "sample:"); sample {
			return nil, usageErrorf("no sample %q.%s (samples: %s)", name, suggest.Hint(name, traces.Samples()), strings.Join(traces.Samples(), ", "))
		}
		return nil, usageErrorf("no trace %s: there is no such file (sample:NAME is one of the program's own)", path)
	case err != nil:
		return nil, usageErrorf("%w", err)
	}
	return f, nil
}
