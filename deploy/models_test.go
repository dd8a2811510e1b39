package deploy

import (
	"reflect"
	"testing"

	"github.com/go-json-experiment/json"
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
