package slurm

import (
	"fmt"
	"strconv"
	"strings"
)

// mostHosts bounds what a host list may blow up to.
const mostHosts = 1_000_000

// expand returns the names that a host list stands for: a[01-03,7]b,c.
func expand(list string) ([]string, error) {
	var out []string
	for _, part := range cut(list) {
		names, err := expandOne(part)
		if err != nil {
			return nil, err
		}
		if out = append(out, names...); len(out) > mostHosts {
			return nil, fmt.Errorf("more than %d nodes", mostHosts)
		}
	}
	return out, nil
}

// cut splits a list at the commas outside brackets.
func cut(list string) []string {
	var out []string
	depth, from := 0, 0
	for i, c := range list {
		switch {
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == ',' && depth == 0:
			out = append(out, list[from:i])
			from = i + 1
		}
	}
	return append(out, list[from:])
}

func expandOne(s string) ([]string, error) {
	before, rest, ok := strings.Cut(s, "[")
	if !ok {
		if strings.TrimSpace(s) == "" {
			return nil, nil
		}
		return []string{s}, nil
	}
	ranges, after, ok := strings.Cut(rest, "]")
	if !ok {
		return nil, fmt.Errorf("%q: the bracket is not closed", s)
	}
	tails, err := expandOne(after)
	if err != nil {
		return nil, err
	}
	if len(tails) == 0 {
		tails = []string{""}
	}
	var out []string
	for _, r := range strings.Split(ranges, ",") {
		lo, hi, isRange := strings.Cut(r, "-")
		if !isRange {
			hi = lo
		}
		a, err1 := strconv.Atoi(lo)
		b, err2 := strconv.Atoi(hi)
		if err1 != nil || err2 != nil || a < 0 || b < a || (b-a+1)*len(tails)+len(out) > mostHosts {
			return nil, fmt.Errorf("%q: %q is not a range such as 01-16", s, r)
		}
		for n := a; n <= b; n++ {
			for _, t := range tails {
				out = append(out, fmt.Sprintf("%s%0*d%s", before, len(lo), n, t))
			}
		}
	}
	return out, nil
}
