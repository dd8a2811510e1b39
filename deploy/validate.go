package deploy

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"comanda/api"
)

// Validate says what the gateway's request validator would refuse in the body of an
// operation, nil for nothing. It is for gateways in tests. Like API
// Gateway it looks at bodies of type application/json only; which one this is, the
// caller has to know.
func Validate(op api.Operation, body []byte) error {
	if op.Body == "" {
		return nil
	}
	models, err := Models()
	if err != nil {
		return err
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return fmt.Errorf("the body is no JSON: %w", err)
	}
	return conform(v, models[op.Body], "body")
}

// conform says what in v breaks a schema that [weaken] has made.
func conform(v, schema any, where string) error {
	s, _ := schema.(map[string]any)
	switch x := v.(type) {
	case map[string]any:
		if err := isKind(s, where, "object"); err != nil {
			return err
		}
		return conformObject(x, s, where)
	case []any:
		if err := isKind(s, where, "array"); err != nil {
			return err
		}
		return conformArray(x, s, where)
	case string:
		return isKind(s, where, "string")
	case float64:
		return isKind(s, where, "number")
	case bool:
		return isKind(s, where, "boolean")
	}
	return isKind(s, where, "null")
}

func isKind(schema map[string]any, where, kind string) error {
	if want, ok := schema["type"]; ok && want != kind {
		return fmt.Errorf("%s is of type %s, and has to be of type %v", where, kind, want)
	}
	return nil
}

func conformObject(v, schema map[string]any, where string) error {
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, ok := v[fmt.Sprint(name)]; !ok {
			return fmt.Errorf("%s has no %v", where, name)
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	for name, x := range v {
		if p, ok := properties[name]; ok {
			if err := conform(x, p, where+"."+name); err != nil {
				return err
			}
		}
	}
	return nil
}

func conformArray(v []any, schema map[string]any, where string) error {
	if least, ok := schema["minItems"].(float64); ok && float64(len(v)) < least {
		return fmt.Errorf("%s has %d items, and has to have %v at least", where, len(v), least)
	}
	if most, ok := schema["maxItems"].(float64); ok && float64(len(v)) > most {
		return fmt.Errorf("%s has %d items, and may have %v at most", where, len(v), most)
	}
	i := slices.IndexFunc(v, func(x any) bool { return conform(x, schema["items"], where) != nil })
	if i >= 0 {
		return conform(v[i], schema["items"], fmt.Sprintf("%s[%d]", where, i))
	}
	return nil
}
