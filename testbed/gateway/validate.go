package gateway

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"comanda/deploy"
)

// Validate says what the deployment's request validator would refuse in a body of a
// model, nil for nothing. Like API Gateway it looks at bodies of type application/json
// only; which one this is, the caller has to know.
func Validate(model string, body []byte) error {
	models, err := compiled()
	if err != nil {
		return err
	}
	schema, ok := models[model]
	if !ok {
		return fmt.Errorf("the deployment has no model %q", model)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("the body is no JSON: %w", err)
	}
	return schema.Validate(v)
}

// compiled are the deployment's models by name.
var compiled = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	models, err := deploy.Models()
	if err != nil {
		return nil, err
	}
	compiler, out := jsonschema.NewCompiler(), map[string]*jsonschema.Schema{}
	for name, model := range models {
		if err := compiler.AddResource(name+".json", model); err != nil {
			return nil, fmt.Errorf("model %s: %w", name, err)
		}
		if out[name], err = compiler.Compile(name + ".json"); err != nil {
			return nil, fmt.Errorf("model %s: %w", name, err)
		}
	}
	return out, nil
})
