package report

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"comanda/feed"
	"comanda/order"
	"comanda/sqlite"
	"comanda/storage"
	"comanda/storagetest"
)

// house is a whole embedded store, with a dispatcher that counts.
type house struct {
	*testing.T
	file      *sqlite.Store
	consumer  *Consumer
	rebuilder *Rebuilder
	config    feed.Config
	stored    map[storage.Key]storage.Record
}

func newHouse(t *testing.T) *house {
	h := &house{T: t, file: openFile(t, append([]storage.Table{order.Table}, tables...)), stored: map[storage.Key]storage.Record{}}
	config := configOf(h.file, &quiet{})
	h.consumer = NewConsumer(config)
	h.rebuilder = NewRebuilder(RebuilderConfig{Consumer: h.consumer, Orders: h.file, Snapshots: h.file})
	h.config = feed.Config{
		Store: h.file, Feed: feed.NewLocal(h.file, order.TableName).Feed(), Consumers: []feed.Consumer{h.consumer}, Dead: config.Dead,
		Observer: config.Observer, Now: time.Now, Logger: config.Logger, Pace: time.Millisecond, Idle: time.Millisecond, Batch: 40,
	}
	return h
}

// commit stores an order, or removes it.
func (h *house) commit(k storage.Key, after *order.Order) {
	h.Helper()
	var w storage.Write
	if old, ok := h.stored[k]; ok {
		w.Old = &old
	}
	if after != nil {
		r, err := order.Encode(*after)
		if err != nil {
			h.Fatal(err)
		}
		w.New = &r
	}
	c := storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{w}}
	if err := h.file.Commit(h.Context(), c); err != nil {
		h.Fatal(err)
	}
	delete(h.stored, k)
	if after != nil {
		w.New.Version = c.ID
		h.stored[k] = *w.New
	}
}

// dispatch runs the dispatcher until stop is called.
func (h *house) dispatch() (stop func()) {
	ctx, cancel := context.WithCancel(h.Context())
	var running sync.WaitGroup
	running.Go(func() { feed.NewDispatcher(h.config).Run(ctx) })
	return func() { cancel(); running.Wait() }
}

// catchUp waits until everything that is committed is counted.
func (h *house) catchUp() {
	h.Helper()
	var last int64
	err := h.file.Snapshot(h.Context(), func(v storage.View) (err error) {
		last, err = v.LastChange(h.Context(), order.TableName)
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
	for {
		at, err := feed.PositionOf(h.Context(), h.file, Name, feed.LocalShard)
		if err != nil {
			h.Fatal(err)
		}
		if at.Compare(feed.SequenceOf(last)) >= 0 {
			return
		}
		runtime.Gosched()
	}
}

func (h *house) wantVerified(differences int) Outcome {
	h.Helper()
	out, err := h.rebuilder.Verify(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	if len(out.Differences) != differences || !out.Exact {
		h.Errorf("verify: got %+v, want %d differences", out, differences)
	}
	return out
}

func (h *house) rebuild() Outcome {
	h.Helper()
	out, err := h.rebuilder.Rebuild(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	return out
}

func TestReportsAreVerifiedAndRebuiltWhileOrdersFlow(t *testing.T) {
	h := newHouse(t)
	w := newWorld(t, 11, 1)
	w.commit = h.commit
	w.change() // the first is stored before anything is verified
	stop := h.dispatch()
	defer stop()
	var watching sync.WaitGroup
	flowing := make(chan struct{})
	watching.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-flowing:
				if n < 2 {
					t.Errorf("verified and rebuilt %d times while orders flowed, want more", n)
				}
				return
			default:
			}
			h.wantVerified(0)
			h.rebuild()
		}
	})
	for range 250 {
		w.change()
	}
	close(flowing)
	watching.Wait()
	h.catchUp()
	wantReport(t, w, h.file)
	h.wantVerified(0)
	if out := h.rebuild(); out.Orders != len(w.orders) || !out.Exact {
		t.Errorf("rebuild: got %+v, want %d orders", out, len(w.orders))
	}
	wantReport(t, w, h.file)
	for range 50 {
		w.change()
	}
	h.catchUp()
	wantReport(t, w, h.file)
	wantOneGeneration(t, h.file)
}

// wantOneGeneration fails when a rebuild has left pages behind.
func wantOneGeneration(t *testing.T, s storage.Store) {
	t.Helper()
	r, _, err := readRoot(t.Context(), s, berlin)
	if err != nil {
		t.Fatal(err)
	}
	for rec, err := range pageRecords(t.Context(), s) {
		if err != nil {
			t.Fatal(err)
		}
		if generation, _, _ := scopeOf(rec.Key); generation != r.Generation {
			t.Errorf("there is a page of generation %s, want those of %s only", generation, r.Generation)
		}
	}
}

// plant stores a root in an empty store.
func plant(t *testing.T, s storage.Store, r root) {
	t.Helper()
	c, err := r.replacing(nil)
	if err == nil {
		err = storage.Apply(t.Context(), s, c)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsWrongInReportsIsFoundAndSetRight(t *testing.T) {
	h := newHouse(t)
	o := placed(t, "o-1", "7", 2)
	k := storage.Key{Table: order.TableName, Partition: "ana", Sort: "o-1"}
	h.commit(k, &o)
	stop := h.dispatch()
	h.catchUp()
	stop()
	h.wantVerified(0)
	id := pageID{firstGeneration, scopeAll, ""}
	r, err := h.file.Get(t.Context(), id.key())
	if err != nil {
		t.Fatal(err)
	}
	p, err := decodePage(id, r)
	if err != nil {
		t.Fatal(err)
	}
	p.add(part{key: key{ofProduct, "1", "7"}, tally: tally{units: 5}})
	p.add(part{key: key{ofCourier, "c", ""}, tally: tally{orders: 1}})
	if err := newBook(h.file, nil).save(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	out := h.wantVerified(2)
	want := Difference{"all", "product 1/7", Count{1, 7, AmountOf(25_000)}, Count{1, 2, AmountOf(25_000)}}
	if len(out.Differences) == 2 && (out.Differences[1] != want || out.Differences[0].Counter != "courier c") {
		t.Errorf("differences: got %+v, want one of a courier and %+v", out.Differences, want)
	}
	h.rebuild()
	h.wantVerified(0)
}

func TestARebuildThatIsInterruptedChangesNothing(t *testing.T) {
	h := newHouse(t)
	w := newWorld(t, 5, 1)
	w.commit = h.commit
	for range 60 {
		w.change()
	}
	stop := h.dispatch()
	h.catchUp()
	stop()
	for seed := range uint64(12) {
		m := &mortal{Store: h.file, next: storagetest.Losses(seed, 9)}
		broken := configOf(m, &quiet{})
		c := NewConsumer(broken)
		c.book.pause = func(context.Context, int) error { return nil }
		_, err := NewRebuilder(RebuilderConfig{Consumer: c, Orders: h.file, Snapshots: h.file}).Rebuild(t.Context())
		if (err != nil) != m.dead {
			t.Errorf("rebuild in a process that was killed %v: got %v", m.dead, err)
		}
		wantReport(t, w, h.file)
	}
	h.consumer.book.cache = newCache() // as of a process that has just started
	h.rebuild()
	wantReport(t, w, h.file)
	wantOneGeneration(t, h.file)
}

func TestDaysMoveToANewZoneWithARebuild(t *testing.T) {
	h := newHouse(t)
	o := placed(t, "o-1", "7", 2)
	o.OrderTime = time.Date(2026, 11, 20, 23, 30, 0, 0, time.UTC) // in Berlin it is the 21st
	h.commit(storage.Key{Table: order.TableName, Partition: "ana", Sort: "o-1"}, &o)
	stop := h.dispatch()
	h.catchUp()
	stop()
	config := configOf(h.file, &quiet{})
	config.Zone = time.UTC
	for _, want := range []string{"2026-11-21", "2026-11-20"} {
		r, err := NewService(config).Read(t.Context(), Query{Top: 1})
		if err != nil || len(r.Days) != 1 || r.Days[0].Date != want {
			t.Errorf("days: got %+v, %v, want %s", r.Days, err, want)
		}
		if _, err := NewRebuilder(RebuilderConfig{Consumer: NewConsumer(config), Orders: h.file, Snapshots: h.file}).Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
