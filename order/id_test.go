package order

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
)

const idCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func TestParseIDKnowsBothForms(t *testing.T) {
	for _, tc := range []struct {
		text   string
		number bool
		ok     bool
	}{
		{"1", true, true},
		{"0", true, true},
		{"-1", true, true},
		{"999999999999999", true, true},
		{"-999999999999999", true, true},
		{"1000000000000000", true, false},
		{"-1000000000000000", true, false},
		{"-0", true, false},
		{"-", true, false},
		{"", true, false},
		{"1.0", true, false},
		{"1.5", true, false},
		{"1e3", true, false},
		{"1E3", true, false},

		{"1", false, true},
		{"-0", false, true},
		{"1.0", false, true},
		{"1e3", false, true},
		{"9999999999999999", false, true},
		{"sku:7_a-b.c", false, true},
		{idCharacters, false, true},
		{"._:-", false, true},
		{strings.Repeat("x", 64), false, true},
		{strings.Repeat("x", 65), false, false},
		{"", false, false},
		{"a b", false, false},
		{"a/b", false, false},
		{"a+b", false, false},
		{"a@b", false, false},
		{"a,b", false, false},
		{"a\x00b", false, false},
		{"a\n", false, false},
		{"é", false, false},
		{"１", false, false}, // a full-width digit
	} {
		id, err := ParseID(tc.text, tc.number)
		if !tc.ok {
			if !errors.Is(err, errID) || !id.IsZero() {
				t.Errorf("ParseID(%q, %v): got %q, %v, want no id and an error", tc.text, tc.number, id, err)
			}
			continue
		}
		if err != nil || id.String() != tc.text || id.IsZero() {
			t.Errorf("ParseID(%q, %v): got %q, %v, want its text", tc.text, tc.number, id, err)
		}
	}
}

func TestIDsAreTheSameByText(t *testing.T) {
	for _, tc := range []struct {
		a, b ID
		want bool
	}{
		{ID{"1", true}, ID{"1", false}, true},
		{ID{"1", true}, ID{"1", true}, true},
		{ID{"1", true}, ID{"01", false}, false},
		{ID{"-1", true}, ID{"-1", false}, true},
		{ID{"a", false}, ID{"A", false}, false},
		{ID{}, ID{}, true},
		{ID{}, ID{"0", true}, false},
	} {
		if got := tc.a.Same(tc.b); got != tc.want {
			t.Errorf("%q same as %q: got %v, want %v", tc.a, tc.b, got, tc.want)
		}
	}
}

func TestIDsEchoTheFormInWhichTheyCame(t *testing.T) {
	for _, doc := range []string{`1`, `"1"`, `-5`, `"-5"`, `999999999999999`, `"sku:7_a-b.c"`, `0`, `""`} {
		var id ID
		if err := json.Unmarshal([]byte(doc), &id); err != nil {
			t.Errorf("unmarshal %s: %v", doc, err)
			continue
		}
		if got, err := json.Marshal(id); err != nil || string(got) != doc {
			t.Errorf("marshal: got %s, %v, want %s", got, err, doc)
		}
	}
}

func TestIDsInDocumentsAreStringsIntegersOrMissing(t *testing.T) {
	id := ID{"before", false}
	if err := json.Unmarshal([]byte("null"), &id); err != nil || !id.IsZero() {
		t.Errorf("null: got %q, %v, want no id", id, err)
	}
	for _, doc := range []string{`true`, `false`, `1.5`, `1e2`, `-0`, `1000000000000000`, `"a b"`, `[1]`, `{"a":1}`} {
		id := ID{}
		if err := json.Unmarshal([]byte(doc), &id); !errors.Is(err, errID) {
			t.Errorf("unmarshal %s: got %q, %v, want %v", doc, id, err, errID)
		}
	}
}

func TestValidOrderIDAllowsWhatFitsInAPath(t *testing.T) {
	for _, tc := range []struct {
		id   string
		want bool
	}{
		{idCharacters + "_-", true},
		{"a", true},
		{"-", true},
		{strings.Repeat("a", 64), true},
		{strings.Repeat("a", 65), false},
		{"", false},
		{"a.b", false},
		{"a:b", false},
		{"a/b", false},
		{"a b", false},
		{"a\x00", false},
		{"ä", false},
	} {
		if got := ValidOrderID(tc.id); got != tc.want {
			t.Errorf("ValidOrderID(%q): got %v, want %v", tc.id, got, tc.want)
		}
	}
}

func TestNewOrderIDsAreValidAndOrderedByTime(t *testing.T) {
	last := ""
	for range 100 {
		id, err := newOrderID()
		if err != nil {
			t.Fatalf("newOrderID: %v", err)
		}
		if u, err := uuid.Parse(id); err != nil || u.Version() != 7 || !ValidOrderID(id) {
			t.Fatalf("newOrderID: got %q, want a UUID of version 7", id)
		}
		if id <= last {
			t.Fatalf("newOrderID: got %s after %s, want a later one", id, last)
		}
		last = id
	}
}

// The ids below are in stored orders: a change of the derivation would make
// every repeated key place a second order.
func TestOrderIDFromKeyNeverChanges(t *testing.T) {
	for _, tc := range []struct{ user, route, key, want string }{
		{"ana", "POST /orders", "k-1", "62d5bb4b-6738-8cfb-9788-7d40ae4e4deb"},
		{"ben", "POST /orders", "k-1", "b0dc93cd-76c7-8cf3-b145-90fb2bab919e"},
		{"ana", "POST /orders", "", "0571f31b-f5e4-8bc4-a148-30606e5a34bc"},
		{"ana", "POST /orders", strings.Repeat("k", 255), "740ee985-f2ae-84e7-9529-f0048b77f622"},
	} {
		got := OrderIDFromKey(tc.user, tc.route, tc.key)
		if got != tc.want {
			t.Errorf("OrderIDFromKey(%q, %q, %.10q): got %s, want %s", tc.user, tc.route, tc.key, got, tc.want)
		}
		if u, err := uuid.Parse(got); err != nil || u.Version() != 8 || u.Variant() != uuid.RFC4122 {
			t.Errorf("OrderIDFromKey: got %s, want a UUID of version 8", got)
		}
	}
}

func TestOrderIDFromKeyDiffersByUserRouteAndKey(t *testing.T) {
	seen := map[string]string{}
	for _, p := range [][3]string{
		{"u", "r", "k"}, {"v", "r", "k"}, {"u", "s", "k"}, {"u", "r", "l"},
		{"ur", "", "k"}, {"", "ur", "k"}, {"", "", "urk"}, {"urk", "", ""}, {"u", "rk", ""},
		{"u\x00r", "k", ""}, {"u", "r\x00k", ""}, {"u", "r", "k\x00"}, {"u\x00", "r", "k"}, {"u", "\x00r", "k"},
		{"u\x00r\x00k", "r", "x"}, {"u", "r", "k\x00r\x00x"},
		{"1 1 ", "", ""}, {"", "1 1 ", ""},
	} {
		id := OrderIDFromKey(p[0], p[1], p[2])
		if other, ok := seen[id]; ok {
			t.Errorf("%q: got the id of %s, want another", p, other)
		}
		seen[id] = fmt.Sprintf("%q", p)
	}
}

func TestNumberIDIsTheIDOfANumber(t *testing.T) {
	for n, want := range map[int64]string{1: "1", 0: "0", -7: "-7", 999_999_999_999_999: "999999999999999", 1_000_000_000_000_000: "", -1_000_000_000_000_000: ""} {
		if got := NumberID(n); got.String() != want || got.number != (want != "") {
			t.Errorf("NumberID(%d): got %+v, want the number %q", n, got, want)
		}
	}
}
