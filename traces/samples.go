package traces

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/jevons-sim/jevons/internal/suggest"
)

//go:embed samples
var sampleFiles embed.FS

// Samples returns the names of the embedded synthetic samples, each of which
// Open opens as "sample:NAME".
func Samples() []string {
	entries, err := fs.ReadDir(sampleFiles, "samples")
	if err != nil {
		panic(fmt.Sprintf("traces: embedded samples: %v", err))
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func openSample(name string) (fs.File, error) {
	f, err := sampleFiles.Open("samples/" + name)
	if err != nil {
		return nil, fmt.Errorf("no sample %q.%s: %w", name, suggest.Hint(name, Samples()), fs.ErrNotExist)
	}
	return f, nil
}
