package report

import (
	"math"
	"math/big"
	"testing"

	"comanda/feed"
	"comanda/order"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"
)

func big128(a Amount) *big.Int {
	n := new(big.Int).Lsh(big.NewInt(a.hi), 64)
	return n.Add(n, new(big.Int).SetUint64(a.lo))
}

func TestAmountsAreAddedAndSpelledExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) Amount {
			hi := rapid.Int64Range(math.MinInt64/4, math.MaxInt64/4).Draw(t, name+" hi")
			if rapid.Bool().Draw(t, name+" fits in 64 bits") {
				return AmountOf(order.Money(hi))
			}
			return Amount{hi, rapid.Uint64().Draw(t, name+" lo")}
		}
		a, b := draw("a"), draw("b")
		if got, want := big128(a.Plus(b)), new(big.Int).Add(big128(a), big128(b)); got.Cmp(want) != 0 {
			t.Fatalf("%s + %s: got %s, want %s", big128(a), big128(b), got, want)
		}
		if got, want := big128(a.Minus(b)), new(big.Int).Sub(big128(a), big128(b)); got.Cmp(want) != 0 {
			t.Fatalf("%s - %s: got %s, want %s", big128(a), big128(b), got, want)
		}
		if got, want := a.Compare(b), big128(a).Cmp(big128(b)); got != want {
			t.Fatalf("%s compared with %s: got %d, want %d", a, b, got, want)
		}
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		exact, ok := new(big.Rat).SetString(string(text))
		if want := new(big.Rat).SetFrac(big128(a), unit); !ok || exact.Cmp(want) != 0 {
			t.Fatalf("%s ten-thousandths: got %s", big128(a), text)
		}
		var back Amount
		if err := json.Unmarshal(text, &back); err != nil || back != a {
			t.Fatalf("%s read back: got %s, %v", text, back, err)
		}
	})
}

func TestAmountsAreSpelledShortest(t *testing.T) {
	for _, c := range []struct {
		amount Amount
		want   string
	}{
		{Amount{}, "0"}, {AmountOf(11_000), "1.1"}, {AmountOf(-1), "-0.0001"}, {AmountOf(math.MinInt64), "-922337203685477.5808"},
		{AmountOf(math.MaxInt64).Plus(AmountOf(1)), "922337203685477.5808"}, {AmountOf(math.MinInt64).Minus(AmountOf(4192)), "-922337203685478"},
	} {
		if got := c.amount.String(); got != c.want {
			t.Errorf("%s ten-thousandths: got %s, want %s", big128(c.amount), got, c.want)
		}
	}
	for _, bad := range []string{`"1"`, "1e99", "0.00001", "null", "[]"} {
		var a Amount
		if err := json.Unmarshal([]byte(bad), &a); err == nil {
			t.Errorf("amount %s: got %s, want an error", bad, a)
		}
	}
}

func TestSumsBeyond64BitsAreCounted(t *testing.T) {
	file := openFile(t, tables)
	c := NewConsumer(configOf(file, &quiet{}))
	for i := range 3 {
		o := placed(t, string(rune('a'+i)), "7", 1)
		o.Total, o.Items[0].Price = math.MaxInt64, math.MaxInt64
		if err := c.Consume(t.Context(), "s", []feed.Event{eventTo(t, i, nil, &o)}); err != nil {
			t.Fatal(err)
		}
	}
	got := mustRead(t, file)
	const want = "2767011611056432.7421"
	if got.Revenue.String() != want || got.TopProducts[0].Revenue.String() != want {
		t.Errorf("revenue: got %s, of the product %s, want %s", got.Revenue, got.TopProducts[0].Revenue, want)
	}
}
