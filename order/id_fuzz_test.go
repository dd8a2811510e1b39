package order

import (
	"encoding/json"
	"regexp"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"
)

var (
	idRule      = regexp.MustCompile(IDPattern)
	orderIDRule = regexp.MustCompile(OrderIDPattern)
	integerRule = regexp.MustCompile(`^(?:0|-?[1-9][0-9]{0,14})$`)
)

func FuzzID(f *testing.F) {
	for _, s := range []string{"1", "-0", "1.0", "999999999999999", "1000000000000000", "sku:7", "", "a b", "é", "\xff", "a\n"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, number bool) {
		if number && !jsonNumber.MatchString(s) {
			return // only a JSON parser says that a text is a number
		}
		id, err := ParseID(s, number)
		want := idRule.MatchString(s)
		if number {
			want = integerRule.MatchString(s)
		}
		if (err == nil) != want {
			t.Fatalf("ParseID(%q, %v): got %v, want success %v", s, number, err, want)
		}
		if err != nil {
			return
		}
		doc, err := jsonv2.Marshal(id)
		if err != nil || !json.Valid(doc) {
			t.Fatalf("marshal %q: got %s, %v, want JSON", s, doc, err)
		}
		var back ID
		if err := jsonv2.Unmarshal(doc, &back); err != nil || back != id {
			t.Errorf("unmarshal %s: got %v, %v, want %v", doc, back, err, id)
		}
	})
}

func FuzzOrderID(f *testing.F) {
	for _, s := range []string{"", "a", "A-z_9", "a.b", "a/b", "\x00", "é", "a\n"} {
		f.Add(s, "route", "key")
	}
	f.Fuzz(func(t *testing.T, s, route, key string) {
		if got, want := ValidOrderID(s), orderIDRule.MatchString(s); got != want {
			t.Errorf("ValidOrderID(%q): got %v, want %v", s, got, want)
		}
		id := OrderIDFromKey(s, route, key)
		if !ValidOrderID(id) {
			t.Errorf("OrderIDFromKey(%q, %q, %q): got %q, want a valid order id", s, route, key, id)
		}
		if id == OrderIDFromKey(s+"x", route, key) || id == OrderIDFromKey(s, route, key+"x") || id == OrderIDFromKey(s, route+"x", key) {
			t.Errorf("OrderIDFromKey(%q, %q, %q): got the id of other parts", s, route, key)
		}
	})
}
