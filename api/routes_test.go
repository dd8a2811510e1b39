package api

import (
	"slices"
	"strings"
	"testing"
)

func TestARouteWithoutARuleDoesNotStart(t *testing.T) {
	if _, err := New(Config{}); err != nil {
		t.Fatalf("the table as it is: %v", err)
	}
	kept := slices.Clone(routes)
	t.Cleanup(func() { routes = kept })
	routes = append(routes, route{method: "GET", path: "/forgotten", operation: "forgotten", do: (*call).health})
	if _, err := New(Config{}); err == nil || !strings.Contains(err.Error(), "GET /forgotten has no authorization rule") {
		t.Errorf("got %v, want an error that names the route", err)
	}
}
