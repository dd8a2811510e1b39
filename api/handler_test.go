package api

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"comanda/identity"
)

type nobody struct{}

func (nobody) Verify(context.Context, string) (identity.Principal, error) {
	return identity.Principal{}, &identity.UnauthenticatedError{Reason: identity.ReasonMissing}
}
func (nobody) Answered(string, int, time.Duration) {}

// contextLog is a log handler that remembers whether it was given the request's context.
type contextLog struct {
	slog.Handler
	seen *[]any
}

type markKey struct{}

func (l contextLog) Handle(ctx context.Context, r slog.Record) error {
	*l.seen = append(*l.seen, ctx.Value(markKey{}))
	return l.Handler.Handle(ctx, r)
}

func newAPI(t *testing.T, c Config) *API {
	t.Helper()
	c.Callers, c.Observer, c.Version, c.Zone = nobody{}, nobody{}, "test", time.UTC
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	a, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func get(a *API, ctx context.Context, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, path, http.NoBody))
	return w
}

func TestOnlyTheOperationsAskedForAreServed(t *testing.T) {
	ctx := context.Background()
	cases := []struct {
		only   []string
		path   string
		status int
	}{
		{nil, "/orders", 401},
		{nil, "/healthz", 200},
		{nil, "/docs", 200},
		{[]string{"health"}, "/healthz", 200},
		{[]string{"health"}, "/orders", 404},
		{[]string{"health"}, "/docs", 404},
		{[]string{"placeOrder"}, "/orders", 405},
		{[]string{"docs"}, "/docs/", 200},
		{[]string{}, "/healthz", 404},
	}
	for _, c := range cases {
		if got := get(newAPI(t, Config{Only: c.only}), ctx, c.path).Code; got != c.status {
			t.Errorf("only %v: GET %s: got %d, want %d", c.only, c.path, got, c.status)
		}
	}
}

func TestARequestKeepsTheNameThatItCameWith(t *testing.T) {
	var out bytes.Buffer
	var seen []any
	a := newAPI(t, Config{Logger: slog.New(contextLog{slog.NewTextHandler(&out, nil), &seen})})
	a.Callers = failing{}
	ctx := WithRequestID(context.WithValue(context.Background(), markKey{}, "mark"), "gateway-1")
	w := get(a, ctx, "/orders")
	if got := w.Header().Get("X-Request-Id"); got != "gateway-1" {
		t.Errorf("X-Request-Id: got %q, want what the context has", got)
	}
	for what, text := range map[string][]byte{"the log": out.Bytes(), "the answer": w.Body.Bytes()} {
		if !bytes.Contains(text, []byte("gateway-1")) {
			t.Errorf("%s doesn't have the request's name: %s", what, text)
		}
	}
	if !slices.Equal(seen, []any{"mark"}) {
		t.Errorf("log lines' contexts: got %v, want the request's", seen)
	}
	if one, other := get(a, context.Background(), "/orders").Header().Get("X-Request-Id"), get(a, WithRequestID(context.Background(), ""), "/orders").Header().Get("X-Request-Id"); len(one) != 16 || len(other) != 16 || one == other {
		t.Errorf("without a name: got %q and %q, want two of 16 digits", one, other)
	}
}

// failing can't find out who is calling.
type failing struct{}

func (failing) Verify(context.Context, string) (identity.Principal, error) {
	return identity.Principal{}, identity.ErrUnavailable
}

func TestACallerWhoCantBeFoundOutNowMayTryAgain(t *testing.T) {
	a := newAPI(t, Config{})
	a.Callers = failing{}
	if w := get(a, context.Background(), "/orders"); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("got %d, Retry-After %q, want 503 with Retry-After", w.Code, w.Header().Get("Retry-After"))
	}
}

func TestTheDocumentationComesWholeFromHere(t *testing.T) {
	a := newAPI(t, Config{})
	link := regexp.MustCompile(`(?:src|href|data-document)="([^"]*)"`)
	for _, page := range []string{"/docs", "/docs/"} {
		w := get(a, context.Background(), page)
		links := link.FindAllStringSubmatch(w.Body.String(), -1)
		if w.Code != http.StatusOK || len(links) < 5 {
			t.Errorf("%s: got %d with %d links, want 200 with at least 5", page, w.Code, len(links))
		}
		for _, l := range links {
			u, err := url.Parse(l[1])
			if err != nil || u.IsAbs() || strings.HasPrefix(l[1], "/") {
				t.Errorf("%s: link %s isn't relative", page, l[1])
				continue
			}
			base := url.URL{Path: page}
			if got := get(a, context.Background(), base.ResolveReference(u).Path); got.Code != http.StatusOK || got.Body.Len() == 0 {
				t.Errorf("%s: link %s: got %d with %d bytes", page, l[1], got.Code, got.Body.Len())
			}
		}
	}
	if got := get(a, context.Background(), "/docs/nothing.js").Code; got != http.StatusNotFound {
		t.Errorf("a file that isn't there: got %d, want 404", got)
	}
}
