package deploy

import (
	"slices"
	"strings"
	"testing"

	"comanda/function"
)

func TestFunctionsHavePermissionsOnTheirTablesAndNoOthers(t *testing.T) {
	for _, f := range function.Functions {
		var allowed, declared []string
		for _, g := range Grants[f.Name] {
			allowed = append(allowed, g.Table)
		}
		for _, table := range f.Tables() {
			declared = append(declared, table.Name)
		}
		slices.Sort(allowed)
		slices.Sort(declared)
		if allowed = slices.Compact(allowed); !slices.Equal(allowed, declared) {
			t.Errorf("%s: permissions are on the tables %q, and it works with %q", f.Name, allowed, declared)
		}
	}
}

func TestPermissionsAreForFunctionsTablesAndIndexesThatThereAre(t *testing.T) {
	if err := check(); err != nil {
		t.Error(err)
	}
	for name, grants := range Grants {
		for _, g := range grants {
			i := slices.IndexFunc(Tables(), func(table Table) bool { return table.Name == g.Table })
			if i < 0 {
				t.Errorf("%s: %+v: there is no such table", name, g)
				continue
			}
			table := Tables()[i]
			isIndex := func(ix Index) bool { return ix.Name == g.Index }
			if g.Index != "" && !slices.ContainsFunc(slices.Concat(table.Local, table.Global), isIndex) {
				t.Errorf("%s: %+v: there is no such index", name, g)
			}
			if g.Action == "*" || strings.Contains(g.Action, "*") {
				t.Errorf("%s: %+v: actions are named", name, g)
			}
		}
	}
}
