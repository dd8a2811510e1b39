package transfer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"comanda/sqlite"
	"comanda/storage"
	"comanda/storagetest"
)

var things = storage.Table{
	Name: "things", Partition: "owner", Sort: "id", Doc: "data", Feed: true,
	Indexes: []storage.Index{{Name: "time", Partition: "owner", Sort: "at"}, {Name: "open", Partition: "place", Sort: "opened", Global: true}},
}

var names = storage.Table{Name: "names", Partition: "name", Doc: "data"}

func thing(owner, id, doc string) storage.Record {
	return storage.Record{Key: storage.Key{Table: "things", Partition: owner, Sort: id}, Doc: []byte(doc), Index: map[string]storage.IndexKey{
		"time": {Partition: owner, Sort: "at-" + id}, "open": {Partition: "here", Sort: "since-" + owner + id},
	}}
}

func newStore(t *testing.T) storage.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "things.db"), []storage.Table{things, names}, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func write(t *testing.T, s storage.Store, old *storage.Record, r storage.Record) {
	t.Helper()
	if err := s.Commit(t.Context(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: old, New: &r}}}); err != nil {
		t.Fatal(err)
	}
}

// filled returns a store with n things, every third one in no index, and a name.
func filled(t *testing.T, n int) storage.Store {
	t.Helper()
	s := newStore(t)
	g := errgroup.Group{}
	g.SetLimit(500)
	for i := range n {
		r := thing(fmt.Sprint("owner-", i%7), fmt.Sprintf("%05d", i), fmt.Sprintf(`{"z":%d.50, "a":"ü%d"}`, i, i))
		if i%3 == 0 {
			r.Index = nil
		}
		g.Go(func() error {
			return s.Commit(t.Context(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &r}}})
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	write(t, s, nil, storage.Record{Key: storage.Key{Table: "names", Partition: "ana"}, Doc: []byte(`{}`)})
	return s
}

func get(t *testing.T, s storage.Store, k storage.Key) storage.Record {
	t.Helper()
	r, err := s.Get(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// all are the options of most tests: everything, remembered in a file.
func all(t *testing.T, journal string) Options {
	t.Helper()
	j, err := OpenJournal(journal, "here", "there")
	if err != nil {
		t.Fatal(err)
	}
	return Options{Tables: []string{"names", "things"}, Journal: j, Parallel: 64, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
}

func journalIn(t *testing.T) string { return filepath.Join(t.TempDir(), "journal.json") }

// wantEqual checks the results of a copy of n things that has worked.
func wantEqual(t *testing.T, results []Result, err error, n, written int) {
	t.Helper()
	if err != nil || len(results) != 2 {
		t.Fatalf("copy: got %v, %v, want two tables", results, err)
	}
	r := results[1]
	if !r.Equal || r.From != r.To || r.From.Records != n || r.Written != written || r.From.Digest == (Digest{}) {
		t.Errorf("copy: got %+v, want %d equal records, %d of them written", r, n, written)
	}
}

func TestACopyHasTheSameRecordsAndCanBeRepeated(t *testing.T) {
	const n = 1003 // no multiple of a page
	from, to, journal := filled(t, n), newStore(t), journalIn(t)
	results, err := Run(t.Context(), from, to, all(t, journal))
	wantEqual(t, results, err, n, n)
	k := thing("owner-1", "00001", "").Key
	got, want := get(t, to, k), get(t, from, k)
	if string(got.Doc) != string(want.Doc) || len(got.Index) != 2 || got.Index["open"] != want.Index["open"] || got.Version == want.Version {
		t.Errorf("copy of a record: got %+v, want the document's bytes and the places of %+v, and a version of its own", got, want)
	}
	if r := get(t, to, thing("owner-0", "00000", "").Key); len(r.Index) != 0 {
		t.Errorf("copy of a record in no index: got it in %v", r.Index)
	}
	if _, err := os.Stat(journal); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("journal after the end: got %v, want it removed", err)
	}
	results, err = Run(t.Context(), from, to, all(t, journal))
	wantEqual(t, results, err, n, 0)
}

func TestNothingIsACopyToo(t *testing.T) {
	results, err := Run(t.Context(), newStore(t), newStore(t), Options{Tables: []string{"names", "things"}})
	if err != nil || !results[0].Equal || results[0].From.Records != 0 {
		t.Errorf("copy of nothing: got %+v, %v, want equal tables", results, err)
	}
}

func TestAnInterruptedCopyGoesOn(t *testing.T) {
	const n, limit = 2000, 700
	from, file, journal := filled(t, n), newStore(t), journalIn(t)
	var commits atomic.Int64
	ctx, interrupt := context.WithCancel(t.Context())
	to := &storagetest.Scripted{Store: file, OnCommit: func(ctx context.Context, c storage.Commit) error {
		if commits.Add(1) == limit {
			interrupt()
		}
		return file.Commit(context.WithoutCancel(ctx), c)
	}}
	if _, err := Run(ctx, from, to, all(t, journal)); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: got %v, want context.Canceled", err)
	}
	options := all(t, journal)
	promised := options.Journal.of("things").Records
	if promised == 0 || promised > limit {
		t.Errorf("journal: got %d records, want some of the %d", promised, limit)
	}
	after, finished := options.Journal.place("things")
	if finished || after == "" {
		t.Errorf("journal: got place %q, finished %v, want one in the middle", after, finished)
	}
	before := commits.Load()
	to.OnCommit = func(ctx context.Context, c storage.Commit) error {
		commits.Add(1)
		return file.Commit(ctx, c)
	}
	var first Progress
	options.Progress = func(p Progress) {
		if first.Phase == "" && p.Phase == Copying && p.Table == "things" {
			first = p
		}
	}
	results, err := Run(t.Context(), from, to, options)
	if err != nil || !results[1].Equal || results[1].From.Records != n {
		t.Fatalf("second run: got %+v, %v, want %d equal records", results, err, n)
	}
	if again := commits.Load() - before; again > int64(n-promised) {
		t.Errorf("second run: got %d commits, want at most the %d after the journal's place", again, n-promised)
	}
	if first.Records <= promised || first.Total != n {
		t.Errorf("progress of the second run: got %+v first, want it to begin after %d", first, promised)
	}
}

func TestAnotherRecordInTheWayStopsTheCopy(t *testing.T) {
	in := thing("owner-1", "00001", `{"mine":true}`)
	for name, change := range map[string]func(*storage.Record){
		"document": func(*storage.Record) {},
		"index":    func(r *storage.Record) { r.Doc = []byte(`{"a":"ü1","z":1.5}`); r.Index = nil },
	} {
		t.Run(name, func(t *testing.T) {
			r := in
			change(&r)
			from, to := filled(t, 10), newStore(t)
			write(t, to, nil, r)
			_, err := Run(t.Context(), from, to, all(t, journalIn(t)))
			different, ok := errors.AsType[*DifferentError](err)
			if !ok || different.Key != in.Key || !strings.Contains(err.Error(), `"owner-1", "00001" of table things`) {
				t.Errorf("got %v, want the key of the record in the way", err)
			}
			if got := get(t, to, in.Key); string(got.Doc) != string(r.Doc) {
				t.Errorf("record in the way: got %s, want it left alone", got.Doc)
			}
		})
	}
}

func TestAnEqualRecordInTheWayCountsAsCopied(t *testing.T) {
	from, to := filled(t, 10), newStore(t)
	write(t, to, nil, thing("owner-1", "00001", `{"a":"\u00fc1","z":15e-1}`))
	results, err := Run(t.Context(), from, to, all(t, journalIn(t)))
	wantEqual(t, results, err, 10, 9)
}

func TestABusyOrUnsureDestinationIsAskedAgain(t *testing.T) {
	outcomes := map[string]func(applied error) error{
		"busy":               func(error) error { return fmt.Errorf("throttled: %w", storage.ErrBusy) },
		"unknown, not done":  func(error) error { return storage.ErrUnknown },
		"gone in the middle": func(error) error { return &storage.Conflict{} },
		"unknown, but done":  nil,
	}
	for name, fail := range outcomes {
		t.Run(name, func(t *testing.T) {
			file := newStore(t)
			var calls sync.Map // of each record: which one the store serves isn't left to chance
			to := &storagetest.Scripted{Store: file, OnCommit: func(ctx context.Context, c storage.Commit) error {
				n, _ := calls.LoadOrStore(c.Writes[0].New.Key, new(atomic.Int64))
				switch {
				case n.(*atomic.Int64).Add(1)%3 == 0:
					return file.Commit(ctx, c)
				case fail != nil:
					return fail(nil)
				}
				return errors.Join(storage.ErrUnknown, file.Commit(ctx, c))
			}}
			from := filled(t, 50)
			results, err := Run(t.Context(), from, to, all(t, journalIn(t)))
			if err != nil || !results[1].Equal || results[1].To.Records != 50 {
				t.Errorf("got %+v, %v, want 50 equal records", results, err)
			}
		})
	}
}

func TestADestinationThatStaysBusyIsGivenUp(t *testing.T) {
	to := &storagetest.Scripted{Store: newStore(t), OnCommit: func(context.Context, storage.Commit) error { return storage.ErrBusy }}
	var waited time.Duration
	options := all(t, journalIn(t))
	options.Parallel, options.Tables = 1, []string{"names"}
	options.Sleep = func(_ context.Context, d time.Duration) error { waited += d; return nil }
	_, err := Run(t.Context(), filled(t, 1), to, options)
	if !errors.Is(err, storage.ErrBusy) || !strings.Contains(err.Error(), "goes on") {
		t.Errorf("got %v, want storage.ErrBusy and what to do", err)
	}
	if waited < 20*time.Second || waited > time.Minute {
		t.Errorf("waited %v, want about half a minute", waited)
	}
}

func TestWhatTheDestinationCanNotHoldIsNamed(t *testing.T) {
	to := &storagetest.Scripted{Store: newStore(t), OnCommit: func(context.Context, storage.Commit) error {
		return &storage.LimitError{What: "digits of a number", Got: 40, Limit: 38}
	}}
	_, err := Run(t.Context(), filled(t, 1), to, all(t, journalIn(t)))
	if _, ok := errors.AsType[*storage.LimitError](err); !ok || !strings.Contains(err.Error(), `"ana" of table names`) {
		t.Errorf("got %v, want the limit and the key", err)
	}
}

func TestAJournalThatPromisesTooMuchIsForgotten(t *testing.T) {
	from, journal := filled(t, 500), journalIn(t)
	j, err := OpenJournal(journal, "here", "there")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(j.save("names", "", 1), j.save("things", "", 500)); err != nil {
		t.Fatal(err)
	}
	results, err := Run(t.Context(), from, newStore(t), all(t, journal))
	wantEqual(t, results, err, 500, 500)
}

func TestJournalsOfNoUseAreIgnoredAndThoseOfOthersRefused(t *testing.T) {
	from := filled(t, 300)
	for name, text := range map[string]string{
		"cut off":         `{"format":1,"fr`,
		"empty":           ``,
		"a later release": `{"format":99,"from":"here","to":"there","tables":{"things":{"finished":true}}}`,
		"another cursor":  `{"format":1,"from":"here","to":"there","tables":{"things":{"after":"bm9uc2Vuc2U","records":7}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			journal := journalIn(t)
			if err := os.WriteFile(journal, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			results, err := Run(t.Context(), from, newStore(t), all(t, journal))
			wantEqual(t, results, err, 300, 300)
		})
	}
	journal := journalIn(t)
	text := `{"format":1,"from":"here","to":"elsewhere","tables":{}}`
	if err := os.WriteFile(journal, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenJournal(journal, "here", "there"); err == nil || !strings.Contains(err.Error(), "elsewhere") {
		t.Errorf("journal of another copy: got %v, want it refused", err)
	}
}

func TestTheComparisonNamesTheTable(t *testing.T) {
	extra := thing("zoe", "1", `{}`)
	tests := map[string]struct {
		meddle func(t *testing.T, from, to storage.Store)
		want   string
	}{
		"more than was copied": {func(t *testing.T, _, to storage.Store) { write(t, to, nil, extra) }, "things has 11 records there instead of 10"},
		"changed there": {func(t *testing.T, _, to storage.Store) {
			old := get(t, to, thing("owner-1", "00001", "").Key)
			write(t, to, &old, thing("owner-1", "00001", `{}`))
		}, "things has 10 records there instead of 10, or others"},
		"changed in the source": {func(t *testing.T, from, _ storage.Store) { write(t, from, nil, extra) }, "things was changed in the source"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			from, to := filled(t, 10), newStore(t)
			options, meddled := all(t, journalIn(t)), false
			options.Progress = func(p Progress) {
				if p.Phase == Comparing && !meddled {
					meddled = true
					tt.meddle(t, from, to)
				}
			}
			results, err := Run(t.Context(), from, to, options)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "names") || len(results) != 2 || !results[0].Equal {
				t.Errorf("got %+v, %v, want %q and nothing about names", results, err, tt.want)
			}
		})
	}
}

// paged counts the pages that are read.
type paged struct {
	storage.Store
	pages atomic.Int64
}

func (p *paged) Scan(ctx context.Context, table string, after storage.Cursor, limit int) (storage.Page, error) {
	p.pages.Add(1)
	return p.Store.Scan(ctx, table, after, limit)
}

func TestASlowDestinationKeepsTheReaderWaiting(t *testing.T) {
	from := &paged{Store: filled(t, 3000)}
	ctx, cancel := context.WithCancel(t.Context())
	var stuck atomic.Int64
	to := &storagetest.Scripted{Store: newStore(t), OnCommit: func(ctx context.Context, _ storage.Commit) error {
		if stuck.Add(1) == 8 {
			cancel() // by now the reader has all workers busy and can't hand out more
		}
		<-ctx.Done()
		return ctx.Err()
	}}
	c := copier{from: from, to: to, table: "things", parallel: 8, sleep: storage.Sleep, step: func(int) {}}
	if err := c.run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want context.Canceled", err)
	}
	if got := from.pages.Load(); got > ahead+1 {
		t.Errorf("pages read while nothing was written: got %d, want at most %d", got, ahead+1)
	}
}
