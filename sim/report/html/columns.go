package html

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"
)

// columnFile reads some columns of a Parquet file by row ranges, which is much
// faster than reading rows.
type columnFile struct {
	file *os.File
	pq   *parquet.File
	// columns are the leaf columns' indexes by name.
	columns map[string]int
}

func openColumns(path string) (*columnFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	pq, err := parquet.OpenFile(f, info.Size(), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading %s: %w", path, err), f.Close())
	}
	c := &columnFile{file: f, pq: pq, columns: map[string]int{}}
	for i, name := range pq.Schema().Columns() {
		c.columns[name[0]] = i
	}
	return c, nil
}

func (c *columnFile) close() error { return c.file.Close() }

// span is a range of rows of a row group.
type span struct {
	group    int
	from, to int64
}

// read calls visit with the pages of a column that hold a span of rows.
func (c *columnFile) read(s span, column string, visit func(page parquet.Page)) (err error) {
	index, ok := c.columns[column]
	if !ok {
		return fmt.Errorf("no column %s", column)
	}
	pages := c.pq.RowGroups()[s.group].ColumnChunks()[index].Pages()
	defer func() { err = errors.Join(err, pages.Close()) }()
	if s.from > 0 {
		if err := pages.SeekToRow(s.from); err != nil {
			return fmt.Errorf("column %s: %w", column, err)
		}
	}
	for left := s.to - s.from; left > 0; {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("column %s: %w", column, io.ErrUnexpectedEOF)
		} else if err != nil {
			return fmt.Errorf("column %s: %w", column, err)
		}
		part := page
		if n := page.NumRows(); n > left {
			part = page.Slice(0, left)
		}
		left -= part.NumRows()
		visit(part)
		parquet.Release(page)
	}
	return nil
}

// ints reads whole numbers.
func (c *columnFile) ints(s span, column string, out []int64) error {
	out = out[:0]
	return c.read(s, column, func(page parquet.Page) {
		data := page.Data()
		if page.Type().Kind() == parquet.Int32 {
			for _, v := range data.Int32() {
				out = append(out, int64(v))
			}
			return
		}
		out = append(out, data.Int64()...)
	})
}

// names reads texts as numbers that code gives them.
func (c *columnFile) names(s span, column string, code func(string) int, out []int64) error {
	out = out[:0]
	var bad error
	err := c.read(s, column, func(page parquet.Page) {
		dictionary := page.Dictionary()
		if dictionary == nil {
			bad = errors.Join(bad, c.plainNames(page, code, &out))
			return
		}
		codes := make([]int64, dictionary.Len())
		for i := range codes {
			codes[i] = int64(code(dictionary.Index(int32(i)).String()))
		}
		data := page.Data()
		for _, v := range data.Int32() {
			out = append(out, codes[v])
		}
	})
	return errors.Join(err, bad)
}

// plainNames reads a page without a dictionary.
func (c *columnFile) plainNames(page parquet.Page, code func(string) int, out *[]int64) error {
	values := make([]parquet.Value, page.NumValues())
	n, err := page.Values().ReadValues(values)
	for _, v := range values[:n] {
		*out = append(*out, int64(code(v.String())))
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
