package report

import (
	"fmt"
	"math/big"
	"math/bits"

	"comanda/order"

	"github.com/go-json-experiment/json/jsontext"
)

// Amount is an exact sum of money in ten-thousandths of the currency's unit, of 128
// bits. One order's amounts fit in 64; 2^63 orders of any amount fit in this,
// so that no sum of a report overflows.
type Amount struct {
	hi int64
	lo uint64
}

// AmountOf returns the amount that is m.
func AmountOf(m order.Money) Amount { return Amount{int64(m) >> 63, uint64(m)} }

// Plus returns a + b.
func (a Amount) Plus(b Amount) Amount {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	return Amount{a.hi + b.hi + int64(carry), lo}
}

// Minus returns a - b.
func (a Amount) Minus(b Amount) Amount {
	lo, borrow := bits.Sub64(a.lo, b.lo, 0)
	return Amount{a.hi - b.hi - int64(borrow), lo}
}

// Compare returns -1, 0 or 1 as a is less than, equal to or greater than b.
func (a Amount) Compare(b Amount) int {
	switch {
	case a == b:
		return 0
	case a.hi < b.hi, a.hi == b.hi && a.lo < b.lo:
		return -1
	}
	return 1
}

// money returns a as order.Money, if it fits.
func (a Amount) money() (order.Money, bool) {
	m := order.Money(a.lo)
	return m, AmountOf(m) == a
}

var unit = big.NewInt(int64(order.Unit))

// String returns the shortest decimal spelling: 1.1, 0.0001, -3.
func (a Amount) String() string {
	if m, ok := a.money(); ok {
		return m.String()
	}
	n := new(big.Int).Lsh(big.NewInt(a.hi), 64)
	n.Add(n, new(big.Int).SetUint64(a.lo))
	whole, fraction := new(big.Int).QuoRem(n, unit, new(big.Int))
	// What doesn't fit in 64 bits has a whole part, which carries the sign.
	return whole.String() + order.Money(fraction.Abs(fraction).Int64()).String()[1:]
}

// MarshalJSONTo writes a as a JSON number in its shortest spelling.
func (a Amount) MarshalJSONTo(enc *jsontext.Encoder) error {
	return enc.WriteValue(jsontext.Value(a.String()))
}

// UnmarshalJSONFrom reads a JSON number exactly.
func (a *Amount) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	return a.UnmarshalJSON(v)
}

// MarshalJSON is MarshalJSONTo for encoding/json, which can't see inside an amount.
func (a Amount) MarshalJSON() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalJSON is UnmarshalJSONFrom for encoding/json.
func (a *Amount) UnmarshalJSON(v []byte) (err error) {
	*a, err = parseAmount(string(v))
	return err
}

func parseAmount(s string) (Amount, error) {
	if m, err := order.ParseMoney(s); err == nil {
		return AmountOf(m), nil
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return Amount{}, fmt.Errorf("amount %.40q is not a number", s)
	}
	r.Mul(r, new(big.Rat).SetInt(unit))
	n := r.Num()
	hi := new(big.Int).Rsh(n, 64)
	if !r.IsInt() || !hi.IsInt64() {
		return Amount{}, fmt.Errorf("amount %.40q doesn't fit into whole ten-thousandths of 128 bits", s)
	}
	lo := new(big.Int).Sub(n, new(big.Int).Lsh(hi, 64))
	return Amount{hi.Int64(), lo.Uint64()}, nil
}
