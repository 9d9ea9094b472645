package fleet

import "strings"

// Format is a number format of weights, activations or KV cache.
type Format string

// The formats. FP16 counts as BF16 (same size, same rate), MXFP4 and NVFP4 as
// FP4.
const (
	FP32 Format = "fp32"
	BF16 Format = "bf16"
	FP8  Format = "fp8"
	FP4  Format = "fp4"
	INT8 Format = "int8"
	INT4 Format = "int4"
)

// FormatNames are the names ParseFormat understands, for messages.
var FormatNames = []string{"fp32", "bf16", "fp16", "fp8", "fp4", "mxfp4", "nvfp4", "int8", "int4"}

// ParseFormat returns the format of that name, and whether there is one.
func ParseFormat(name string) (Format, bool) {
	switch f := Format(strings.ToLower(name)); f {
	case FP32, BF16, FP8, FP4, INT8, INT4:
		return f, true
	case "fp16", "float16", "bfloat16", "half":
		return BF16, true
	case "mxfp4", "nvfp4":
		return FP4, true
	}
	return "", false
}

// Bytes returns the size of one element. Block formats count their scales: a
// shared 8-bit scale per 32 elements makes FP4 4.25 bits.
func (f Format) Bytes() float64 {
	switch f {
	case FP32:
		return 4
	case FP8, INT8:
		return 1
	case FP4:
		return 4.25 / 8
	case INT4:
		return 0.5
	}
	return 2
}
