package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"comanda/sqlite"
	"comanda/trace"
)

// TestOnlyATracerIsAroundTheStore compares the store that requests use with the engine, by
// being asked for traces and not.
func TestOnlyATracerIsAroundTheStore(t *testing.T) {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "comanda.db"), Tables(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	collector := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(collector.Close)
	quiet := slog.New(slog.DiscardHandler)
	for name, endpoint := range map[string]string{"without a collector": "", "with one": collector.URL} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
			tracer, err := trace.Open(t.Context(), trace.Config{Now: time.Now, Logger: quiet})
			if err != nil {
				t.Fatal(err)
			}
			defer tracer.Close(t.Context())
			a, err := New(t.Context(), Config{Settings: checked(t, Defaults()), Engine: Engine{Store: db}, Keys: generations(t)[0], Now: time.Now, Logger: quiet, Tracer: tracer})
			if err != nil {
				t.Fatal(err)
			}
			if bare := a.store.Store == a.config.Engine.Store; bare != (endpoint == "") {
				t.Errorf("the store of requests is the engine itself: got %v, want %v", bare, endpoint == "")
			}
			if err := a.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
