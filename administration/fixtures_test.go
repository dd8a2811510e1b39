package administration

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"comanda/feed"
	"comanda/memory"
	"comanda/pool"
	"comanda/storage"
	"comanda/webhook"
)

// testKeys are made once, because an RSA key takes longer than most tests.
var testKeys = sync.OnceValues(func() (pool.Keys, error) { return pool.NewKeys("") })

func keysOf(t *testing.T) pool.Keys {
	t.Helper()
	keys, err := testKeys()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// ring is signing keys that can be rotated. It remembers how they were last.
type ring struct {
	key pool.SigningKey
	how pool.Rotation
}

func (r *ring) RotateKeys(_ context.Context, how pool.Rotation) (pool.SigningKey, error) {
	r.how = how
	return r.key, nil
}

var signsFrom = time.Date(2026, 11, 3, 12, 6, 0, 0, time.UTC)

// broken is a store that fails as told.
type broken struct {
	storage.Store
	err error
}

func (b *broken) Scan(ctx context.Context, table string, after storage.Cursor, limit int) (storage.Page, error) {
	if b.err != nil {
		return storage.Page{}, b.err
	}
	return b.Store.Scan(ctx, table, after, limit)
}

// newLocal returns an administration of an empty store in memory, and that store.
func newLocal(t *testing.T) (Local, *broken) {
	t.Helper()
	store := &broken{Store: memory.New(append(webhook.Tables(), feed.Table), time.Now)}
	hooks, err := webhook.New(webhook.Config{Store: store, Now: time.Now, Logger: slog.New(slog.DiscardHandler), Shared: true})
	if err != nil {
		t.Fatal(err)
	}
	return Local{Receivers: hooks, Dead: feed.NewDeadLetters(store), Keys: &ring{key: pool.SigningKey{ID: "k-1", From: signsFrom}}}, store
}

// remoteOf returns the same administration by way of a server. What the log says is
// written to log.
func remoteOf(t *testing.T, l Local, log io.Writer) Remote {
	t.Helper()
	handlers := l.Handlers(slog.New(slog.NewTextHandler(log, nil)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		serve := handlers[r.Header.Get("X-Amz-Target")]
		switch {
		case err != nil || r.Header.Get("Authorization") == "":
			t.Errorf("%s: got error %v and authorization %q, want a signed request", r.Header.Get("X-Amz-Target"), err, r.Header.Get("Authorization"))
		case serve == nil:
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"__type":"UnknownOperationException","message":"?"}`)
		default:
			serve(w, r, body)
		}
	}))
	t.Cleanup(server.Close)
	return Remote{&Connection{URL: server.URL, Keys: keysOf(t), Client: server.Client()}}
}
