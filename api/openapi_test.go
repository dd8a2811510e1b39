package api

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"comanda/order"
	"comanda/payload"
	"comanda/user"

	"github.com/go-json-experiment/json"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

func TestOpenAPIDocumentIsUpToDate(t *testing.T) {
	want, err := OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(openAPIDocument, want) {
		t.Error("api/openapi.json isn't what the table of routes makes: run `make generate`")
	}
}

// documented is the OpenAPI document, and what its schemas say of a value.
type documented struct {
	text     object
	compiler *jsonschema.Compiler
}

func readDocument(t *testing.T) documented {
	t.Helper()
	d := documented{compiler: jsonschema.NewCompiler()}
	d.compiler.AssertFormat()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(openAPIDocument))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.compiler.AddResource("openapi.json", value); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(openAPIDocument, &d.text); err != nil {
		t.Fatal(err)
	}
	return d
}

// fits fails the test when a value isn't one of the schema at a JSON pointer.
func (d documented) fits(t *testing.T, pointer string, value any) {
	t.Helper()
	schema, err := d.compiler.Compile("openapi.json#" + strings.NewReplacer("{", "%7B", "}", "%7D").Replace(pointer))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%s: got the example %v, which isn't one: %v", pointer, value, err)
	}
}

// walk calls see with every object of the document and its JSON pointer.
func walk(pointer string, value any, see func(pointer string, o object)) {
	switch v := value.(type) {
	case object:
		see(pointer, v)
		for name, member := range v {
			walk(pointer+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name), member, see)
		}
	case []any:
		for i, member := range v {
			walk(fmt.Sprint(pointer, "/", i), member, see)
		}
	}
}

func at(o object, names ...string) object {
	for _, name := range names {
		o, _ = o[name].(object)
	}
	return o
}

// operations returns the operations of the document by their ids.
func (d documented) operations() map[string]object {
	out := map[string]object{}
	walk("", d.text["paths"], func(_ string, o object) {
		if id, ok := o["operationId"].(string); ok {
			out[id] = o
		}
	})
	return out
}

// TestOpenAPINumbersAreExactInGeneratedClients holds the document to what generators make of numbers
// without a format: 32 bits.
func TestOpenAPINumbersAreExactInGeneratedClients(t *testing.T) {
	seen := 0
	walk("", readDocument(t).text, func(pointer string, o object) {
		if strings.Contains(pointer, "/examples/") {
			return
		}
		kinds := fmt.Sprint(o["type"])
		format, _ := o["format"].(string)
		switch {
		case strings.Contains(kinds, "number"):
			seen++
			if format != "double" {
				t.Errorf("%s: got a number of the format %q, want double", pointer, format)
			}
		case strings.Contains(kinds, "integer"):
			seen++
			most, bounded := o["maximum"].(float64)
			if format != "int64" && (format != "int32" || !bounded || most >= 1<<31) {
				t.Errorf("%s: got an integer of the format %q up to %v, want int64, or int32 with a maximum", pointer, format, o["maximum"])
			}
		}
	})
	if seen < 20 {
		t.Errorf("got %d numbers in the document, want more: the test looks at the wrong place", seen)
	}
}

// TestOpenAPIAmountsSurviveADouble reads amounts as generated clients do, and writes them in the shortest form again.
func TestOpenAPIAmountsSurviveADouble(t *testing.T) {
	const most = 900_000_000_000 * order.Unit // as shapes.go says
	if order.MaxTotal > most {
		t.Fatalf("totals are up to %s, which is more than the %s up to which a double is exact", order.MaxTotal, most)
	}
	survives := func(t rapid.TB, amount order.Money) {
		f, err := strconv.ParseFloat(amount.String(), 64)
		if got := strconv.FormatFloat(f, 'f', -1, 64); err != nil || got != amount.String() {
			t.Errorf("got %s, %v, want %s", got, err, amount)
		}
	}
	for _, amount := range []order.Money{0, 1, most, most - 1, order.MaxTotal - 1, order.MaxPrice - 1, 12_345_678_900} {
		survives(t, amount)
	}
	rapid.Check(t, func(t *rapid.T) {
		survives(t, order.Money(rapid.Int64Range(0, int64(most)).Draw(t, "ten-thousandths")))
	})
}

// TestOpenAPIWebhooksUseNothingThatNoPathUses is for generators that leave out what only webhooks
// use, and then make code of the webhooks which names it.
func TestOpenAPIWebhooksUseNothingThatNoPathUses(t *testing.T) {
	d := readDocument(t)
	reached := map[string]bool{}
	var follow func(value any)
	follow = func(value any) {
		walk("", value, func(_ string, o object) {
			name, ok := strings.CutPrefix(fmt.Sprint(o["$ref"]), "#/components/schemas/")
			if ok && !reached[name] {
				reached[name] = true
				follow(at(d.text, "components", "schemas", name))
			}
		})
	}
	follow(d.text["paths"])
	paths := maps.Clone(reached)
	follow(d.text["webhooks"])
	if !maps.Equal(paths, reached) || !reached["Notification"] {
		t.Errorf("got the schemas %v from paths and %v with webhooks, want the same", slices.Sorted(maps.Keys(paths)), slices.Sorted(maps.Keys(reached)))
	}
	for name := range at(d.text, "components", "schemas") {
		if !reached[name] {
			t.Errorf("schema %s: got nothing that uses it", name)
		}
	}
}

func TestOpenAPISchemasHaveExamplesOfTheirOwn(t *testing.T) {
	d := readDocument(t)
	for name, s := range at(d.text, "components", "schemas") {
		list, _ := s.(object)["examples"].([]any)
		if len(list) == 0 || list[0] == nil {
			t.Errorf("schema %s: got no example, want one in examples.go", name)
		}
	}
	seen := 0
	walk("", d.text, func(pointer string, o object) {
		list, ok := o["examples"].([]any)
		if !ok || strings.Contains(pointer, "/examples/") {
			return
		}
		for _, example := range list {
			seen++
			d.fits(t, pointer, example)
		}
	})
	if seen < len(at(d.text, "components", "schemas")) {
		t.Errorf("got %d examples, want one for every schema at least", seen)
	}
}

func TestOpenAPIParametersHaveExamples(t *testing.T) {
	d := readDocument(t)
	walk("", d.text, func(pointer string, o object) {
		if o["in"] == nil || o["name"] == nil || o["schema"] == nil {
			return
		}
		example, filled := o["example"]
		if required := o["in"] == "path"; filled != required {
			t.Errorf("%s %s: got an example that is filled in: %v, want it: %v", pointer, o["name"], filled, required)
		}
		if filled {
			d.fits(t, pointer+"/schema", example)
		} else if at(o, "schema")["examples"] == nil {
			t.Errorf("%s %s: got no example", pointer, o["name"])
		}
	})
}

// TestOpenAPIExamplesAreAccepted reads the bodies that a visitor of /docs sends.
func TestOpenAPIExamplesAreAccepted(t *testing.T) {
	readers := map[string]func(*payload.Value){
		"Placement":    func(v *payload.Value) { order.ReadPlacement(v, order.RejectTotal) },
		"OrderContent": func(v *payload.Value) { order.ReadContent(v, order.RejectTotal) },
		"Step":         func(v *payload.Value) { order.ReadStep(v) },
		"UserCreation": func(v *payload.Value) { user.ReadCreation(v) },
		"UserContent":  func(v *payload.Value) { user.ReadContent(v) },
		"UserPatch":    func(v *payload.Value) { user.ReadPatch(v) },
	}
	for _, rt := range routes {
		if rt.body == "" {
			continue
		}
		var report payload.Report
		v := payload.Parse(examples()[rt.body], &report)
		readers[rt.body](v)
		if err := report.Err(); err != nil || report.Objection() != nil || len(v.Unknown()) > 0 {
			t.Errorf("%s: got the example %s refused: %v, %v", rt.body, examples()[rt.body], err, report.Objection())
		}
	}
}

func TestOpenAPIRefusalsHaveExamplesOfTheirOwn(t *testing.T) {
	d := readDocument(t)
	shown := map[string]bool{}
	for id, op := range d.operations() {
		for status, answer := range at(op, "responses") {
			content := at(answer.(object), "content", problemType)
			if content == nil {
				continue
			}
			list := at(content, "examples")
			if len(list) == 0 {
				t.Errorf("%s, %s: got no example of the refusal", id, status)
			}
			for name := range list {
				shown[name] = true
				value := at(d.text, "components", "examples", name, "value")
				if fmt.Sprint(value["status"]) != status {
					t.Errorf("%s, %s: got the example %s, of status %v", id, status, name, value["status"])
				}
			}
		}
	}
	for name, e := range at(d.text, "components", "examples") {
		if !shown[name] {
			t.Errorf("example %s: got no operation that shows it", name)
		}
		d.fits(t, "/components/schemas/Problem", e.(object)["value"])
	}
}

// TestOpenAPIShowsEveryProblem names the ones that no client can meet at a documented operation.
func TestOpenAPIShowsEveryProblem(t *testing.T) {
	all := string(openAPIDocument)
	for _, kind := range append(problems, internalError) {
		got := strings.Contains(all, `"type": "`+typePrefix+kind.name+`"`)
		if want := kind.name != "method-not-allowed" && kind.name != "canceled"; got != want {
			t.Errorf("problem %s: got an example: %v, want %v", kind.name, got, want)
		}
	}
}

func TestAnEmptyFilterIsRefused(t *testing.T) {
	for raw, refused := range map[string]int{
		"status=": 1, "limit=": 1, "from=&to=": 2, "nextToken=": 0, "status=PLACED": 0, "": 0,
	} {
		if got := len(newQuery(raw, listParameters).violations); got != refused {
			t.Errorf("%q: got %d violations, want %d", raw, got, refused)
		}
	}
	for raw, of := range map[string]func() []parameter{"verify=": verifyParameters, "username=": userListParameters, "email=": userListParameters} {
		if got := len(newQuery(raw, of).violations); got != 1 {
			t.Errorf("%s: got %d violations, want 1", raw, got)
		}
	}
}
