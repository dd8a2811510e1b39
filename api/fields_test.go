package api

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"comanda/order"
	"comanda/storagetest"
	"comanda/user"
)

// TestSchemasHaveEveryMember fails when a field of an order or of a profile isn't in the
// OpenAPI document, or one in it is none.
func TestSchemasHaveEveryMember(t *testing.T) {
	for name, of := range map[string]reflect.Type{
		"OrderContent": reflect.TypeFor[order.Content](),
		"Item":         reflect.TypeFor[order.Item](),
		"Courier":      reflect.TypeFor[order.Courier](),
		"UserContent":  reflect.TypeFor[user.Content](),
	} {
		want := storagetest.Members(of)
		for i, path := range want { // those of nested objects are in schemas of their own
			want[i], _, _ = strings.Cut(path, ".")
		}
		want = slices.Compact(want)
		got := slices.Sorted(maps.Keys(schemas()[name].(object)["properties"].(object)))
		if !slices.Equal(got, want) {
			t.Errorf("schema %s: got the properties %q, want the members %q of %v: see schemas.go", name, got, want, of)
		}
	}
}
