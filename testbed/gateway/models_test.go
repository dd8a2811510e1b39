package gateway

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"comanda/api"
	"comanda/deploy"
	"comanda/order"
	"comanda/payload"
	"comanda/user"
)

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

func TestWhatTheServiceAcceptsTheGatewayLetsThrough(t *testing.T) {
	for schema, bodies := range accepted {
		for _, body := range bodies {
			if !accepts(schema, []byte(body)) {
				t.Errorf("%s %.120s: the service refuses it, so it proves nothing", schema, body)
			}
			if err := Validate(schema, []byte(body)); err != nil {
				t.Errorf("%s %.120s: the gateway refuses it: %v", schema, body, err)
			}
		}
	}
}

func TestEveryBodyHasAModelAndAReader(t *testing.T) {
	models, err := deploy.Models()
	if err != nil {
		t.Fatal(err)
	}
	for name := range models {
		if readers[name] == nil || accepted[name] == nil {
			t.Errorf("%s: got no reader or no examples, want both, to compare the service with the gateway", name)
		}
	}
}

// gates are what a body has to pass besides the service's own reading. Each may let
// through more than the service, never less.
func gates(t *testing.T) map[string]func(schema string, body []byte) error {
	t.Helper()
	text, err := api.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("openapi.json", document); err != nil {
		t.Fatal(err)
	}
	documented := map[string]*jsonschema.Schema{}
	for name := range accepted {
		if documented[name], err = compiler.Compile("openapi.json#/components/schemas/" + name); err != nil {
			t.Fatal(err)
		}
	}
	return map[string]func(string, []byte) error{
		"the gateway": Validate,
		"the OpenAPI document": func(schema string, body []byte) error {
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
			if err != nil {
				return err
			}
			return documented[schema].Validate(v)
		},
	}
}

func TestWhatTheServiceAcceptsPassesEveryGate(t *testing.T) {
	gates := gates(t)
	refused := map[string]int{}
	check := func(t rapid.TB, schema string, v any) {
		body, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		accepted := accepts(schema, body)
		for name, gate := range gates {
			if err := gate(schema, body); err != nil {
				refused[name]++
				if accepted {
					t.Errorf("%s %.300s: the service accepts it, and %s refuses it: %v", schema, body, name, err)
				}
			}
		}
	}
	for schema, bodies := range accepted {
		for _, body := range bodies {
			for _, v := range changed(parsed(t, body)) {
				check(t, schema, v)
			}
		}
	}
	for name := range gates {
		if refused[name] == 0 {
			t.Errorf("%s refused nothing: the comparison proves nothing", name)
		}
	}
	t.Run("several changes", rapid.MakeCheck(func(t *rapid.T) {
		schema := rapid.SampledFrom(slices.Sorted(maps.Keys(accepted))).Draw(t, "schema")
		v := parsed(t, rapid.SampledFrom(accepted[schema]).Draw(t, "body"))
		for range rapid.IntRange(2, 3).Draw(t, "changes") {
			v = rapid.SampledFrom(changed(v)).Draw(t, "changed")
		}
		check(t, schema, v)
	}))
}

func parsed(t rapid.TB, body string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// changed returns every value that differs from v in one place: a member or an item
// that is gone, new or something else. Of long arrays the first items are changed.
func changed(v any) []any {
	out := []any{
		nil, true, "", "a", "1", strings.Repeat("x", 600), 0.0, 1.0, -1.0, 1.5, 1e15, []any{}, []any{nil}, map[string]any{},
		map[string]any{"id": 1.0, "name": "a", "price": 1.0}, map[string]any{"id": "7"}, "PLACED", "ACKNOWLEDGED",
	}
	switch v := v.(type) {
	case map[string]any:
		names := append(slices.Collect(maps.Keys(v)), "name", "quantity", "new")
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			without := maps.Clone(v)
			delete(without, name)
			out = append(out, without)
			for _, value := range changed(v[name]) {
				with := maps.Clone(v)
				with[name] = value
				out = append(out, with)
			}
		}
	case []any:
		for i := range v[:min(len(v), 2)] {
			out = append(out, slices.Concat(v[:i], v[i+1:]), slices.Concat(v, v[i:i+1]))
			for _, value := range changed(v[i]) {
				out = append(out, slices.Concat(v[:i], []any{value}, v[i+1:]))
			}
		}
	}
	return out
}

func TestTheGatewayRefusesWhatIsNoOrderAtAll(t *testing.T) {
	for body, refused := range map[string]bool{
		`{"restaurantId":1,"totalAmount":5}`:                           true, // no orderItems
		`{"restaurantId":1,"totalAmount":5,"orderItems":[]}`:           true,
		`{"restaurantId":1,"totalAmount":"5","orderItems":[{"id":1}]}`: true,
		`[]`: true,
		`{`:  true,
		`{"restaurantId":1,"totalAmount":5,"orderItems":[{"price":"free"}]}`: false, // the service's business
	} {
		if err := Validate("Placement", []byte(body)); (err != nil) != refused {
			t.Errorf("%s: got %v, want it refused: %v", body, err, refused)
		}
	}
	if err := Validate("Nothing", []byte(`{}`)); err == nil {
		t.Error("a model that there isn't: got nil, want an error")
	}
}
