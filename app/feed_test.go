package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"comanda/feed"
	"comanda/order"
	"comanda/sqlite"
	"comanda/storage"
)

// readiness returns what /readyz answers.
func (h *house) readiness() string {
	w := httptest.NewRecorder()
	h.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	return w.Body.String()
}

func TestReadinessTellsOfDeadLetters(t *testing.T) {
	keys, file := generations(t)[0], filepath.Join(t.TempDir(), "comanda.db")
	synctest.Test(t, func(t *testing.T) {
		db, err := sqlite.Open(t.Context(), file, Tables(), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		h := &house{t: t, store: db}
		h.App, err = New(t.Context(), Config{
			Settings: checked(t, Defaults()), Engine: Engine{Store: db, Feed: feed.NewLocal(db, order.TableName).Feed()},
			Keys: keys, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		h.dispatch()
		time.Sleep(time.Minute)
		if got, want := h.readiness(), `{"status":"ready"}`; got != want {
			t.Errorf("readiness: got %s, want %s", got, want)
		}
		bad := &storage.Record{Key: storage.Key{Table: order.TableName, Partition: "ana", Sort: "bad"}, Doc: []byte(`{"status":7}`)}
		if err := db.Commit(t.Context(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: bad}}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if got, want := h.readiness(), `{"status":"degraded"}`; got != want {
			t.Errorf("readiness with a dead letter: got %s, want %s", got, want)
		}
		if err := h.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}
