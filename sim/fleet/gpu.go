package fleet

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/jevons-sim/jevons/internal/suggest"
)

// GPU is one type of accelerator, as a row of the catalogue. Rates are dense:
// vendors also print figures "with sparsity", which are twice as high.
type GPU struct {
	Name             string
	Aliases          []string
	Vendor           string
	Year             int
	BF16, FP8, FP4   float64 // dense FLOP/s of matrix units; 0 = no such unit
	HBMBytes         int64   // that software sees
	HBMBandwidth     float64 // B/s
	ScaleUpBandwidth float64 // B/s per GPU and direction (NVLink and the like); 0 = none
	ScaleUpDomain    int     // GPUs that the scale-up network joins; 1 = none
	NICBandwidth     float64 // B/s per GPU of the scale-out network; 0 = not recorded
	TDPWatts         float64
	IdleWatts        float64
	USDPerHour       float64 // rent, about 2025; 0 = not recorded
	USDPrice         float64 // to buy; 0 = not recorded
	Source           string
	Verified         string // yes, press or no (from memory)
	Notes            string
}

// FLOPS returns the dense rate of matrix multiplications on operands of format
// f. A format that the GPU has no unit for runs at the rate of the next wider
// one: FP4 weights on an H100 are expanded to FP8, FP8 on an A100 to BF16.
func (g GPU) FLOPS(f Format) float64 {
	switch f {
	case FP4, INT4:
		if g.FP4 > 0 {
			return g.FP4
		}
		fallthrough
	case FP8, INT8:
		if g.FP8 > 0 {
			return g.FP8
		}
	case FP32:
		return g.BF16 / 2 // TF32 on the same units
	}
	return g.BF16
}

// aliases maps other names to catalogue names. The openb trace names some GPUs
// by letters: G1, G2 and G3 are anonymous there. Their host sizes (G2: 96
// cores, 8 GPUs; G3: 128 cores, 8 GPUs) suggest data-centre parts of the
// A10 and A100 generation, which stand in for them.
var aliases = map[string]string{
	"H100": "H100-SXM", "H100-80G": "H100-SXM", "H100-80G-SXM": "H100-SXM", "H100-80GB": "H100-SXM", "H100-SXM5": "H100-SXM",
	"A100": "A100-80G-SXM", "A100-class": "A100-80G-SXM", "A100-80G": "A100-80G-SXM", "A100-80GB": "A100-80G-SXM", "A100-SXM": "A100-80G-SXM", "A100-40GB": "A100-40G",
	"V100": "V100-16G", "V100M16": "V100-16G", "V100M32": "V100-32G",
	"GB200": "GB200-NVL72", "GB300": "GB300-NVL72", "H20-96G": "H20",
	"G1": "T4", "G2": "A10", "G3": "A100-80G-SXM",
}

// inlineECC are cards that keep error-correcting codes in their own memory, a
// sixteenth of it.
var inlineECC = []string{"T4", "A10", "L4", "L40S"}

// memoryBytes returns the memory that software sees of a GPU sold with so many
// "GB". They are binary: drivers report 81,559 MiB of an H100's 80, 81,920 of an
// A100's, 182,630 of a B200's 180, and 46,068 of an L40S's 48.
func memoryBytes(gpu string, gb float64) int64 {
	bytes := gb * (1 << 30)
	if slices.Contains(inlineECC, gpu) {
		bytes *= 15. / 16
	}
	return int64(bytes)
}

//go:embed data/gpus.csv
var gpuTable string

// GPUs returns the catalogue in its own order: by vendor, then age.
func GPUs() []GPU { return catalogue().list }

// LookupGPU returns the GPU of that name or alias, ignoring case. The error
// names the nearest entry.
func LookupGPU(name string) (GPU, error) {
	c := catalogue()
	if i, ok := c.byName[strings.ToUpper(name)]; ok {
		return c.list[i], nil
	}
	return GPU{}, fmt.Errorf("unknown GPU %q.%s (`sim gpus` lists all)", name, suggest.Hint(name, c.names))
}

type gpuCatalogue struct {
	list   []GPU
	byName map[string]int
	names  []string
}

// catalogue parses the embedded table once. The table is part of the binary:
// an error in it is a programming error, caught by the package's tests.
var catalogue = sync.OnceValue(func() *gpuCatalogue {
	rows, err := csv.NewReader(strings.NewReader(gpuTable)).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("fleet: embedded GPU table: %v", err))
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	c := &gpuCatalogue{byName: map[string]int{}}
	for _, row := range rows[1:] {
		field := func(name string) string { return row[column[name]] }
		number := func(name string, scale float64) float64 {
			if field(name) == "" {
				return 0
			}
			v, err := strconv.ParseFloat(field(name), 64)
			if err != nil {
				panic(fmt.Sprintf("fleet: embedded GPU table: %s of %s: %v", name, row[0], err))
			}
			return v * scale
		}
		c.byName[strings.ToUpper(field("gpu"))] = len(c.list)
		c.names = append(c.names, field("gpu"))
		c.list = append(c.list, GPU{
			Name: field("gpu"), Vendor: field("vendor"), Year: int(number("year", 1)),
			BF16: number("bf16_dense_tflops", 1e12), FP8: number("fp8_dense_tflops", 1e12), FP4: number("fp4_dense_tflops", 1e12),
			HBMBytes: memoryBytes(field("gpu"), number("hbm_gb", 1)), HBMBandwidth: number("hbm_tb_s", 1e12),
			ScaleUpBandwidth: number("scaleup_gb_s_per_direction", 1e9), ScaleUpDomain: int(number("scaleup_domain_gpus", 1)),
			NICBandwidth: number("nic_gbit_s_per_gpu", 1e9/8), TDPWatts: number("tdp_w", 1), IdleWatts: number("idle_w", 1),
			USDPerHour: number("rental_usd_per_hour", 1), USDPrice: number("price_usd", 1),
			Source: field("source"), Verified: field("verified"), Notes: field("notes"),
		})
	}
	for alias, name := range aliases {
		i := c.byName[strings.ToUpper(name)]
		c.byName[strings.ToUpper(alias)] = i
		c.list[i].Aliases = append(c.list[i].Aliases, alias)
		c.names = append(c.names, alias)
	}
	for i := range c.list {
		slices.Sort(c.list[i].Aliases)
	}
	return c
})
