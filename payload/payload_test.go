package payload

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func violations(err error) []string {
	var invalid *Invalid
	if !errors.As(err, &invalid) {
		return nil
	}
	var out []string
	for _, v := range invalid.Violations {
		out = append(out, v.Path+" "+v.Message)
	}
	return out
}

func TestParseRefusesWhatIsNotOneCleanValue(t *testing.T) {
	deep := strings.Repeat("[", 1000) + strings.Repeat("]", 1000)
	for _, tc := range []struct{ name, body, want string }{
		{"nothing", "", "$ is empty"},
		{"white space", " \n", "$ is empty"},
		{"truncated", `{"a":[1,`, "$ ends too early"},
		{"truncated string", `{"a":"b`, "$ ends too early"},
		{"no JSON", `hello`, "$ is not valid JSON at byte 0"},
		{"NaN", `{"a":NaN}`, "$ is not valid JSON at byte 5"},
		{"Infinity", `[-Infinity]`, "$ is not valid JSON"},
		{"leading zero", `[01]`, "$ is not valid JSON"},
		{"single quotes", `{'a':1}`, "$ is not valid JSON"},
		{"trailing comma", `[1,]`, "$ is not valid JSON"},
		{"two values", `{} {}`, "$ continues after its end"},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", "$ is not valid UTF-8 (first wrong byte at 6)"},
		{"lone surrogate", `{"a":"\ud800"}`, "$ is not valid JSON at byte"},
		{"too deep", deep, "$ is nested deeper than 32 levels"},
		{"too many", "[" + strings.Repeat("0,", MaxValues) + "0]", "$ has more than 10000 values"},
		{"duplicate key", `{"a":1,"b":{"c":1,"c":2},"a":3}`, "$.b.c occurs more than once in its object|$.a occurs more than once in its object"},
		{"duplicate key by escape", `{"a":1,"\u0061":2}`, "$.a occurs more than once"},
		{"duplicate of a strange key", `{"a b":1,"a b":2}`, `$["a b"] occurs more than once`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var r Report
			Parse([]byte(tc.body), &r)
			got := strings.Join(violations(r.Err()), "|")
			if !strings.HasPrefix(got, tc.want) {
				t.Errorf("Parse(%.40q): got %q, want prefix %q", tc.body, got, tc.want)
			}
		})
	}
}

func TestParseFindsDuplicatesInLargeObjects(t *testing.T) {
	var b strings.Builder
	b.WriteString("{")
	for i := range 500 {
		fmt.Fprintf(&b, `"k%d":0,`, i)
	}
	b.WriteString(`"k499":1,"k3":1}`)
	var r Report
	Parse([]byte(b.String()), &r)
	want := []string{"$.k499 occurs more than once in its object", "$.k3 occurs more than once in its object"}
	if diff := cmp.Diff(want, violations(r.Err())); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}

func TestValuesSayWhereTheyStandAndWhatTheyAre(t *testing.T) {
	var r Report
	v := Parse([]byte(`{"items":[{"id":1.50,"name":7},{"id":true}],"note":null,"x y":{"z":[]}}`), &r)
	if !v.Object() {
		t.Fatalf("root: %v", r.Err())
	}
	items, _ := v.Required("items")
	list, ok := items.Array()
	if !ok || len(list) != 2 {
		t.Fatalf("items: got %d, %v", len(list), ok)
	}
	id, _ := list[0].Required("id")
	if s, isNumber, ok := id.Scalar(); s != "1.50" || !isNumber || !ok {
		t.Errorf("number: got %q %v %v, want its spelling", s, isNumber, ok)
	}
	name, _ := list[0].Required("name")
	name.Text()
	id, _ = list[1].Required("id")
	id.Scalar()
	if _, ok := v.Optional("note"); ok {
		t.Error("null: got present, want absent")
	}
	v.Required("note")
	v.Required("missing")
	xy, _ := v.Optional("x y")
	z, _ := xy.Optional("z")
	z.Number()
	want := []string{
		"$.items[0].name must be a string, not a number",
		"$.items[1].id must be a string or a number, not a boolean",
		"$.note is required",
		"$.missing is required",
		`$["x y"].z must be a number, not an array`,
	}
	if diff := cmp.Diff(want, violations(r.Err())); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}

func TestReportBoundsItsAnswer(t *testing.T) {
	var r Report
	for range maxViolations + 7 {
		r.add("$", "is wrong")
	}
	got := violations(r.Err())
	if len(got) != maxViolations+1 || got[maxViolations] != "$ has 7 more violations that are not listed" {
		t.Errorf("got %d violations, last %q", len(got), got[len(got)-1])
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"a":[1,"b",null,{"c":1e400}]}`))
	f.Add([]byte("{\"a\":\"\xff\"}"))
	f.Add([]byte(`[[[[[["\ud800"]]]]]]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var r Report
		v := Parse(body, &r)
		if (v == nil) && r.Err() == nil {
			t.Errorf("Parse(%q): no value and no violation", body)
		}
	})
}
