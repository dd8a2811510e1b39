package user

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"comanda/payload"
	"comanda/sqlite"
	"comanda/storage"
	"comanda/storagetest"

	"github.com/google/go-cmp/cmp"
)

// noon is when every clock of these tests begins.
var noon = time.Date(2026, 3, 14, 12, 0, 0, 250_000_000, time.UTC)

var background = context.Background()

// newStore opens an empty store in a file of its own.
func newStore(t testing.TB) storage.Store {
	t.Helper()
	s, err := sqlite.Open(background, filepath.Join(t.TempDir(), "users.db"), []storage.Table{Table, Claims}, sqlite.Options{})
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return s
}

// registry is a service on a scripted store, with its clock. When its test ends,
// profiles and claims must fit together.
type registry struct {
	*Service
	t     *testing.T
	store *storagetest.Scripted
	clock *storagetest.Clock
}

func newRegistry(t *testing.T) registry {
	t.Helper()
	r := registry{t: t, store: &storagetest.Scripted{Store: newStore(t)}, clock: storagetest.NewClock(noon)}
	r.Service = NewService(r.store, r.clock.Now)
	t.Cleanup(r.audit)
	return r
}

// ana is a content with every field, bea one with a name alone.
var (
	ana = Content{Name: "Ana Surname", Username: "ana", Email: "ana@example.com", Address: "1 Quay Street"}
	bea = Content{Name: "Bea"}
)

// put puts a profile, and fails the test if it can't.
func (r registry) put(id string, c Content) Profile {
	r.t.Helper()
	p, err := r.Put(background, id, c, nil)
	if err != nil {
		r.t.Fatalf("put %s: %v", id, err)
	}
	return p
}

// create creates a profile under a key ("" for none), and fails the test if it
// can't, or if it isn't new.
func (r registry) create(id string, c Content, key string) Profile {
	r.t.Helper()
	p, replayed, err := r.Create(background, "admin", Creation{ID: id, Content: c}, key)
	if err != nil || replayed {
		r.t.Fatalf("create %q: got replayed %v, %v, want a new profile", id, replayed, err)
	}
	return p
}

// remove deletes a profile, and fails the test if it can't.
func (r registry) remove(id string) {
	r.t.Helper()
	if err := r.Delete(background, id, nil); err != nil {
		r.t.Fatalf("delete %s: %v", id, err)
	}
}

// stored returns the document of a profile, or of its tombstone.
func (r registry) stored(id string) string {
	r.t.Helper()
	record, err := r.store.Store.Get(background, keyOf(id))
	if err != nil {
		r.t.Fatalf("read the record of %s: %v", id, err)
	}
	return string(record.Doc)
}

// wantContent fails the test unless a live profile has this content and version.
func (r registry) wantContent(id string, c Content, version int) Profile {
	r.t.Helper()
	p, err := r.Get(background, id)
	if err != nil {
		r.t.Fatalf("get %s: %v", id, err)
	}
	if p.Content != c || p.Version != version {
		r.t.Errorf("profile %s: got %+v in version %d, want %+v in version %d", id, p.Content, p.Version, c, version)
	}
	return p
}

func wantError(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) || (got == nil) != (want == nil) {
		t.Errorf("%s: got error %v, want %v", what, got, want)
	}
}

// wantTaken fails the test unless err says that another user has the field.
func wantTaken(t *testing.T, what string, err error, field string) {
	t.Helper()
	var taken *TakenError
	if !errors.As(err, &taken) || taken.Field != field {
		t.Errorf("%s: got error %v, want that the %s is taken", what, err, field)
	}
}

func wantSame(t *testing.T, what string, want, got Profile) {
	t.Helper()
	instant := cmp.Transformer("instant", func(t time.Time) string { return t.Format(time.RFC3339Nano) })
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Profile{}), instant); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// read parses a body, reads it and returns the violations as "path message".
func read[T any](body string, reader func(*payload.Value) T) (got T, violations []string) {
	var report payload.Report
	if v := payload.Parse([]byte(body), &report); v != nil {
		got = reader(v)
	}
	var invalid *payload.Invalid
	if errors.As(report.Err(), &invalid) {
		for _, v := range invalid.Violations {
			violations = append(violations, v.Path+" "+v.Message)
		}
	}
	return got, violations
}
