package suggest

import "testing"

func TestNearest(t *testing.T) {
	names := []string{"H100", "H200", "B200", "least-requests", "round-robin"}
	for _, c := range []struct{ name, in, want string }{
		{"a digit typed as a letter", "H10O", "H100"},
		{"case does not matter", "h100", "H100"},
		{"swapped neighbours are one slip", "laest-requests", "least-requests"},
		{"the start of a name", "round", "round-robin"},
		{"too short a start", "r", ""},
		{"nothing plausible", "TPU-v5", ""},
		{"a tie goes to the first in the alphabet", "X200", "B200"},
	} {
		if got := Nearest(c.in, names); got != c.want {
			t.Errorf("%s: Nearest(%q) = %q, want %q", c.name, c.in, got, c.want)
		}
	}
	if got := Hint("H10O", names); got != " Did you mean H100?" {
		t.Errorf("Hint = %q", got)
	}
}
