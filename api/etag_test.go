package api

import (
	"net/http/httptest"
	"slices"
	"testing"
)

func withHeader(name string, values ...string) *call {
	r := httptest.NewRequest("GET", "/orders/o", nil)
	for _, v := range values {
		r.Header.Add(name, v)
	}
	return &call{Request: r}
}

func TestIfMatchInsistsOnVersions(t *testing.T) {
	for _, tc := range []struct {
		name   string
		values []string
		want   []int // nil: any
		bad    bool
	}{
		{"no header", nil, nil, false},
		{"any", []string{"*"}, nil, false},
		{"one", []string{`"3"`}, []int{3}, false},
		{"a list", []string{`"3", "4" ,"5"`}, []int{3, 4, 5}, false},
		{"two headers", []string{`"3"`, `"4"`}, []int{3, 4}, false},
		{"a weak tag matches nothing", []string{`W/"3"`}, []int{}, false},
		{"a foreign tag matches nothing", []string{`"abc"`}, []int{}, false},
		{"a tag with a comma", []string{`"a,b", "7"`}, []int{7}, false},
		{"no quotes", []string{`3`}, nil, true},
		{"one quote", []string{`"3`}, nil, true},
		{"a star in a list", []string{`*, "3"`}, nil, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := withHeader("If-Match", tc.values...).ifMatch()
			if (err != nil) != tc.bad || !slices.Equal(got, tc.want) || (got == nil) != (tc.want == nil) {
				t.Errorf("got %v, %v, want %v, error %v", got, err, tc.want, tc.bad)
			}
		})
	}
}

func TestIfNoneMatchKnowsTheVersion(t *testing.T) {
	for header, want := range map[string]bool{`"3"`: true, `W/"3"`: true, `*`: true, `"2"`: false, `"2", "3"`: true, `"33"`: false} {
		if got, err := withHeader("If-None-Match", header).unchanged(3); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", header, got, err, want)
		}
	}
}

func TestIdempotencyKeyIsQuotedOrBare(t *testing.T) {
	long := string(slices.Repeat([]byte("k"), maxKey))
	for _, tc := range []struct {
		name   string
		values []string
		want   string
		bad    bool
	}{
		{"none", nil, "", false},
		{"bare", []string{"abc-1"}, "abc-1", false},
		{"quoted", []string{`"abc-1"`}, "abc-1", false},
		{"quoted with escapes", []string{`"a\"b\\c"`}, `a"b\c`, false},
		{"with a parameter", []string{`"k";v=1`}, "k", false},
		{"with parameters and spaces", []string{` "k" ; a="x;y"; b=:AA==:;c `}, "k", false},
		{"a quote and a semicolon within", []string{`"a\";b"`}, `a";b`, false},
		{"bare with a semicolon", []string{`k;v=1`}, `k;v=1`, false},
		{"a quote that isn't closed, as before", []string{`"k`}, `"k`, false},
		{"text behind the quote, as before", []string{`"k"x`}, `"k"x`, false},
		{"two strings in one, as before", []string{`"a", "b"`}, `a", "b`, false},
		{"an escape that there isn't, as before", []string{`"a\b"`}, `a\b`, false},
		{"a backslash at the end, as before", []string{`"a\`}, `"a\`, false},
		{"longest", []string{long}, long, false},
		{"too long", []string{long + "k"}, "", true},
		{"empty", []string{""}, "", true},
		{"empty quoted", []string{`""`}, "", true},
		{"twice", []string{"a", "b"}, "", true},
		{"not ASCII", []string{"clé"}, "", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := withHeader("Idempotency-Key", tc.values...).idempotencyKey()
			if (err != nil) != tc.bad || got != tc.want {
				t.Errorf("got %q, %v, want %q, error %v", got, err, tc.want, tc.bad)
			}
		})
	}
}
