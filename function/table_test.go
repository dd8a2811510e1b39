package function

import (
	"maps"
	"slices"
	"testing"

	"comanda/api"
)

// TestEachOperationHasExactlyOneFunction is what fails first when the API's table has an operation
// more, or a function is misspelt.
func TestEachOperationHasExactlyOneFunction(t *testing.T) {
	served := map[string]string{}
	for _, f := range Functions {
		if (f.Trigger == Gateway) != (len(f.Operations) > 0) {
			t.Errorf("%s: triggered by %s with operations %v", f.Name, f.Trigger, f.Operations)
		}
		for _, op := range f.Operations {
			if served[op] != "" {
				t.Errorf("%s is served by %s and %s", op, served[op], f.Name)
			}
			served[op] = f.Name
		}
	}
	for _, op := range api.Operations() {
		if served[op.ID] == "" {
			t.Errorf("no function serves %s: add it to a function in function/table.go, or say in api/routes.go that it is local; then make generate", op.ID)
		}
		delete(served, op.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(served)) {
		t.Errorf("function %s serves %s, which is no operation of the API", served[id], id)
	}
}
