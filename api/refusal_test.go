package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestAGatewayRefusesAsTheAPIDoes compares what is deployed with what the API answers, but for the detail,
// which a gateway doesn't know.
func TestAGatewayRefusesAsTheAPIDoes(t *testing.T) {
	a := newAPI(t, Config{})
	for path, c := range map[string]struct {
		kind    string
		callers Authenticator
	}{
		"/orders":  {"unauthenticated", nobody{}},
		"/users":   {"busy", failing{}},
		"/nothing": {"no-route", nobody{}},
	} {
		a.Callers = c.callers
		refusal, err := RefusalOf(c.kind, 0, "r-1")
		if err != nil {
			t.Fatal(err)
		}
		w := get(a, WithRequestID(context.Background(), "r-1"), path)
		var got, want map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(refusal.Body), &want); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"type", "title", "status", "requestId"} {
			if got[name] == nil || got[name] != want[name] {
				t.Errorf("%s: %s: the API says %v, and the gateway %v", path, name, got[name], want[name])
			}
		}
		if w.Code != refusal.Status {
			t.Errorf("%s: the API answers %d, and the gateway %d", path, w.Code, refusal.Status)
		}
		for _, name := range []string{"Content-Type", "Cache-Control", "X-Content-Type-Options", "Retry-After", "WWW-Authenticate"} {
			got := http.Header{}
			for spelled, values := range refusal.Header {
				got[http.CanonicalHeaderKey(spelled)] = values
			}
			if one, other := w.Header().Get(name), got.Get(name); one != other {
				t.Errorf("%s: %s: the API sends %q, and the gateway %q", path, name, one, other)
			}
		}
	}
	if r, err := RefusalOf("unheard-of", 0, "r-1"); err == nil {
		t.Errorf("no problem of the API: got %+v, want an error", r)
	}
	if r, err := RefusalOf("unknown-outcome", 504, "r-1"); err != nil || r.Status != 504 || r.Header.Get("Retry-After") != "1" || !strings.HasSuffix(r.Body, `"status":504,"requestId":"r-1"}`) {
		t.Errorf("with another status: got %+v, %v, want 504 in status and body", r, err)
	}
}
