package units

import "encoding"

// Every quantity reads and writes as text.
var (
	_ encoding.TextUnmarshaler = (*Bytes)(nil)
	_ encoding.TextUnmarshaler = (*Tokens)(nil)
	_ encoding.TextUnmarshaler = (*Bandwidth)(nil)
	_ encoding.TextUnmarshaler = (*Rate)(nil)
	_ encoding.TextUnmarshaler = (*Price)(nil)
	_ encoding.TextUnmarshaler = (*Watts)(nil)
	_ encoding.TextUnmarshaler = (*Fraction)(nil)
	_ encoding.TextUnmarshaler = (*Shape)(nil)
)

// set stores a parsed value.
func set[T any](p *T, parse func(string) (T, error), text []byte) error {
	v, err := parse(string(text))
	if err == nil {
		*p = v
	}
	return err
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *Bytes) UnmarshalText(text []byte) error { return set(b, ParseBytes, text) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Tokens) UnmarshalText(text []byte) error { return set(t, ParseTokens, text) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *Bandwidth) UnmarshalText(text []byte) error { return set(b, ParseBandwidth, text) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Rate) UnmarshalText(text []byte) error { return set(r, ParseRate, text) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Price) UnmarshalText(text []byte) error { return set(p, ParsePrice, text) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (w *Watts) UnmarshalText(text []byte) error { return set(w, ParseWatts, text) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (f *Fraction) UnmarshalText(text []byte) error { return set(f, ParseFraction, text) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Shape) UnmarshalText(text []byte) error { return set(s, ParseShape, text) }

// MarshalText implements encoding.TextMarshaler.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// MarshalText implements encoding.TextMarshaler.
func (t Tokens) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// MarshalText implements encoding.TextMarshaler.
func (b Bandwidth) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// MarshalText implements encoding.TextMarshaler.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// MarshalText implements encoding.TextMarshaler.
func (p Price) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// MarshalText implements encoding.TextMarshaler.
func (w Watts) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// MarshalText implements encoding.TextMarshaler.
func (f Fraction) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// MarshalText implements encoding.TextMarshaler.
func (s Shape) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
