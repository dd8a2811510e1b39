package deploy

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/go-json-experiment/json"

	"comanda/api"
	"comanda/order"
	"comanda/payload"
	"comanda/user"
)

func TestSchemasAreWeakened(t *testing.T) {
	tests := []struct{ name, schema, want string }{
		{"an integer may be written 1.0", `{"type":"integer","minimum":1,"maximum":9}`, `{"type":"number"}`},
		{"lengths and patterns go", `{"type":"string","minLength":1,"maxLength":5,"pattern":"^a$","enum":["a"],"description":"d"}`, `{"type":"string"}`},
		{"null is the service's business", `{"type":["string","null"]}`, `{}`},
		{"so are alternatives", `{"oneOf":[{"type":"integer"},{"type":"string"}]}`, `{}`},
		{"and references", `{"$ref":"#/components/schemas/Item"}`, `{}`},
		{"numbers of items stay", `{"type":"array","minItems":1,"maxItems":100,"items":{"type":"string","maxLength":3}}`, `{"type":"array","minItems":1,"maxItems":100,"items":{"type":"string"}}`},
		{"items that can be anything go", `{"type":"array","items":{"$ref":"#/x"}}`, `{"type":"array"}`},
		{"required members stay", `{"type":"object","required":["a"],"properties":{"a":{"type":"boolean","const":true},"b":{"type":["number","null"]}},"additionalProperties":false}`,
			`{"type":"object","required":["a"],"properties":{"a":{"type":"boolean"},"b":{}}}`},
		{"types that there aren't go", `{"type":"null"}`, `{}`},
		{"no schema is one", `true`, `{}`},
	}
	for _, test := range tests {
		var schema, want any
		if err := json.Unmarshal([]byte(test.schema), &schema); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(test.want), &want); err != nil {
			t.Fatal(err)
		}
		if got := weaken(schema); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", test.name, got, want)
		}
	}
}

// readers are what the service reads the bodies with, by their schemas.
var readers = map[string]func(*payload.Value){
	"Placement":    func(v *payload.Value) { order.ReadPlacement(v, order.AcceptTotal) },
	"OrderContent": func(v *payload.Value) { order.ReadContent(v, order.AcceptTotal) },
	"Step":         func(v *payload.Value) { order.ReadStep(v) },
	"UserCreation": func(v *payload.Value) { user.ReadCreation(v) },
	"UserContent":  func(v *payload.Value) { user.ReadContent(v) },
	"UserPatch":    func(v *payload.Value) { user.ReadPatch(v) },
}

// accepts reports whether the service reads a body without finding a violation.
func accepts(schema string, body []byte) bool {
	var report payload.Report
	if v := payload.Parse(body, &report); v != nil {
		readers[schema](v)
	}
	return report.Err() == nil
}

var accepted = map[string][]string{
	"Placement": {
		`{"restaurantId":1,"orderItems":[{"id":1,"name":"Spaghetti","price":9.99,"quantity":1}],"totalAmount":9.99}`,
		`{"restaurantId":"1","orderItems":[{"id":"x","name":"é😀","price":0}],"totalAmount":0,"orderId":"a","note":null,"deliveryAddress":null,"delivery":null}`,
		`{"restaurantId":1,"orderItems":[{"id":1,"name":"a","price":1e0,"quantity":2}],"totalAmount":110e-2,"status":5,"orderTime":[],"userId":{},"more":true,"delivery":{"id":7,"name":"c"}}`,
		`{"restaurantId":1,"note":"` + strings.Repeat("😀", 500) + `","orderItems":[` + strings.Repeat(`{"id":1,"name":"a","price":1},`, 99) + `{"id":1,"name":"a","price":1}],"totalAmount":100}`,
	},
	"OrderContent": {`{"restaurantId":1,"orderItems":[{"id":1,"name":"a","price":1}],"totalAmount":1,"delivery":{"id":"7","name":"c"}}`},
	"Step":         {`{"status":"ACKNOWLEDGED"}`, `{"status":"DISPATCHED","delivery":{"id":7,"name":"c"},"reason":null}`},
	"UserCreation": {`{"name":"n"}`, `{"name":"n","userid":"u","email":"a@example.com","username":null,"address":null,"other":1}`},
	"UserContent":  {`{"name":"n","email":null}`},
	"UserPatch":    {`{}`, `{"name":"n","email":null}`},
}

func operation(t testing.TB, schema string) api.Operation {
	t.Helper()
	for _, op := range api.Operations() {
		if op.Body == schema {
			return op
		}
	}
	t.Fatalf("no operation takes a %s", schema)
	return api.Operation{}
}

func TestWhatTheServiceAcceptsTheGatewayLetsThrough(t *testing.T) {
	for schema, bodies := range accepted {
		for _, body := range bodies {
			if !accepts(schema, []byte(body)) {
				t.Errorf("%s %.120s: the service refuses it, so it proves nothing", schema, body)
			}
			if err := Validate(operation(t, schema), []byte(body)); err != nil {
				t.Errorf("%s %.120s: the gateway refuses it: %v", schema, body, err)
			}
		}
	}
}

func TestEveryBodyHasAModelAndAReader(t *testing.T) {
	models, err := Models()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range modelNames(models) {
		if readers[name] == nil || accepted[name] == nil {
			t.Errorf("%s: got no reader or no examples, want both, to compare the service with the gateway", name)
		}
	}
}

func TestWhatTheGatewayRefusesTheServiceRefuses(t *testing.T) {
	names := slices.Sorted(func(yield func(string) bool) {
		for name := range accepted {
			if !yield(name) {
				return
			}
		}
	})
	refused := 0
	rapid.Check(t, func(t *rapid.T) {
		schema := rapid.SampledFrom(names).Draw(t, "schema")
		body := []byte(mutated(t, rapid.SampledFrom(accepted[schema]).Draw(t, "body")))
		if err := Validate(api.Operation{Body: schema}, body); err != nil {
			refused++
			if accepts(schema, body) {
				t.Fatalf("%s %s: the service accepts it, and the gateway refuses it: %v", schema, body, err)
			}
		}
	})
	if refused == 0 {
		t.Error("the gateway refused no body: the comparison proves nothing")
	}
}

// mutated replaces, adds or removes a member somewhere in a body.
func mutated(t *rapid.T, body string) string {
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatal(err)
	}
	for range rapid.IntRange(1, 3).Draw(t, "changes") {
		v = change(t, v)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func change(t *rapid.T, v any) any {
	deeper := rapid.Bool().Draw(t, "deeper")
	switch x := v.(type) {
	case map[string]any:
		names := []string{"name", "quantity", "new"}
		for name := range x {
			names = append(names, name)
		}
		slices.Sort(names)
		name := rapid.SampledFrom(names).Draw(t, "name")
		switch _, there := x[name]; {
		case there && deeper:
			x[name] = change(t, x[name])
		case there && rapid.Bool().Draw(t, "remove"):
			delete(x, name)
		default:
			x[name] = anything(t)
		}
		return x
	case []any:
		if deeper && len(x) > 0 {
			i := rapid.IntRange(0, len(x)-1).Draw(t, "item")
			x[i] = change(t, x[i])
			return x
		}
		return append(x[:rapid.IntRange(0, len(x)).Draw(t, "kept"):len(x)], anything(t))
	}
	return anything(t)
}

func anything(t *rapid.T) any {
	return rapid.SampledFrom([]any{
		nil, true, "", "a", "1", strings.Repeat("x", 600), 0.0, 1.0, -1.0, 1.5, 1e15, []any{}, []any{nil}, map[string]any{},
		map[string]any{"id": 1.0, "name": "a", "price": 1.0}, map[string]any{"id": "7"}, "PLACED", "ACKNOWLEDGED",
	}).Draw(t, "value")
}

func ExampleValidate() {
	placeOrder := api.Operations()[0]
	fmt.Println(Validate(placeOrder, []byte(`{"restaurantId":1,"totalAmount":5}`)))
	fmt.Println(Validate(placeOrder, []byte(`{"restaurantId":1,"totalAmount":5,"orderItems":[{"price":"free"}]}`)))
	// Output:
	// body has no orderItems
	// <nil>
}
