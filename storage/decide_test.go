package storage_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"comanda/sqlite"
	"comanda/storage"
	"comanda/storagetest"
)

var things = storage.Table{Name: "things", Partition: "id", Doc: "data"}

var errRefused = errors.New("refused")

func newStore(t *testing.T) storage.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "things.db"), []storage.Table{things}, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func thing(id, doc string) *storage.Record {
	return &storage.Record{Key: storage.Key{Table: things.Name, Partition: id}, Doc: []byte(doc)}
}

func put(t *testing.T, s storage.Store, r *storage.Record) {
	t.Helper()
	w := storage.Write{New: r}
	if old, err := s.Get(context.Background(), r.Key); err == nil {
		w.Old = &old
	}
	if err := storage.Apply(context.Background(), s, storage.Commit{Writes: []storage.Write{w}}); err != nil {
		t.Fatal(err)
	}
}

// docOf returns the document of a thing, "" for none.
func docOf(t *testing.T, s storage.Store, id string) string {
	t.Helper()
	r, err := s.Get(context.Background(), thing(id, "").Key)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		t.Fatal(err)
	}
	return string(r.Doc)
}

// outrun is a store in which another writer is faster, a number of times.
type outrun struct {
	*testing.T
	storage.Store
	times int
	ids   map[string]bool // of the commits that arrived
}

func (o *outrun) Commit(ctx context.Context, c storage.Commit) error {
	o.ids[c.ID] = true
	if o.times--; o.times >= 0 {
		put(o.T, o.Store, thing("a", fmt.Sprintf(`{"others":%d}`, o.times)))
	}
	return o.Store.Commit(ctx, c)
}

func TestADecisionIsMadeAnewWhenAnotherWriterIsFaster(t *testing.T) {
	for _, tc := range []struct {
		times, decisions int
		want             error
	}{{0, 1, nil}, {3, 4, nil}, {storage.Attempts - 1, storage.Attempts, nil}, {storage.Attempts, storage.Attempts, storage.ErrContended}} {
		s := &outrun{t, newStore(t), tc.times, map[string]bool{}}
		put(t, s.Store, thing("a", `{"n":1}`))
		old, err := s.Get(t.Context(), thing("a", "").Key)
		if err != nil {
			t.Fatal(err)
		}
		decisions, ours := 0, thing("a", `{"ours":1}`)
		err = storage.Decide(t.Context(), s, func(met *storage.Conflict) (storage.Commit, error) {
			if decisions++; (met == nil) != (decisions == 1) {
				t.Errorf("decision %d: got conflict %v", decisions, met)
			}
			if met != nil {
				old = *met.Current
			}
			return storage.Commit{Writes: []storage.Write{{Old: &old, New: ours}}}, nil
		})
		if !errors.Is(err, tc.want) || decisions != tc.decisions || len(s.ids) != decisions {
			t.Errorf("%d others: got %v after %d decisions with %d ids, want %v after %d with an id each", tc.times, err, decisions, len(s.ids), tc.want, tc.decisions)
		}
		if err != nil && !errors.Is(err, storage.ErrBusy) {
			t.Errorf("got %v, want one that is also %v", err, storage.ErrBusy)
		}
		if stored := docOf(t, s.Store, "a") == `{"ours":1}`; stored != (err == nil) || stored && !s.ids[ours.Version] {
			t.Errorf("%d others: got stored %v under version %q after %v", tc.times, stored, ours.Version, err)
		}
	}
}

func TestADecisionCanRefuseOrChangeNothing(t *testing.T) {
	s := &outrun{t, newStore(t), 0, map[string]bool{}}
	for _, want := range []error{nil, errRefused} {
		err := storage.Decide(t.Context(), s, func(*storage.Conflict) (storage.Commit, error) { return storage.Commit{}, want })
		if err != want || len(s.ids) > 0 {
			t.Errorf("got %v after %d commits, want %v after none", err, len(s.ids), want)
		}
	}
}

func TestAnUnknownOutcomeIsFoundOutThoughTheContextHasEnded(t *testing.T) {
	for _, tc := range []struct {
		name  string
		apply bool
		write func(old *storage.Record) storage.Write
		want  error
		found string // what the error shows
	}{
		{"a new record, applied", true, func(*storage.Record) storage.Write { return storage.Write{New: thing("b", `{"n":2}`)} }, nil, ""},
		{"a new record, not applied", false, func(*storage.Record) storage.Write { return storage.Write{New: thing("b", `{"n":2}`)} }, storage.ErrUnknown, ""},
		{"a change, applied", true, func(old *storage.Record) storage.Write { return storage.Write{Old: old, New: thing("a", `{"n":2}`)} }, nil, ""},
		{"a change, not applied", false, func(old *storage.Record) storage.Write { return storage.Write{Old: old, New: thing("a", `{"n":2}`)} }, storage.ErrUnknown, `{"n":1}`},
		{"a deletion, applied", true, func(old *storage.Record) storage.Write { return storage.Write{Old: old} }, storage.ErrUnknown, ""},
		{"a deletion, not applied", false, func(old *storage.Record) storage.Write { return storage.Write{Old: old} }, storage.ErrUnknown, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &storagetest.Departing{Store: newStore(t), Apply: tc.apply}
			put(t, s, thing("a", `{"n":1}`))
			old, err := s.Get(t.Context(), thing("a", "").Key)
			if err != nil {
				t.Fatal(err)
			}
			ctx, decisions := s.Context(t.Context()), 0
			err = storage.Decide(ctx, s, func(*storage.Conflict) (storage.Commit, error) {
				decisions++
				return storage.Commit{Writes: []storage.Write{tc.write(&old)}}, nil
			})
			if !errors.Is(err, tc.want) || decisions != 1 || ctx.Err() == nil {
				t.Fatalf("got %v after %d decisions, want %v after 1, and the context ended", err, decisions, tc.want)
			}
			var unresolved *storage.Unresolved
			if errors.As(err, &unresolved) != (tc.want != nil) {
				t.Fatalf("got %v, want %T: %v", err, unresolved, tc.want != nil)
			}
			if unresolved != nil && tc.found == "" != (unresolved.Found == nil) || tc.found != "" && string(unresolved.Found.Doc) != tc.found {
				t.Errorf("got %+v found, want %q", unresolved.Found, tc.found)
			}
		})
	}
}

func TestAReadThatFailsAfterAnUnknownOutcomeIsNamed(t *testing.T) {
	s := &storagetest.Scripted{Store: newStore(t)}
	s.OnCommit = func(context.Context, storage.Commit) error { return storage.ErrUnknown }
	s.OnGet = func(context.Context, storage.Key) (storage.Record, error) { return storage.Record{}, errRefused }
	err := storage.Apply(t.Context(), s, storage.Commit{Writes: []storage.Write{{New: thing("a", `{}`)}}})
	if !errors.Is(err, storage.ErrUnknown) || !errors.Is(err, errRefused) {
		t.Errorf("got %v, want both %v and %v", err, storage.ErrUnknown, errRefused)
	}
}
