package deploy

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"comanda/api"
)

// Models returns the request models of the gateway by name: the JSON Schemas
// (draft 4, https://json-schema.org/draft-04/schema) of all bodies, made of the API's OpenAPI
// document by [weaken].
func Models() (map[string]any, error) {
	var doc struct {
		Components struct {
			Schemas map[string]any `json:"schemas"`
		} `json:"components"`
	}
	text, err := api.OpenAPI()
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	out := map[string]any{}
	for _, r := range Routes() {
		if r.Model == "" {
			continue
		}
		schema, ok := doc.Components.Schemas[r.Model].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("the OpenAPI document has no schema %s, which %s takes", r.Model, r.Name())
		}
		m, _ := weaken(schema).(map[string]any)
		m["$schema"], m["title"] = "http://json-schema.org/draft-04/schema#", r.Model
		out[r.Model] = m
	}
	return out, nil
}

// weaken returns a schema of OpenAPI 3.1 (JSON Schema 2020-12) as one of draft 4
// that accepts everything which the service accepts, and more. Kept is what both
// mean the same by: the type of an object, an array, a text or a number, which members an object
// must have, and how many items an array may have. Dropped, with all that is in it, is
//
//   - a schema with alternatives (anyOf, oneOf, a type that is a list, $ref to
//     anything): null and two spellings of an id are the service's business
//   - lengths and patterns of texts, which validators count and read differently
//   - bounds of numbers, and that a number be an integer: 1.0 is one for the
//     service and isn't for draft 4
//   - words of an enumeration: the service names the ones that are open
//
// Unknown members stay allowed. What is left spares us the invocation for a body
// that is no order at all; every violation is still named by the service.
func weaken(schema any) any {
	in, _ := schema.(map[string]any)
	out := map[string]any{}
	kind, ok := in["type"].(string)
	if !ok {
		return out
	}
	switch kind {
	case "integer":
		kind = "number"
	case "object":
		if properties, ok := in["properties"].(map[string]any); ok {
			kept := map[string]any{}
			for name, p := range properties {
				kept[name] = weaken(p)
			}
			out["properties"] = kept
		}
		if required, ok := in["required"]; ok {
			out["required"] = required
		}
	case "array":
		for _, name := range []string{"minItems", "maxItems"} {
			if n, ok := in[name]; ok {
				out[name] = n
			}
		}
		if items := weaken(in["items"]); len(items.(map[string]any)) > 0 { //nolint:forcetypeassert // weaken returns nothing else
			out["items"] = items
		}
	case "string", "number", "boolean":
	default:
		return map[string]any{}
	}
	out["type"] = kind
	return out
}

// modelNames returns the names of the models, sorted.
func modelNames(models map[string]any) []string {
	var names []string
	for name := range models {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
