package api

import (
	"net/http"
	"net/http/httptest"
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

func TestPagesAreRoutesLikeOthers(t *testing.T) {
	for _, rt := range routes {
		if (rt.do == nil) == (rt.page == nil) {
			t.Errorf("%s: has a function %v and a page %v, want one of them", rt.operation, rt.do != nil, rt.page != nil)
		}
	}
	a := newAPI(t, Config{})
	for _, path := range []string{"/docs", "/docs/", "/docs/start.js"} {
		w := httptest.NewRecorder()
		a.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, http.NoBody))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != http.MethodGet {
			t.Errorf("POST %s: got %d allowing %q, want 405 allowing GET", path, w.Code, w.Header().Get("Allow"))
		}
	}
}
