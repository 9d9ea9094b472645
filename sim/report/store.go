package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jevons-sim/jevons/sim/result"
)

// Store keeps the figures of finished runs under their run IDs, one file each:
// whoever asks for a run that is there need not play it again. A file carries
// its own digest, so that one cut short by a crash is as good as absent, and it
// is renamed into place, so that processes may share a store: what two write
// under one name is the same.
type Store struct{ dir string }

// NewStore returns the store in a directory, which Put creates.
func NewStore(dir string) *Store { return &Store{dir} }

func (s *Store) path(id string) string { return filepath.Join(s.dir, id[:2], id+".json") }

// Get returns a run's figures, false if it is not there or not whole.
func (s *Store) Get(id string) ([]result.Figure, bool, error) {
	data, err := os.ReadFile(s.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("reading a run's figures: %w", err)
	}
	digest, body, ok := strings.Cut(string(data), "\n")
	var figures []result.Figure
	if !ok || digest != digestOf(body) || json.Unmarshal([]byte(body), &figures) != nil {
		return nil, false, nil
	}
	return figures, true, nil
}

// Put keeps a run's figures.
func (s *Store) Put(id string, figures []result.Figure) error {
	body, err := json.Marshal(figures)
	if err != nil {
		return fmt.Errorf("encoding a run's figures: %w", err)
	}
	path := s.path(id)
	err = os.MkdirAll(filepath.Dir(path), 0o777)
	if err == nil {
		err = os.WriteFile(path+".tmp", []byte(digestOf(string(body))+"\n"+string(body)), 0o666)
	}
	if err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		// Another process was faster with the same run.
		if _, there, _ := s.Get(id); there {
			return nil
		}
	}
	if err != nil {
		return fmt.Errorf("keeping a run's figures: %w", err)
	}
	return nil
}

func digestOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}
