package report

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"comanda/feed"
	"comanda/storage"
	"comanda/storagetest"
)

// lambda delivers the shards of a world to windows as an event source mapping
// does: each shard by itself, a child after its parent, batches in windows, the
// state from one invocation to the next. What an invocation does wrong, or fails to answer,
// is delivered again with the state from before it; what comes before the record that it says has failed isn't.
type lambda struct {
	t        *testing.T
	random   *rand.Rand
	store    storage.Store // of every invocation
	seed     uint64
	retries  int
	failures int // of a part of a batch
}

// invoke invokes a new process.
func (l *lambda) invoke(in Invocation) (Result, error) {
	l.seed++
	m := &mortal{Store: storagetest.Cut{Store: l.store, Next: storagetest.Losses(l.seed, 60)}, next: storagetest.Losses(l.seed+1_000_000, 40)}
	s := &storagetest.Scripted{Store: m}
	s.OnCommit = func(ctx context.Context, c storage.Commit) error { // every other dead letter can't be kept
		if c.Writes[0].Key().Table == feed.Table.Name && l.random.IntN(2) == 0 {
			return storage.ErrBusy
		}
		return m.Commit(ctx, c)
	}
	w := NewWindow(configOf(s, &quiet{}))
	w.book.pause, w.book.leaf = func(context.Context, int) error { return nil }, smallLeaf
	return w.Handle(l.t.Context(), in)
}

// deliver delivers one shard, from its first change to its last.
func (l *lambda) deliver(s *shard) {
	state := ""
	for done := 0; done < len(s.changes) || state != ""; {
		n := min(len(s.changes)-done, l.random.IntN(6*batch))
		from := done
		in := Invocation{Shard: s.id, Changes: s.changes[done : done+n], State: state}
		switch {
		case l.random.IntN(3) == 0 || n == 0: // windows end with or without changes
			in.End = true
		case l.random.IntN(10) == 0 && done > 0: // a batch from before this one comes again
			from -= min(done, 1+l.random.IntN(batch))
			in.Changes = s.changes[from : done+n]
		}
		out, err := l.invoke(in)
		if err != nil || l.random.IntN(10) == 0 { // failed, or the answer got lost
			l.retries++
			continue // with the same state, and another portion
		}
		if out.Failed != "" {
			l.failures++
			done = from + slices.IndexFunc(in.Changes, func(c feed.Change) bool { return c.Sequence == out.Failed })
			if l.random.IntN(2) == 0 { // whichever state comes with the rest
				state = out.State
			}
			continue
		}
		state = out.State
		done += n
		if in.End && state != "" {
			l.t.Fatalf("window of %s has ended: got state of %d bytes, want none", s.id, len(state))
		}
	}
}

func TestWindowsCountARandomDayExactly(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			s := e.open(t)
			w := newWorld(t, 7, 4)
			n := size()
			w.step = aDay(n)
			for i := range n {
				if i%(n/5) == n/10 {
					w.split(w.random.IntN(len(w.shards)))
				}
				w.change()
				if i%100 == 50 {
					w.spoil()
				}
			}
			l := &lambda{t: t, random: w.random, store: s}
			for _, sh := range w.shards { // parents are before their children
				l.deliver(sh)
			}
			if l.retries == 0 || l.failures == 0 || len(w.shards) < 6 {
				t.Errorf("got %d retries, %d failures and %d shards, want several", l.retries, l.failures, len(w.shards))
			}
			wantReport(t, w, s)
			wantSplits(t, s)
			dead := feed.NewDeadLetters(s)
			if err := dead.Recount(t.Context()); err != nil || dead.Count() != int64(w.bad) {
				t.Errorf("dead letters: got %d, %v, want %d", dead.Count(), err, w.bad)
			}
		})
	}
}

func TestWindowsOfManyShardsEndAtOnce(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			s := e.open(t)
			w := newWorld(t, 3, 4)
			for range 1000 {
				w.change()
			}
			var running sync.WaitGroup
			for _, sh := range w.shards {
				running.Go(func() {
					for part := range slices.Chunk(sh.changes, 60) {
						window := NewWindow(configOf(s, &quiet{}))
						window.book.pause = func(context.Context, int) error { runtime.Gosched(); return nil }
						if _, err := window.Handle(t.Context(), Invocation{Shard: sh.id, Changes: part, End: true}); err != nil {
							t.Errorf("shard %s: %v", sh.id, err)
						}
					}
				})
			}
			running.Wait()
			wantReport(t, w, s)
		})
	}
}

func TestAChangeThatCantBeReadIsPutAsideAndTheRestIsCounted(t *testing.T) {
	s := openFile(t, tables)
	w := newWorld(t, 1, 1)
	for range 20 {
		w.change()
	}
	good := w.shards[0].changes
	bad := good[9]
	bad.Sequence, bad.After = good[9].Sequence+"5", []byte(`{"totalAmount":"much"}`)
	seen := &quiet{}
	window := NewWindow(configOf(s, seen))
	changes := slices.Insert(slices.Clone(good), 10, bad)
	slices.SortFunc(changes, func(a, b feed.Change) int { return a.Sequence.Compare(b.Sequence) })
	if out, err := window.Handle(t.Context(), Invocation{Shard: "s", Changes: changes, End: true}); err != nil || out != (Result{}) {
		t.Fatalf("handle: got %+v, %v, want success", out, err)
	}
	wantReport(t, w, s)
	letters, _, err := window.config.Dead.List(t.Context(), "", 10)
	if err != nil || len(letters) != 1 || letters[0].Sequence != bad.Sequence || seen.died != 1 {
		t.Errorf("dead letters: got %+v, %v, want one for %s", letters, err, bad.Sequence)
	}
}

func TestTheFirstChangeThatCantBeHandledIsReported(t *testing.T) {
	file := openFile(t, tables)
	w := newWorld(t, 1, 1)
	for range 20 {
		w.change()
	}
	changes := slices.Clone(w.shards[0].changes)
	spoiled := slices.Clone(changes)
	spoiled[12].After = []byte(`{"totalAmount":"much"}`)
	// Dead letters can't be written, everything else can.
	s := &storagetest.Scripted{Store: file}
	s.OnCommit = func(ctx context.Context, c storage.Commit) error {
		if c.Writes[0].Key().Table == feed.Table.Name {
			return storage.ErrBusy
		}
		return file.Commit(ctx, c)
	}
	seen := &quiet{}
	window := NewWindow(configOf(s, seen))
	before, err := window.Handle(t.Context(), Invocation{Shard: "s", Changes: spoiled[:5]})
	if err != nil {
		t.Fatal(err)
	}
	out, err := window.Handle(t.Context(), Invocation{Shard: "s", Changes: spoiled[5:], State: before.State})
	if want := (Result{Failed: changes[12].Sequence}); err != nil || out != want || seen.failed != 1 {
		t.Fatalf("handle: got %+v, %v, want %+v", out, err, want)
	}
	// Whichever state comes next, the one that was returned or the one before, is right.
	for _, state := range []string{out.State, before.State} {
		if _, err := window.Handle(t.Context(), Invocation{Shard: "s", Changes: changes[12:], State: state, End: true}); err != nil {
			t.Fatal(err)
		}
		wantReport(t, w, file)
	}
}

func TestAStateThatIsFullIsCountedBeforeTheWindowEnds(t *testing.T) {
	s := openFile(t, tables)
	window := NewWindow(configOf(s, &quiet{}))
	window.most = 10_000
	in := Invocation{Shard: "s"}
	full := false
	for n := 0; !full; n++ {
		if n > 20 {
			t.Fatal("the state never got full")
		}
		in.Changes = nil
		for i := range 50 {
			in.Changes = append(in.Changes, placement(t, n*50+i, fmt.Sprintf("%x", rand.Uint64()), 1))
		}
		out, err := window.Handle(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if len(out.State) > window.most {
			t.Fatalf("state: got %d bytes, want %d at most", len(out.State), window.most)
		}
		full = out.State == ""
		if r := mustRead(t, s); full != (r.Orders["PLACED"] == int64(50*(n+1))) || full != (r.Revenue != Amount{}) {
			t.Fatalf("after %d changes, full %v: got %+v", 50*(n+1), full, r)
		}
		in.State = out.State
	}
}

// mustRead returns the report of all time.
func mustRead(t *testing.T, s storage.Store) Report {
	t.Helper()
	r, err := NewService(configOf(s, &quiet{})).Read(t.Context(), Query{Top: 10})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAStateOfAnotherMakeIsRefused(t *testing.T) {
	window := NewWindow(configOf(openFile(t, tables), &quiet{}))
	for _, state := range []string{"?", "AAAA", "eyJhIjoxfQ=="} {
		if out, err := window.Handle(t.Context(), Invocation{Shard: "s", State: state, End: true}); err == nil {
			t.Errorf("state %q: got %+v, want an error", state, out)
		}
	}
}
