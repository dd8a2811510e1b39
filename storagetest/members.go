package storagetest

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Members returns the members of the JSON that a type is stored, sent and answered
// as, in alphabetical order: of nested objects with their path, as in
// orderItems.name. With it a test notices that something leaves a new field out.
func Members(t reflect.Type) []string {
	found := map[string]bool{}
	addMembers(found, t, "")
	return slices.Sorted(maps.Keys(found))
}

// addMembers adds the members of a type, or its own path when it has none.
func addMembers(to map[string]bool, t reflect.Type, path string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	leaf := true
	if t.Kind() == reflect.Struct {
		for i := range t.NumField() {
			name, _, tagged := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			if name != "" { // otherwise it is unexported, or keeps unknown members
				addMembers(to, t.Field(i).Type, strings.TrimPrefix(path+"."+name, "."))
			}
			leaf = leaf && name == "" && !tagged
		}
	}
	if leaf {
		to[path] = true
	}
}

// Leaves returns the members of a JSON text by their paths, as [Members] spells
// them; of an array those of its first element.
func Leaves(text []byte) (map[string]any, error) {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return nil, fmt.Errorf("list the members of %.40q: %w", text, err)
	}
	found := map[string]any{}
	addLeaves(found, v, "")
	return found, nil
}

func addLeaves(to map[string]any, v any, path string) {
	switch v := v.(type) {
	case map[string]any:
		for name, of := range v {
			addLeaves(to, of, strings.TrimPrefix(path+"."+name, "."))
		}
	case []any:
		if len(v) > 0 {
			addLeaves(to, v[0], path)
		}
	default:
		to[path] = v
	}
}
