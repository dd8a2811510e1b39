package main

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"comanda/app"
	"comanda/order"
	"comanda/sqlite"
	"comanda/storage"
)

// spoil stores an order that can't be read, as other software would, and returns
// the id of its event.
func spoil(t *testing.T, data string) string {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(data, "comanda.db"), app.Tables(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	bad := &storage.Record{Key: storage.Key{Table: order.TableName, Partition: "ana", Sort: "bad"}, Doc: []byte(`{"status":7,"note":"ring twice"}`)}
	c := storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: bad}}}
	if err := store.Commit(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	return c.ID
}

func TestDeadChangesAreShownAndSettled(t *testing.T) {
	t.Parallel()
	data := newData(t)
	event := spoil(t, data)
	s := serve(t, data)
	dead := func(args ...string) string {
		t.Helper()
		return must(t, "", nil, append([]string{"feed", "--data", data}, args...)...)
	}
	readiness := func() string {
		t.Helper()
		resp, err := http.Get(s.url + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		return readAll(t, resp.Body)
	}
	for !strings.Contains(readiness(), "degraded") { // until the server has come to it
		if t.Context().Err() != nil {
			t.Fatal("no dead letter")
		}
	}
	for _, out := range []string{dead("dead"), dead("dead", "--json")} {
		if !strings.Contains(out, event) || !strings.Contains(out, "bad") || strings.Contains(out, "ring twice") {
			t.Errorf("dead: got %q, want the event and the order's id, and nothing of its content", out)
		}
	}
	if got := dead("settle", "another"); got != "0 settled\n" {
		t.Errorf("settle another: got %q, want 0", got)
	}
	if got := dead("settle", event); got != "1 settled\n" {
		t.Errorf("settle: got %q, want 1", got)
	}
	if got := dead("dead"); got != "no dead letters\n" {
		t.Errorf("dead after that: got %q, want none", got)
	}
	if got := readiness(); !strings.Contains(got, `"ready"`) {
		t.Errorf("readiness after that: got %s, want ready", got)
	}
	if got := run(t, "", nil, "feed", "--data", data, "settle"); got.code != 2 || !strings.Contains(got.err, "--all") {
		t.Errorf("settle nothing: got %+v, want code 2 and a word on --all", got)
	}
}
