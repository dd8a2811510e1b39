package payload

import (
	"errors"
	"strings"
	"testing"
)

func TestInvalidNamesEveryViolationInItsText(t *testing.T) {
	var r Report
	v := Parse([]byte(`{"a":1}`), &r)
	v.Required("b")
	a, _ := v.Optional("a")
	a.Text()
	want := "invalid input: $.b is required; $.a must be a string, not a number"
	if err := r.Err(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestRefuseIsForInputOutsideADocument(t *testing.T) {
	var err error = Refuse("limit", "must be 1 to %d", 100)
	var invalid *Invalid
	if !errors.As(err, &invalid) || err.Error() != "invalid input: limit must be 1 to 100" {
		t.Errorf("got %v, want one violation of limit", err)
	}
}

func TestAnAnswerCountsItsOverflowOnce(t *testing.T) {
	var r Report
	for range maxViolations + 1 {
		r.add("$", "is wrong")
	}
	if first, again := len(violations(r.Err())), len(violations(r.Err())); first != maxViolations+1 || again != first {
		t.Errorf("got %d violations and then %d, want %d each time", first, again, maxViolations+1)
	}
}

func TestNullIsToldFromAbsent(t *testing.T) {
	var r Report
	v := Parse([]byte(`{"null":null,"text":"x","zero":0}`), &r)
	for key, want := range map[string]bool{"null": true, "text": false, "zero": false, "absent": false} {
		if got := v.Null(key); got != want {
			t.Errorf("Null(%q): got %v, want %v", key, got, want)
		}
	}
	if err := r.Err(); err != nil {
		t.Errorf("violations: got %v, want none", err)
	}
}

func TestLongTextsOfASenderAreCutBetweenCharacters(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"", `""`},
		{"a\"b\n", `"a\"b\n"`},
		{strings.Repeat("a", maxShown), `"` + strings.Repeat("a", maxShown) + `"`},
		{strings.Repeat("a", maxShown+1), `"` + strings.Repeat("a", maxShown) + `…"`},
		{strings.Repeat("茶", 14), `"` + strings.Repeat("茶", 13) + `…"`},
		{"a" + strings.Repeat("🍲", 10), `"a` + strings.Repeat("🍲", 9) + `…"`},
	} {
		if got := Show(tc.in); got != tc.want {
			t.Errorf("Show(%q): got %s, want %s", tc.in, got, tc.want)
		}
	}
}

func TestPathsQuoteAndCutStrangeKeys(t *testing.T) {
	long := strings.Repeat("k", maxShown+1)
	var r Report
	Parse([]byte(`{"":1,"":2,"`+long+`":1,"`+long+`":2,"é":{"a":[0,{"b":1,"b":2}]}}`), &r)
	want := `$[""] occurs more than once in its object|$["` + long[:maxShown] + `…"] occurs more than once in its object|$["é"].a[1].b occurs more than once in its object`
	if got := strings.Join(violations(r.Err()), "|"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
