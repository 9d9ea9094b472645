package scenario

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// Digest names an input file's content.
type Digest struct {
	Path   string // as the scenario writes it
	SHA256 string // hexadecimal
}

// namespace is the UUID under which run IDs are hashed: that of the project's
// own address, so that they cannot meet other systems' IDs.
var namespace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/jevons-sim/jevons"))

// RunID names a run: a UUIDv5 of the canonical scenario, the seed, the content
// of the files it reads and the simulator's version. Equal runs have equal
// IDs on every machine.
func RunID(canonical []byte, seed uint64, inputs []Digest, version string) uuid.UUID {
	sorted := slices.SortedFunc(slices.Values(inputs), func(a, b Digest) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.SHA256, b.SHA256))
	})
	var b bytes.Buffer
	fmt.Fprintf(&b, "version %q\nseed %d\n", version, seed)
	for _, d := range sorted {
		fmt.Fprintf(&b, "input %q %s\n", d.Path, d.SHA256)
	}
	b.Write(canonical)
	return uuid.NewSHA1(namespace, b.Bytes())
}
