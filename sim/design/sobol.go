package design

import (
	"fmt"
	"math/bits"
)

// direction is what makes one dimension of the Sobol sequence: a primitive
// polynomial over GF(2), its inner coefficients as bits, and the first odd
// numbers of its recurrence.
type direction struct {
	inner   uint32
	initial []uint32
}

// directions are the numbers of Joe and Kuo's table new-joe-kuo-6 from dimension
// 2 on; the first dimension is the van der Corput sequence.
var directions = []direction{
	{0, []uint32{1}},
	{1, []uint32{1, 3}},
	{1, []uint32{1, 3, 1}},
	{2, []uint32{1, 1, 1}},
	{1, []uint32{1, 1, 3, 3}},
	{4, []uint32{1, 3, 5, 13}},
	{2, []uint32{1, 1, 5, 5, 17}},
	{4, []uint32{1, 1, 5, 5, 5}},
	{7, []uint32{1, 1, 7, 11, 19}},
	{11, []uint32{1, 1, 5, 1, 1}},
	{13, []uint32{1, 1, 1, 3, 11}},
	{14, []uint32{1, 3, 5, 5, 31}},
	{1, []uint32{1, 3, 3, 9, 7, 49}},
	{13, []uint32{1, 1, 1, 15, 21, 21}},
	{16, []uint32{1, 3, 1, 13, 27, 49}},
	{19, []uint32{1, 1, 1, 15, 7, 5}},
	{22, []uint32{1, 3, 1, 15, 13, 25}},
	{25, []uint32{1, 1, 5, 5, 19, 61}},
}

// sobolBits is the resolution: points are multiples of 2^−32.
const sobolBits = 32

// column returns the direction numbers of a dimension, counted from 0, as
// binary fractions.
func column(dimension int) [sobolBits]uint32 {
	var v [sobolBits]uint32
	if dimension == 0 {
		for i := range v {
			v[i] = 1 << (sobolBits - 1 - i)
		}
		return v
	}
	d := directions[dimension-1]
	s := len(d.initial)
	for i := range v {
		if i < s {
			v[i] = d.initial[i] << (sobolBits - 1 - i)
			continue
		}
		v[i] = v[i-s] ^ v[i-s]>>s
		for k := 1; k < s; k++ {
			if d.inner>>(s-1-k)&1 == 1 {
				v[i] ^= v[i-k]
			}
		}
	}
	return v
}

// Sobol returns the first n points of the Sobol sequence over the axes, the
// lower ends first. A power of two covers the space most evenly.
func Sobol(axes []Axis, n int) ([]Point, error) {
	if len(axes) > len(directions)+1 {
		return nil, fmt.Errorf("sobol has up to %d axes, found %d; lhs has no limit", len(directions)+1, len(axes))
	}
	points := make([]Point, n)
	for i := range points {
		points[i] = make(Point, len(axes))
	}
	for k := range axes {
		v := column(k)
		x := uint32(0)
		for i := range points {
			points[i][k] = axes[k].at(float64(x) / (1 << sobolBits))
			x ^= v[bits.TrailingZeros32(^uint32(i))] // Gray code order
		}
	}
	return points, nil
}
