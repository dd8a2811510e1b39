package payload

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// readTray reads a document as a domain package does: it knows id, note, items with a name
// each and a box with a lid, and skips status.
func readTray(v *Value) {
	if !v.Object() {
		return
	}
	v.Skip("status")
	v.Required("id")
	if note, ok := v.Optional("note"); ok {
		note.Text()
	}
	if box, ok := v.Optional("box"); ok && box.Object() {
		box.Optional("lid")
	}
	items, ok := v.Optional("items")
	if !ok {
		return
	}
	if list, ok := items.Array(); ok && len(list) < 5 {
		for _, item := range list {
			if item.Object() {
				item.Required("name")
			}
		}
	}
}

// unknownIn returns the names of what a body has beyond what [readTray] knows.
func unknownIn(t *testing.T, body string) string {
	t.Helper()
	var r Report
	v := Parse([]byte(body), &r)
	if v == nil {
		t.Fatalf("%.80s: %v", body, r.Err())
	}
	readTray(v)
	return Names(v.Unknown())
}

func TestWhatNobodyReadsIsNamed(t *testing.T) {
	for _, tc := range []struct{ name, body, want string }{
		{"nothing", `{"id":1,"note":"n","box":{"lid":1},"items":[{"name":"a"}]}`, ""},
		{"what is skipped on purpose", `{"id":1,"status":{"deep":[1]}}`, ""},
		{"a member", `{"id":1,"tips":3}`, "$.tips"},
		{"another case", `{"id":1,"Note":"no nuts"}`, "$.Note"},
		{"a null", `{"id":1,"tips":null}`, "$.tips"},
		{"only the top of what isn't known", `{"id":1,"tips":{"a":{"b":[{"c":1}]}}}`, "$.tips"},
		{"in an item", `{"id":1,"items":[{"name":"a","qty":2},{"name":"b"},{"name":"c","qty":2,"size":1}]}`, "$.items[0].qty, $.items[2].qty, $.items[2].size"},
		{"what is nearer first", `{"items":[{"name":"a","qty":2}],"box":{"colour":1},"id":1,"tips":3}`, "$.tips, $.box.colour, $.items[0].qty"},
		{"not in what is rejected", `{"id":1,"box":[{"x":1}],"note":{"x":1},"items":{"x":1},"y":1}`, "$.y"},
		{"not in items that nobody looked at", `{"id":1,"items":[{"q":1},{"q":1},{"q":1},{"q":1},{"q":1}]}`, ""},
		{"beside violations", `{"tips":1,"items":[{"qty":1}]}`, "$.tips, $.items[0].qty"},
		{"no object", `[{"tips":1}]`, ""},
	} {
		if got := unknownIn(t, tc.body); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestNamesAreSafeInAHeader(t *testing.T) {
	for _, tc := range []struct{ key, want string }{
		{`a b`, `$["a b"]`},
		{`a-b`, `$["a-b"]`},
		{``, `$[""]`},
		{`a, $.note`, `$["a\u002c $.note"]`},
		{`\"\\`, `$["\"\\"]`},
		{`\r\nSet-Cookie: a=b`, `$["\u000d\u000aSet-Cookie: a=b"]`},
		{`\u0000\u007f\u0085`, `$["\u0000\u007f\u0085"]`},
		{`café`, `$["caf\u00e9"]`},
		{`🌶`, `$["\ud83c\udf36"]`},
		{`\u202e`, `$["\u202e"]`},
		{strings.Repeat("k", 41), `$["` + strings.Repeat("k", 40) + `\u2026"]`},
	} {
		if got := unknownIn(t, `{"id":1,"`+tc.key+`":1}`); got != tc.want {
			t.Errorf("%q: got %s, want %s", tc.key, got, tc.want)
		}
	}
}

func TestNamesAreFewAndShort(t *testing.T) {
	body := func(n int, key string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"%s%d":1`, key, i)
		}
		return `{"id":1` + b.String() + `}`
	}
	if got := strings.Split(unknownIn(t, body(500, "k")), ", "); len(got) != MaxNames || got[19] != "$.k19" {
		t.Errorf("of 500: got %d, the last %s, want 20, $.k19", len(got), got[len(got)-1])
	}
	long := unknownIn(t, body(20, strings.Repeat(`\u0001`, 36)))
	if n := len(long); n > 1024 || n < 700 || !strings.HasSuffix(long, `"]`) {
		t.Errorf("with long names: got %d bytes that end with %q, want at most 1024 and whole paths", n, long[max(0, n-9):])
	}
}

func FuzzNames(f *testing.F) {
	f.Add("a, b")
	f.Add("\r\n")
	f.Add("\xff\u2028\U0001F336")
	f.Fuzz(func(t *testing.T, key string) {
		if !utf8.ValidString(key) {
			return // Parse lets none through
		}
		root := &Value{kind: object, opened: true}
		for range 30 {
			root.values = append(root.values, &Value{parent: root, key: key})
		}
		names := Names(root.Unknown())
		if len(names) > maxNameBytes || strings.ContainsFunc(names, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("%q: got %d bytes: %q", key, len(names), names)
		}
		for i, path := range strings.Split(names, ", ") {
			if path != root.values[i].path(quoteASCII) || strings.Contains(path, ",") {
				t.Fatalf("%q: path %d is %q", key, i, path)
			}
		}
	})
}

func TestWhatRulesForNewContentSayIsNoRefusalYet(t *testing.T) {
	read := func(body string) (*Report, *Value) {
		r := &Report{}
		v := Parse([]byte(body), r)
		readTray(v)
		for _, key := range []string{"note", "id"} {
			if m, ok := v.Optional(key); ok && m.kind == text {
				m.Line()
			}
		}
		for _, m := range v.Unknown() {
			m.RejectNew("is unknown")
		}
		return r, v
	}
	r, v := read(`{"id":"a\u0000","note":"b\u0001","tips":"a\u0000"}`)
	if r.Err() != nil || !v.Clean() {
		t.Errorf("got %v, want no violation of a rule that holds for everything", r.Err())
	}
	all := []string{"$.note must have no control characters", "$.id must have no control characters", "$.tips is unknown"}
	has := func(texts ...string) func(string) bool {
		return func(s string) bool { return slices.Contains(texts, s) }
	}
	for _, tc := range []struct {
		what string
		has  func(string) bool
		want []string
	}{
		{"nothing is stored", nil, all},
		{"other text is stored", has("x"), all},
		{"some of it is stored", has("b\x01"), all[1:]},
		{"all texts are stored", has("a\x00", "b\x01"), all[2:]},
	} {
		if got := violations(r.Objection().Err(tc.has)); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", tc.what, got, tc.want)
		}
	}
	r, _ = read(`{"id":"a\u0000"}`)
	if err := r.Objection().Err(has("a\x00")); err != nil {
		t.Errorf("with nothing but what is stored: got %v", err)
	}
	r, _ = read(`{"id":"a"}`)
	if o := r.Objection(); o != nil || o.Err(nil) != nil {
		t.Errorf("nothing wrong: got %v", o)
	}
	r, _ = read(`{"note":"b\u0001","box":7}`)
	want := []string{"$.id is required", "$.box must be an object, not a number", "$.note must have no control characters"}
	if got := violations(r.Err()); !slices.Equal(got, want) {
		t.Errorf("with violations of other rules: got %q, want all of them, %q", got, want)
	}
}

func TestTextHasNoControlCharactersAndNamesCanBeSeen(t *testing.T) {
	const line, lines, unseen = "must have no control characters", "must have no control characters but newline and tab", "must have a visible character"
	for _, tc := range []struct{ text, line, lines, name string }{
		{"Soup", "", "", ""},
		{"", "", "", ""},
		{"Sopa de ajo, la de 4,50 €", "", "", ""},
		{"👨‍👩‍👧 menu", "", "", ""},
		{"\u200bSoup", "", "", ""},
		{"½", "", "", ""},
		{"क्षि", "", "", ""},
		{"a\nb", line, "", line},
		{"a\tb", line, "", line},
		{"a\r\nb\r\n", line, "", line},
		{"a\rb", line, lines, line},
		{"a\n\rb", line, lines, line},
		{"So\x00up", line, lines, line},
		{"\x1b[2J", line, lines, line},
		{"a\u007f", line, lines, line},
		{"a\u0085", line, lines, line},
		{"a\u009b31m", line, lines, line},
		{"a\u2028b", "", "", ""},
		{" ", "", "", unseen},
		{"\u00a0\u2003\u3000", "", "", unseen},
		{"\u200b\u200d\ufeff\u2060", "", "", unseen},
		{"\u202e", "", "", unseen},
		{"\u00ad", "", "", unseen},
		{"\u2028", "", "", unseen},
		{"\u3164\u115f\u1160\uffa0", "", "", unseen},
		{"\u2800", "", "", unseen},
		{"\u034f\ufe0f", "", "", unseen},
		{"\ue000", "", "", unseen},
		{"\U000e0041", "", "", unseen},
		{"\n", line, "", line + "; " + unseen},
	} {
		for name, check := range map[string]struct {
			read func(*Value) (string, bool)
			want string
		}{"a line": {(*Value).Line, tc.line}, "lines": {(*Value).Lines, tc.lines}, "a name": {(*Value).Name, tc.name}} {
			r := &Report{}
			v := &Value{kind: text, text: tc.text, report: r}
			got, ok := check.read(v)
			var said []string
			for _, f := range r.findings {
				said = append(said, f.Message)
			}
			if said := strings.Join(said, "; "); said != check.want || got != tc.text || !ok || r.Err() != nil {
				t.Errorf("%q as %s: got %q, %v, %q, %v, want it and %q", tc.text, name, got, ok, said, r.Err(), check.want)
			}
		}
	}
	r := &Report{}
	if _, ok := (&Value{kind: number, report: r}).Name(); ok || r.Err() == nil {
		t.Error("a number is a name")
	}
}
