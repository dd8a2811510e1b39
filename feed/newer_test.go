package feed

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"comanda/order"
	"comanda/storage"
)

// newer stores an order of ana's as a release with format 2 would.
func (b *bench) newer(id string) {
	b.Helper()
	b.write(storage.Record{
		Key: storage.Key{Table: order.TableName, Partition: "ana", Sort: id},
		Doc: []byte(`{"format":2,"version":1,"restaurantId":1,"orderItems":[],"totalAmount":1,"status":"PLACED","orderTime":"2026-03-14T12:00:00Z"}`),
	})
}

// write stores a record past everything, in the place of what is there.
func (b *bench) write(r storage.Record) storage.Record {
	b.Helper()
	w := storage.Write{New: &r}
	if old, err := b.file.Get(b.Context(), r.Key); err == nil {
		w.Old = &old
	}
	if err := storage.Apply(b.Context(), b.file, storage.Commit{Writes: []storage.Write{w}}); err != nil {
		b.Fatal(err)
	}
	return r
}

// untouched fails unless a record is as it was.
func (b *bench) untouched(r storage.Record) {
	b.Helper()
	got, err := b.file.Get(b.Context(), r.Key)
	if err != nil || got.Version != r.Version || !bytes.Equal(got.Doc, r.Doc) {
		b.Errorf("record %s: got %s, %v, want %s untouched", r.Key.Sort, got.Doc, err, r.Doc)
	}
}

// upgraded is a source that a later release reads, once the process is one.
type upgraded struct {
	*Local
	now atomic.Bool
}

func (u *upgraded) Read(ctx context.Context, shard string, after Sequence, limit int) (Batch, error) {
	batch, err := u.Local.Read(ctx, shard, after, limit)
	for i := range batch.Changes {
		if u.now.Load() {
			c := &batch.Changes[i]
			c.Before, c.After = bytes.Replace(c.Before, []byte(`:2`), []byte(`:1`), 1), bytes.Replace(c.After, []byte(`:2`), []byte(`:1`), 1)
		}
	}
	return batch, err
}

func TestAChangeOfALaterReleaseWaitsForAnUpgrade(t *testing.T) {
	inBubble(t, func(b *bench) {
		var log bytes.Buffer
		b.config.Logger = slog.New(slog.NewTextHandler(&log, nil))
		source := &upgraded{Local: b.config.Feed.Local}
		b.config.Feed.Source = source
		k := &taker{name: "a"}
		asleep := &taker{name: "c", deep: true}
		c := b.config
		c.Consumers = []Consumer{k, asleep}
		d := NewDispatcher(c)
		ctx, cancel := context.WithCancel(b.Context())
		var running sync.WaitGroup
		running.Go(func() { d.Run(ctx) })
		b.place("one")
		b.newer("two")
		b.place("three")
		time.Sleep(10 * time.Minute)
		k.expect(b.T, "one@1")
		if got := d.Stuck(); !slices.Equal(got, []string{"a"}) {
			b.Errorf("stuck: got %q, want the consumer that wants events", got)
		}
		if _, died := b.seen.counts(); died > 0 || b.config.Dead.Count() > 0 {
			b.Errorf("dead letters: got %d told and %d kept, want none", died, b.config.Dead.Count())
		}
		if at, err := PositionOf(b.Context(), b.file, "a", LocalShard); err != nil || at != "1" {
			b.Errorf("position: got %q, %v, want that before the change", at, err)
		}
		if at, err := PositionOf(b.Context(), b.file, "c", LocalShard); err != nil || at != "3" {
			b.Errorf("position of the sleeper: got %q, %v, want the end", at, err)
		}
		source.now.Store(true)
		time.Sleep(time.Minute)
		k.expect(b.T, "one@1", "two@1", "three@1")
		if got := d.Stuck(); len(got) != 0 {
			b.Errorf("stuck after an upgrade: got %q, want nobody", got)
		}
		cancel()
		running.Wait()
		if !strings.Contains(log.String(), "format 2 is newer than this release: upgrade this process") {
			b.Errorf("log: got %s, want a line that asks for an upgrade", log.String())
		}
	})
}

func TestRecordsOfTheFeedOfALaterReleaseAreLeftAsTheyAre(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.place("one")
		position := b.write(storage.Record{Key: keyOf(positionKind+"a", LocalShard), Doc: []byte(`{"format":2,"sequence":{"at":1}}`)})
		lease := b.write(storage.Record{Key: keyOf(leaseKind, "work"), Doc: []byte(`{"format":2,"holder":"x","until":"2000-01-01T00:00:00Z"}`)})
		letter := b.write(storage.Record{Key: keyOf(deadKind, "a/feed/9"), Doc: []byte(`{"format":2,"eventId":"e-9"}`)})
		if err := b.config.Dead.Put(b.Context(), DeadLetter{Consumer: "a", Shard: LocalShard, Sequence: "7", EventID: "e-7"}); err != nil {
			b.Fatal(err)
		}
		k := &taker{name: "a"}
		stop := b.start(k)
		time.Sleep(time.Minute)
		stop()
		k.expect(b.T)
		if held, err := b.lease("one").Hold(b.Context()); held || !Newer(err) {
			b.Errorf("lease: got held %v, %v, want an error that asks for an upgrade", held, err)
		}
		letters, _, err := b.config.Dead.List(b.Context(), "", 10)
		if err != nil || len(letters) != 2 || letters[0].EventID != "e-7" || !strings.Contains(letters[1].Reason, "upgrade this process") {
			b.Errorf("dead letters: got %+v, %v, want ours, and the reason why the other can't be shown", letters, err)
		}
		if n, err := b.config.Dead.Settle(b.Context(), "e-9"); n != 0 || !Newer(err) {
			b.Errorf("settle it: got %d, %v, want an error that asks for an upgrade", n, err)
		}
		if n, err := b.config.Dead.Settle(b.Context()); n != 1 || !Newer(err) {
			b.Errorf("settle all: got %d, %v, want ours, and an error that asks for an upgrade", n, err)
		}
		for _, r := range []storage.Record{position, lease, letter} {
			b.untouched(r)
		}
	})
}

func TestMembersOfAPositionThatThisReleaseDoesntKnowAreKept(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.write(storage.Record{Key: keyOf(positionKind+"a", LocalShard), Doc: []byte(`{"format":1,"sequence":"","since":[1.50]}`)})
		b.place("one")
		k := &taker{name: "a"}
		stop := b.start(k)
		time.Sleep(time.Second)
		stop()
		k.expect(b.T, "one@1")
		r, err := b.file.Get(b.Context(), keyOf(positionKind+"a", LocalShard))
		if want := `{"format":1,"sequence":"1","since":[1.50]}`; err != nil || string(r.Doc) != want {
			b.Errorf("position: got %s, %v, want %s", r.Doc, err, want)
		}
	})
}
