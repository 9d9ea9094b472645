package report

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/jevons-sim/jevons/sim/result"
)

// Rows are buffered and encoded in batches, and row groups are bounded: memory
// does not grow with the run.
const (
	batchRows    = 1024
	rowGroupRows = 256 << 10
)

// rowWriters are the Parquet files of a results directory.
type rowWriters struct {
	requests   *rowWriter[result.RequestRow]
	jobs       *rowWriter[result.JobRow]
	series     *rowWriter[result.SeriesRow]
	ledger     *rowWriter[ledgerFileRow]
	placements *rowWriter[result.PlacementRow]
	incidents  *rowWriter[result.IncidentRow]
}

func newRowWriters(dir string, meta Meta) (*rowWriters, error) {
	var w rowWriters
	var errs [6]error
	w.requests, errs[0] = newRowWriter[result.RequestRow](dir, "requests.parquet", meta)
	w.jobs, errs[1] = newRowWriter[result.JobRow](dir, "jobs.parquet", meta)
	w.series, errs[2] = newRowWriter[result.SeriesRow](dir, "timeseries.parquet", meta)
	w.ledger, errs[3] = newRowWriter[ledgerFileRow](dir, "ledger.parquet", meta)
	w.placements, errs[4] = newRowWriter[result.PlacementRow](dir, "placements.parquet", meta)
	w.incidents, errs[5] = newRowWriter[result.IncidentRow](dir, "incidents.parquet", meta)
	if err := errors.Join(errs[:]...); err != nil {
		w.abandon()
		return nil, fmt.Errorf("creating the results directory: %w", err)
	}
	return &w, nil
}

func (w *rowWriters) close() error {
	return errors.Join(w.requests.close(), w.jobs.close(), w.series.close(), w.ledger.close(), w.placements.close(), w.incidents.close())
}

func (w *rowWriters) abandon() {
	w.requests.abandon()
	w.jobs.abandon()
	w.series.abandon()
	w.ledger.abandon()
	w.placements.abandon()
	w.incidents.abandon()
}

// options puts what every file says of its run and of its columns into a
// file's metadata.
func (m *Meta) options(columns []result.Column) parquet.WriterOption {
	about, err := json.Marshal(columns)
	if err != nil {
		panic(fmt.Sprintf("report: describing columns: %v", err)) // they are plain texts
	}
	return writerOptions{
		parquet.CreatedBy("jevons", m.Version, ""),
		parquet.KeyValueMetadata("jevons.run_id", m.RunID),
		parquet.KeyValueMetadata("jevons.scenario", m.Scenario),
		parquet.KeyValueMetadata("jevons.schema", fmt.Sprint(result.Schema)),
		parquet.KeyValueMetadata("jevons.columns", string(about)),
	}
}

// writerOptions are several options as one.
type writerOptions []parquet.WriterOption

// ConfigureWriter implements parquet.WriterOption.
func (o writerOptions) ConfigureWriter(c *parquet.WriterConfig) {
	for _, option := range o {
		option.ConfigureWriter(c)
	}
}

// rowWriter writes one Parquet file.
type rowWriter[T any] struct {
	name  string
	file  *os.File
	out   *bufio.Writer
	rows  *parquet.GenericWriter[T]
	batch []T
}

func newRowWriter[T any](dir, name string, meta Meta) (*rowWriter[T], error) {
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	w := &rowWriter[T]{name: name, file: f, out: bufio.NewWriterSize(f, 1<<18), batch: make([]T, 0, batchRows)}
	w.rows = parquet.NewGenericWriter[T](w.out,
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest}),
		parquet.MaxRowsPerRowGroup(rowGroupRows),
		meta.options(result.Columns[name]))
	return w, nil
}

func (w *rowWriter[T]) write(row *T) error {
	w.batch = append(w.batch, *row)
	if len(w.batch) == batchRows {
		return w.flush()
	}
	return nil
}

func (w *rowWriter[T]) flush() error {
	_, err := w.rows.Write(w.batch)
	w.batch = w.batch[:0]
	if err != nil {
		return fmt.Errorf("writing %s: %w", w.name, err)
	}
	return nil
}

func (w *rowWriter[T]) close() error {
	err := errors.Join(w.flush(), w.rows.Close(), w.out.Flush(), w.file.Sync(), w.file.Close())
	if err != nil {
		return fmt.Errorf("writing %s: %w", w.name, err)
	}
	return nil
}

func (w *rowWriter[T]) abandon() {
	if w != nil {
		w.file.Close() // what was written is thrown away
	}
}

// ledgerFileRow is a result.LedgerRow as it is stored: GPU time as an exact
// decimal, so that a sum in SQL equals the summary to the last digit.
type ledgerFileRow struct {
	From    int64    `parquet:"from_ns,delta"`
	To      int64    `parquet:"to_ns,delta"`
	Pool    string   `parquet:"pool,dict"`
	Class   string   `parquet:"class,dict"`
	Account string   `parquet:"account,dict"`
	GPUTime [16]byte `parquet:"gpu_s,decimal(12:38)"`
}

func toLedgerFile(r *result.LedgerRow) ledgerFileRow {
	row := ledgerFileRow{From: r.From, To: r.To, Pool: r.Pool, Class: r.Class, Account: r.Account}
	v := r.GPUTime.Big()
	if v.Sign() < 0 { // two's complement of 128 bits
		v = new(big.Int).Add(v, new(big.Int).Lsh(big.NewInt(1), 128))
	}
	v.FillBytes(row.GPUTime[:])
	return row
}

// seconds returns a row's GPU-seconds, rounded.
func (r *ledgerFileRow) seconds() float64 {
	hi, lo := int64(binary.BigEndian.Uint64(r.GPUTime[:8])), binary.BigEndian.Uint64(r.GPUTime[8:])
	return (math.Ldexp(float64(hi), 64) + float64(lo)) / 1e12
}
