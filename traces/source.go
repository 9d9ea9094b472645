package traces

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// samplePrefix marks names of embedded files.
const samplePrefix = "sample:"

// source is where a trace's bytes come from.
type source struct {
	path string
}

// raw opens the bytes as they are stored.
func (s source) raw() (fs.File, error) {
	if name, ok := strings.CutPrefix(s.path, samplePrefix); ok {
		return openSample(name)
	}
	return os.Open(s.path)
}

// open opens the decompressed bytes.
func (s source) open() (io.ReadCloser, error) {
	f, err := s.raw()
	if err != nil {
		return nil, err
	}
	r, err := decompress(f)
	if err != nil {
		f.Close()
		return nil, readError(s.path, 0, err)
	}
	return r, nil
}

// stream is a decompressor above a file.
type stream struct {
	io.Reader
	closers []func() error
}

// Close closes the decompressor and the file.
func (s *stream) Close() error {
	var errs []error
	for _, c := range s.closers {
		errs = append(errs, c())
	}
	return errors.Join(errs...)
}

// decompress recognises compression by its magic bytes.
func decompress(f fs.File) (io.ReadCloser, error) {
	b := bufio.NewReaderSize(f, 1<<16)
	magic, err := b.Peek(6)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	out := &stream{Reader: b, closers: []func() error{f.Close}}
	switch {
	case bytes.HasPrefix(magic, []byte("\x1f\x8b")):
		z, err := gzip.NewReader(b)
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		out.Reader, out.closers = z, []func() error{z.Close, f.Close}
	case bytes.HasPrefix(magic, []byte("\x28\xb5\x2f\xfd")):
		z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		out.Reader, out.closers = z, []func() error{func() error { z.Close(); return nil }, f.Close}
	case bytes.HasPrefix(magic, []byte("\xfd7zXZ\x00")):
		z, err := xz.NewReader(b)
		if err != nil {
			return nil, err
		}
		out.Reader = z
	}
	return out, nil
}

// isCorrupt reports whether a decompressor failed on its input.
func isCorrupt(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.As(err, &corrupt) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) ||
		errors.Is(err, zstd.ErrMagicMismatch) || errors.Is(err, zstd.ErrCRCMismatch) ||
		strings.HasPrefix(err.Error(), "xz: ") || strings.HasPrefix(err.Error(), "lzma: ")
}

// Digest returns the SHA-256 of a trace's bytes as they are stored; of a
// directory, of its chunk files in order of their names.
func Digest(path string) (string, error) {
	h := sha256.New()
	names := []string{path}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		if names, err = chunkFiles(path); err != nil {
			return "", fmt.Errorf("digest of %s: %w", path, err)
		}
	}
	for _, name := range names {
		f, err := source{name}.raw()
		if err != nil {
			return "", fmt.Errorf("digest of %s: %w", path, err)
		}
		_, err = io.Copy(h, f)
		f.Close()
		if err != nil {
			return "", fmt.Errorf("digest of %s: %w", path, err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
