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

func TestIfMatchInsistsOnVersionsAsTheyWereWritten(t *testing.T) {
	for _, tc := range []struct {
		name    string
		values  []string
		want    []int // nil: any
		tagless bool
	}{
		{"no header", nil, nil, false},
		{"any", []string{"*"}, nil, false},
		{"any with spaces", []string{" * "}, nil, false},
		{"one", []string{`"3"`}, []int{3}, false},
		{"a list", []string{`"3", "4" ,"5"`}, []int{3, 4, 5}, false},
		{"a list with empty elements", []string{`, "3",, "4",`}, []int{3, 4}, false},
		{"two headers", []string{`"3"`, `"4"`}, []int{3, 4}, false},
		{"a tag with a comma", []string{`"a,b", "7"`}, []int{7}, false},
		{"a weak tag beside a strong one", []string{`W/"3", "4"`}, []int{4}, false},
		{"empty", []string{""}, nil, true},
		{"white space", []string{" \t"}, nil, true},
		{"two that are empty", []string{"", ""}, nil, true},
		{"a weak tag", []string{`W/"3"`}, nil, true},
		{"a foreign tag", []string{`"abc"`}, nil, true},
		{"a leading zero", []string{`"03"`}, nil, true},
		{"a plus sign", []string{`"+3"`}, nil, true},
		{"a space within", []string{`" 3"`}, nil, true},
		{"a fraction", []string{`"3.0"`}, nil, true},
		{"a version that never is", []string{`"0"`}, nil, true},
		{"what stands for any version inside", []string{`"-1"`}, nil, true},
		{"more digits than there are versions", []string{`"99999999999999999999"`}, nil, true},
		{"digits of another script", []string{`"٣"`}, nil, true},
		{"an empty tag", []string{`""`}, nil, true},
		{"no quotes", []string{`3`}, nil, true},
		{"one quote", []string{`"3`}, nil, true},
		{"single quotes", []string{`'3'`}, nil, true},
		{"a star in a list", []string{`*, "3"`}, nil, true},
		{"a tag beside what is none", []string{`3, "3"`}, nil, true},
		{"tags without a comma", []string{`"3""4"`}, nil, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := withHeader("If-Match", tc.values...)
			got := c.ifMatch()
			if !slices.Equal(got, tc.want) || (got == nil) != (tc.want == nil && !tc.tagless) || c.tagless != tc.tagless {
				t.Errorf("got %v, tagless %v, want %v, tagless %v", got, c.tagless, tc.want, tc.tagless)
			}
		})
	}
}

func TestIfNoneMatchKnowsTheVersion(t *testing.T) {
	for header, want := range map[string]bool{`"3"`: true, `W/"3"`: true, `*`: true, `"2"`: false, `"2", "3"`: true, `"33"`: false, `"03"`: false, "": false} {
		c := withHeader("If-None-Match", header)
		if got, err := c.unchanged(3); err != nil || got != want {
			t.Errorf("a read with %s: got %v, %v, want %v", header, got, err, want)
		}
		if err := c.readUnless(); err != nil || c.terms.Excludes(3) != want {
			t.Errorf("a write with %s: got %v, %v, want %v", header, c.terms.Excludes(3), err, want)
		}
		if c.terms.Excludes(0) {
			t.Errorf("a write of what isn't there is excluded by %s", header)
		}
	}
	if c := withHeader("If-None-Match"); c.readUnless() != nil || !c.terms.None() {
		t.Error("without the header there are terms")
	}
	for _, bad := range []string{"3", `"3`, `*, "3"`, `w/"3"`} {
		c := withHeader("If-None-Match", bad)
		if _, err := c.unchanged(3); err == nil || c.readUnless() == nil {
			t.Errorf("%s: got no error", bad)
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
