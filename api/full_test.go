package api

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"comanda/identity"
	"comanda/storage"
)

// noRoom can't store what it needs to.
type noRoom struct{}

var errNoRoom = fmt.Errorf("apply a commit: %w: database or disk is full", storage.ErrFull)

func (noRoom) Verify(context.Context, string) (identity.Principal, error) {
	return identity.Principal{}, errNoRoom
}

func TestAFullStoreIsSaidToClientsAndNotToTheLogEachTime(t *testing.T) {
	var log bytes.Buffer
	a := newAPI(t, Config{
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Ready:  func(context.Context) error { return errNoRoom },
	})
	a.Callers = noRoom{}
	for path, want := range map[string]string{"/orders": "urn:comanda:problem:no-room", "/readyz": "urn:comanda:problem:not-ready"} {
		w := get(a, context.Background(), path)
		body := w.Body.String()
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "60" || !strings.Contains(body, want) || strings.Contains(body, "disk") {
			t.Errorf("%s: got %d, Retry-After %q and %s, want 503, 60 and %s", path, w.Code, w.Header().Get("Retry-After"), body, want)
		}
	}
	if log.Len() > 0 {
		t.Errorf("log: got %q, want nothing: the store has said it", &log)
	}
}
