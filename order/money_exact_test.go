package order

import (
	"errors"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"
)

// jsonNumber is the grammar of a number in RFC 8259.
var jsonNumber = regexp.MustCompile(`^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$`)

// rational is the oracle: the value of a JSON number as a fraction, in
// ten-thousandths. Exponents that would need gigabytes of digits are settled
// without computing them.
func rational(number string) (Money, error) {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(number), "e")
	r, _ := new(big.Rat).SetString(mantissa)
	if r.Sign() == 0 {
		return 0, nil
	}
	if exponent != "" {
		e, err := strconv.ParseInt(exponent, 10, 64)
		far := int64(len(number) + 100)
		switch {
		case err != nil && exponent[0] == '-' || e < -far:
			return 0, errPrecision
		case err != nil || e > far:
			return 0, errMoney
		}
		r.SetString(mantissa + "e" + exponent)
	}
	r.Mul(r, big.NewRat(int64(Unit), 1))
	switch {
	case !r.IsInt():
		return 0, errPrecision
	case !r.Num().IsInt64():
		return 0, errMoney
	}
	return Money(r.Num().Int64()), nil
}

func agree(t interface{ Errorf(string, ...any) }, number string) {
	got, err := ParseMoney(number)
	want, wantErr := rational(number)
	if got != want || !errors.Is(err, wantErr) {
		t.Errorf("ParseMoney(%q): got %d, %v, want %d, %v", number, got, err, want, wantErr)
	}
}

func TestParseMoneyAgreesWithRationals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		agree(t, rapid.StringMatching(`-?(0|[1-9][0-9]{0,21})(\.[0-9]{1,8}0{0,20})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "number"))
	})
}

func TestSmallNumbersAgreeWithRationals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		agree(t, rapid.StringMatching(`-?(0|[1-9][0-9]{0,4})(\.[0-9]{1,5})?(e-?[0-5])?`).Draw(t, "number"))
	})
}

func TestEveryAmountSurvivesJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := Money(rapid.Int64().Draw(t, "amount"))
		doc, err := json.Marshal(m)
		if err != nil {
			t.Fatalf("marshal %d: %v", m, err)
		}
		var back Money
		if err := json.Unmarshal(doc, &back); err != nil || back != m {
			t.Errorf("unmarshal %s: got %d, %v, want %d", doc, back, err, m)
		}
		exact := big.NewRat(int64(m), int64(Unit)).FloatString(moneyDigits)
		if want := strings.TrimSuffix(strings.TrimRight(exact, "0"), "."); string(doc) != want {
			t.Errorf("marshal %d: got %s, want %s", m, doc, want)
		}
	})
}

func TestSumsAndProductsAgreeWithBigIntegers(t *testing.T) {
	check := func(t *rapid.T, name string, got Money, err error, want *big.Int) {
		if fits := want.IsInt64(); fits != (err == nil) || fits && int64(got) != want.Int64() {
			t.Errorf("%s: got %d, %v, want %s", name, got, err, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := Money(rapid.Int64().Draw(t, "a")), Money(rapid.Int64().Draw(t, "b"))
		x, y := big.NewInt(int64(a)), big.NewInt(int64(b))
		sum, err := a.Plus(b)
		check(t, "sum", sum, err, new(big.Int).Add(x, y))
		product, err := a.Times(int(b))
		check(t, "product", product, err, new(big.Int).Mul(x, y))
	})
}

func FuzzMoney(f *testing.F) {
	for _, s := range []string{"0", "-0", "1.10", "110e-2", "1e400", "1e-400", "1.23456", "0e9999999999999", "-922337203685477.5808", "1e+-5", "1.", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if jsonNumber.MatchString(s) {
			agree(t, s)
			return
		}
		if m, err := ParseMoney(s); err != nil && m != 0 {
			t.Errorf("ParseMoney(%q): got %d beside the error %v, want 0", s, m, err)
		}
	})
}
