package order

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Money is an exact amount in ten-thousandths of the currency's unit: 1.1 is
// 11,000. It is never a binary float between socket and disk.
type Money int64

// Unit is one whole unit of the currency.
const Unit Money = 10_000

const moneyDigits = 4 // decimal places of a Money

var (
	errPrecision = errors.New("has more than 4 decimal places")
	errMoney     = errors.New("is out of range")
	errNumber    = errors.New("is not a number")
)

// ParseMoney reads an amount spelled as a JSON number (RFC 8259), of any length and
// exponent. It is exact: what doesn't fit whole ten-thousandths in 64 bits is an error.
func ParseMoney(s string) (Money, error) {
	mantissa, exponent, err := splitExponent(s)
	if err != nil {
		return 0, err
	}
	digits, negative := strings.CutPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	if whole == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return 0, errNumber
	}
	digits = strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return 0, nil
	}
	shift := exponent - len(fraction) + moneyDigits
	significant := strings.TrimRight(digits, "0")
	shift += len(digits) - len(significant)
	switch {
	case shift < 0:
		return 0, errPrecision
	case shift > 18 || len(significant)+shift > 19:
		return 0, errMoney
	}
	if negative {
		significant = "-" + significant // parsed with its sign: the lowest amount has no positive counterpart
	}
	n, err := strconv.ParseInt(significant+strings.Repeat("0", shift), 10, 64)
	if err != nil {
		return 0, errMoney
	}
	return Money(n), nil
}

// splitExponent separates 12.5 and 3 in 12.5e3. Exponents beyond any amount are
// cut to one that is out of range all the same.
func splitExponent(s string) (mantissa string, exponent int, err error) {
	i := strings.IndexAny(s, "eE")
	if i < 0 {
		return s, 0, nil
	}
	e := s[i+1:]
	digits := strings.TrimLeft(e, "+-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return "", 0, errNumber
	}
	exponent, err = strconv.Atoi(e)
	if err != nil || exponent > 1<<30 || exponent < -1<<30 {
		exponent = 1 << 30
		if e[0] == '-' {
			exponent = -1 << 30
		}
	}
	return s[:i], exponent, nil
}

// String returns the shortest decimal spelling: 1.1, 0.0001, -3.
func (m Money) String() string { return string(m.append(nil)) }

func (m Money) append(b []byte) []byte {
	n := uint64(m)
	if m < 0 {
		b = append(b, '-')
		n = -n
	}
	b = strconv.AppendUint(b, n/uint64(Unit), 10)
	fraction := n % uint64(Unit)
	if fraction == 0 {
		return b
	}
	b = append(b, '.')
	for place := uint64(Unit) / 10; fraction > 0; place /= 10 {
		b = append(b, byte('0'+fraction/place))
		fraction %= place
	}
	return b
}

// Times returns m x n, or an error when the product does not fit.
func (m Money) Times(n int) (Money, error) {
	p := int64(m) * int64(n)
	if m != 0 && (p/int64(m) != int64(n) || (m == -1 && n == math.MinInt64)) {
		return 0, fmt.Errorf("%s times %d: %w", m, n, errMoney)
	}
	return Money(p), nil
}

// Plus returns m + o, or an error when the sum does not fit.
func (m Money) Plus(o Money) (Money, error) {
	sum := m + o
	if (sum > m) != (o > 0) && o != 0 {
		return 0, fmt.Errorf("%s plus %s: %w", m, o, errMoney)
	}
	return sum, nil
}

// MarshalJSONTo writes m as a JSON number in its shortest spelling.
func (m Money) MarshalJSONTo(enc *jsontext.Encoder) error {
	var buf [24]byte
	return enc.WriteValue(m.append(buf[:0]))
}

// UnmarshalJSONFrom reads a JSON number exactly.
func (m *Money) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	return m.UnmarshalJSON(v)
}

// MarshalJSON is MarshalJSONTo for encoding/json, which would otherwise write
// the ten-thousandths.
func (m Money) MarshalJSON() ([]byte, error) { return m.append(nil), nil }

// UnmarshalJSON is UnmarshalJSONFrom for encoding/json.
func (m *Money) UnmarshalJSON(v []byte) (err error) {
	*m, err = ParseMoney(string(v))
	if err != nil {
		return fmt.Errorf("amount %.40q %w", v, err)
	}
	return nil
}
