package order

import (
	stdjson "encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

const (
	mostMoney  Money = math.MaxInt64
	leastMoney Money = math.MinInt64
)

func TestParseMoneyIsExact(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want Money
		err  error
	}{
		{in: "0"},
		{in: "-0"},
		{in: "0.0000"},
		{in: "-0.00000000"},
		{in: "0e9999999999999"},
		{in: "0e-9999999999999"},
		{in: "0.000e400"},
		{in: "1", want: 10_000},
		{in: "1.1", want: 11_000},
		{in: "1.10", want: 11_000},
		{in: "110e-2", want: 11_000},
		{in: "110E-2", want: 11_000},
		{in: "0.11e+1", want: 11_000},
		{in: "0.0001", want: 1},
		{in: "1e-4", want: 1},
		{in: "-0.0001", want: -1},
		{in: "-19.97", want: -199_700},
		{in: "12345.6789", want: 123_456_789},
		{in: "1.00000", want: 10_000},
		{in: "1.2345000000000000000000000", want: 12_345},
		{in: "100000000000000e-14", want: 10_000},
		{in: "0.00000000000001e14", want: 10_000},
		{in: "1e14", want: 1_000_000_000_000_000_000},
		{in: "922337203685477.5807", want: mostMoney},
		{in: "-922337203685477.5807", want: leastMoney + 1},
		{in: "-922337203685477.5808", want: leastMoney},
		{in: "9223372036854775807e-4", want: mostMoney},
		{in: "1" + strings.Repeat("0", 400) + "e-400", want: 10_000},
		{in: "0." + strings.Repeat("0", 400) + "5e401", want: 50_000},

		{in: "922337203685477.5808", err: errMoney},
		{in: "-922337203685477.5809", err: errMoney},
		{in: "1e15", err: errMoney},
		{in: "1e400", err: errMoney},
		{in: "-1e400", err: errMoney},
		{in: "1e9999999999999", err: errMoney},
		{in: "1e99999999999999999999999", err: errMoney},
		{in: strings.Repeat("9", 5000), err: errMoney},
		{in: strings.Repeat("9", 20) + ".1234", err: errMoney},

		{in: "0.00001", err: errPrecision},
		{in: "1.23456", err: errPrecision},
		{in: "1e-5", err: errPrecision},
		{in: "1e-400", err: errPrecision},
		{in: "-1e-9999999999999", err: errPrecision},
		{in: "1." + strings.Repeat("0", 5000) + "1", err: errPrecision},

		{in: "", err: errNumber},
		{in: "-", err: errNumber},
		{in: ".5", err: errNumber},
		{in: "+1", err: errNumber},
		{in: "--1", err: errNumber},
		{in: "1e", err: errNumber},
		{in: "1e+", err: errNumber},
		{in: "1e5e5", err: errNumber},
		{in: "1.2.3", err: errNumber},
		{in: "1,5", err: errNumber},
		{in: " 1", err: errNumber},
		{in: "0x10", err: errNumber},
		{in: "NaN", err: errNumber},
		{in: "null", err: errNumber},
		{in: "٣", err: errNumber},
	} {
		got, err := ParseMoney(tc.in)
		if got != tc.want || !errors.Is(err, tc.err) {
			t.Errorf("ParseMoney(%.40q): got %d, %v, want %d, %v", tc.in, got, err, tc.want, tc.err)
		}
	}
}

func TestMoneyIsSpelledInShortestForm(t *testing.T) {
	for _, tc := range []struct {
		m    Money
		want string
	}{
		{0, "0"},
		{1, "0.0001"},
		{-1, "-0.0001"},
		{10, "0.001"},
		{5_000, "0.5"},
		{11_000, "1.1"},
		{10_000, "1"},
		{-30_000, "-3"},
		{100_100, "10.01"},
		{MaxTotal, "100000000"},
		{mostMoney, "922337203685477.5807"},
		{leastMoney, "-922337203685477.5808"},
	} {
		if got := tc.m.String(); got != tc.want {
			t.Errorf("Money(%d).String(): got %s, want %s", tc.m, got, tc.want)
		}
		doc, err := json.Marshal(tc.m)
		if err != nil || string(doc) != tc.want {
			t.Errorf("marshal Money(%d): got %s, %v, want %s", tc.m, doc, err, tc.want)
		}
		var back Money
		if err := json.Unmarshal(doc, &back); err != nil || back != tc.m {
			t.Errorf("unmarshal %s: got %d, %v, want %d", doc, back, err, tc.m)
		}
	}
}

func TestMoneyInDocumentsMustBeANumberThatFits(t *testing.T) {
	for _, tc := range []struct {
		doc  string
		want error
	}{
		{`"1.1"`, errNumber},
		{`null`, errNumber},
		{`true`, errNumber},
		{`[1]`, errNumber},
		{`1e400`, errMoney},
		{`0.00001`, errPrecision},
	} {
		var m Money
		if err := json.Unmarshal([]byte(tc.doc), &m); !errors.Is(err, tc.want) {
			t.Errorf("unmarshal %s: got %d, %v, want %v", tc.doc, m, err, tc.want)
		}
	}
}

func TestTimesRefusesToOverflow(t *testing.T) {
	for _, tc := range []struct {
		m    Money
		n    int
		want Money
		ok   bool
	}{
		{0, math.MaxInt, 0, true},
		{0, math.MinInt, 0, true},
		{11_000, 3, 33_000, true},
		{11_000, 0, 0, true},
		{11_000, -2, -22_000, true},
		{MaxPrice, MaxQuantity, 100_000_000_000_000, true},
		{1, math.MaxInt, mostMoney, true},
		{1, math.MinInt, leastMoney, true},
		{-1, math.MaxInt, leastMoney + 1, true},
		{mostMoney, 1, mostMoney, true},
		{mostMoney, -1, leastMoney + 1, true},
		{leastMoney, 1, leastMoney, true},
		{-1, math.MinInt, 0, false},
		{leastMoney, -1, 0, false},
		{mostMoney, 2, 0, false},
		{mostMoney, math.MaxInt, 0, false},
		{leastMoney, 2, 0, false},
		{1 << 32, 1 << 31, 0, false},
		{1 << 32, 1 << 32, 0, false},
	} {
		got, err := tc.m.Times(tc.n)
		if got != tc.want || (err == nil) != tc.ok || !tc.ok && !errors.Is(err, errMoney) {
			t.Errorf("Money(%d).Times(%d): got %d, %v, want %d, success %v", tc.m, tc.n, got, err, tc.want, tc.ok)
		}
	}
}

func TestPlusRefusesToOverflow(t *testing.T) {
	for _, tc := range []struct {
		a, b, want Money
		ok         bool
	}{
		{0, 0, 0, true},
		{11_000, 22_000, 33_000, true},
		{11_000, -11_000, 0, true},
		{mostMoney, 0, mostMoney, true},
		{leastMoney, 0, leastMoney, true},
		{mostMoney - 1, 1, mostMoney, true},
		{leastMoney + 1, -1, leastMoney, true},
		{mostMoney, leastMoney, -1, true},
		{mostMoney, 1, 0, false},
		{1, mostMoney, 0, false},
		{mostMoney, mostMoney, 0, false},
		{leastMoney, -1, 0, false},
		{-1, leastMoney, 0, false},
		{leastMoney, leastMoney, 0, false},
	} {
		got, err := tc.a.Plus(tc.b)
		if got != tc.want || (err == nil) != tc.ok || !tc.ok && !errors.Is(err, errMoney) {
			t.Errorf("Money(%d).Plus(%d): got %d, %v, want %d, success %v", tc.a, tc.b, got, err, tc.want, tc.ok)
		}
	}
}

// TestEncodingJSONSpellsOrdersAsWeDo is for programs that put the package's types into
// documents of their own.
func TestEncodingJSONSpellsOrdersAsWeDo(t *testing.T) {
	text, err := ParseID("casa:9", false)
	if err != nil {
		t.Fatal(err)
	}
	c := Content{
		Restaurant: text, Items: []Item{{ID: NumberID(7), Name: "Soup", Price: 11_000, Quantity: 2}}, Total: 22_001,
		Delivery: &Courier{ID: NumberID(-3), Name: "Ivy"}, Note: "hot", Address: "1 Quay Street",
	}
	want, err := json.Marshal(&c)
	if err != nil {
		t.Fatal(err)
	}
	got, err := stdjson.Marshal(&c)
	if err != nil || string(got) != string(want) {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	var back Content
	if err := stdjson.Unmarshal(want, &back); err != nil || !back.Same(c) || back.Restaurant != c.Restaurant || back.Items[0].ID != c.Items[0].ID {
		t.Errorf("read back: got %+v, %v, want %+v", back, err, c)
	}
	if err := stdjson.Unmarshal([]byte(`{"totalAmount":1.00001}`), &back); !errors.Is(err, errPrecision) {
		t.Errorf("a fifth decimal place: got %v, want %v", err, errPrecision)
	}
}
