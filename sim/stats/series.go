package stats

// Series keeps a long sequence in bounded memory: the means of equally many
// neighbouring values, more of them to a mean as the sequence grows.
type Series struct {
	means []float64
	ends  []int64 // largest position of a mean's values
	most  int
	size  int // values to a mean
	n     int // values in the mean being filled
	sum   float64
	end   int64
	raw   Moments // of the values themselves
}

// NewSeries returns a series that keeps at least most/2 means of a long sequence
// and never more than most, which is at least 2.
func NewSeries(most int) *Series { return &Series{most: max(2, most) &^ 1, size: 1} }

// Add takes the next value in, with its position, such as its time.
func (s *Series) Add(at int64, x float64) {
	s.raw.Add(x)
	s.sum += x
	s.end = max(s.end, at)
	if s.n++; s.n < s.size {
		return
	}
	s.means, s.ends = append(s.means, s.sum/float64(s.size)), append(s.ends, s.end)
	s.n, s.sum = 0, 0
	if len(s.means) == s.most {
		s.halve()
	}
}

// halve joins neighbouring means.
func (s *Series) halve() {
	for i := range s.most / 2 {
		s.means[i] = (s.means[2*i] + s.means[2*i+1]) / 2
		s.ends[i] = s.ends[2*i+1]
	}
	s.means, s.ends = s.means[:s.most/2], s.ends[:s.most/2]
	s.size *= 2
}

// Means returns the means so far; they are the series' own.
func (s *Series) Means() []float64 { return s.means }

// EffectiveSize returns how many independent values would give the mean of all
// behind the first cut means the same error: the variance of a value over that
// of the mean. The variance of values is that of the whole series.
func (s *Series) EffectiveSize(cut int) float64 {
	rest := s.means[cut:]
	n := float64(len(rest) * s.size)
	var m Moments
	for _, x := range rest {
		m.Add(x)
	}
	if m.Variance() == 0 {
		return n
	}
	return min(n, max(1, s.raw.Variance()/m.Variance()*EffectiveSize(rest)))
}

// Size returns how many values make a mean.
func (s *Series) Size() int { return s.size }

// End returns the largest position among the values of the first n means, 0 for
// none.
func (s *Series) End(n int) int64 {
	if n == 0 {
		return 0
	}
	return s.ends[n-1]
}
