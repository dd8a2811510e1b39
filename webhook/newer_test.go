package webhook

import (
	"bytes"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"comanda/feed"
	"comanda/order"
	"comanda/storage"
)

// rewrite replaces a record as a release with format 2 would, in the same places.
func (b *bench) rewrite(old storage.Record, doc string) storage.Record {
	b.Helper()
	r := storage.Record{Key: old.Key, Doc: []byte(doc), Index: old.Index}
	if err := storage.Apply(b.Context(), b.file, storage.Commit{Writes: []storage.Write{{Old: &old, New: &r}}}); err != nil {
		b.Fatal(err)
	}
	return r
}

// untouched fails unless a record is as it was, in the same places of the indexes.
func (b *bench) untouched(r storage.Record) {
	b.Helper()
	got, err := b.file.Get(b.Context(), r.Key)
	if err != nil || got.Version != r.Version || !bytes.Equal(got.Doc, r.Doc) || !maps.Equal(got.Index, r.Index) {
		b.Errorf("record %s: got %+v, %v, want %+v untouched", r.Key.Sort, got, err, r)
	}
}

func (b *bench) get(k storage.Key) storage.Record {
	b.Helper()
	r, err := b.file.Get(b.Context(), k)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func TestAReceiverOfALaterReleaseHoldsUpAllWhichIsTold(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.config.Shared = true
		stop := b.start()
		shop, later := b.add("shop", nil), b.add("later", nil)
		b.place("one")
		time.Sleep(time.Minute)
		newer := b.rewrite(b.get(receiverKey(later.id)), `{"format":2,"id":"`+later.id+`","url":{"host":"later.example"}}`)
		place := b.get(storage.Key{Table: deliveryTable.Name, Partition: placesOf, Sort: feed.LocalShard})
		time.Sleep(time.Minute)
		b.place("two")
		time.Sleep(time.Minute)
		list, err := b.hooks.List(b.Context())
		if err != nil || len(list) != 2 || list[0].ID != later.id || !strings.Contains(list[0].Disabled, "upgrade this process") || list[1].ID != shop.id {
			t.Errorf("list: got %+v, %v, want the newer one first, with the reason", list, err)
		}
		if err := b.hooks.Remove(b.Context(), later.id); !feed.Newer(err) {
			t.Errorf("remove it: got %v, want an error that asks for an upgrade", err)
		}
		if !b.hooks.Waiting() || strings.Count(b.log.String(), "a part of the webhooks waits for this process to be upgraded") != 1 {
			t.Errorf("waiting %v: got the log %s, want it told once", b.hooks.Waiting(), b.log)
		}
		stop()
		shop.expect("one@1")
		later.expect("one@1")
		b.untouched(newer)
		b.untouched(place)
	})
}

func TestADeliveryOfALaterReleaseWaitsWithItsOrder(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		var up atomic.Bool
		r := b.add("shop", func(_ *http.Request, m message) (int, error) {
			if up.Load() {
				return 204, nil
			}
			return 500, nil
		})
		b.place("one")
		time.Sleep(time.Second / 2)
		stop()
		var newer storage.Record
		for rec, err := range storage.Records(b.Context(), b.file, storage.Query{Table: deliveryTable.Name, Index: byLane, Partition: r.id}) {
			if err != nil {
				b.Fatal(err)
			}
			newer = b.rewrite(rec, strings.Replace(string(rec.Doc), `{"format":1`, `{"format":2,"parts":[]`, 1))
		}
		up.Store(true)
		b.advance("one", order.Acknowledged)
		b.place("two")
		stop = b.start()
		time.Sleep(2 * time.Hour)
		r.expect("two@1")
		b.expectLeft(r, 2, 0)
		if died := b.seen.counts()[2]; died > 0 || !b.hooks.Waiting() {
			t.Errorf("got %d deaths, and waiting %v, want none, and waiting", died, b.hooks.Waiting())
		}
		if err := b.hooks.Remove(b.Context(), r.id); err != nil {
			t.Errorf("remove the receiver: %v", err)
		}
		time.Sleep(2 * time.Hour)
		stop()
		b.untouched(newer)
		if got := b.get(receiverKey(r.id)); !strings.Contains(string(got.Doc), `"removed":true`) {
			t.Errorf("receiver: got %s, want it to stay until everything to it can be removed", got.Doc)
		}
	})
}

func TestADeadLetterOfALaterReleaseIsListedAndNothingElse(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		var answer atomic.Int64
		answer.Store(500)
		r := b.add("shop", func(*http.Request, message) (int, error) { return int(answer.Load()), nil })
		b.place("one")
		b.place("two")
		time.Sleep(time.Second)
		answer.Store(410)
		time.Sleep(time.Minute)
		b.expectLeft(r, 0, 2)
		var newer storage.Record
		for rec, err := range storage.Records(b.Context(), b.file, storage.Query{Table: deliveryTable.Name, Index: byDead, Partition: r.id}) {
			if err != nil {
				b.Fatal(err)
			}
			newer = b.rewrite(rec, strings.Replace(string(rec.Doc), `{"format":1`, `{"format":2`, 1))
			break
		}
		letters, _, err := b.hooks.Dead(b.Context(), r.id, "", 10)
		if err != nil || len(letters) != 2 || !strings.Contains(letters[0].Reason, "upgrade this process") || letters[1].Message == "" {
			t.Errorf("dead letters: got %+v, %v, want the reason for the first, and the second", letters, err)
		}
		answer.Store(204)
		if err := b.hooks.Enable(b.Context(), r.id); err != nil {
			t.Fatal(err)
		}
		if n, err := b.hooks.Redeliver(b.Context(), r.id, ""); n != 1 || !feed.Newer(err) {
			t.Errorf("redeliver: got %d, %v, want the other, and an error that asks for an upgrade", n, err)
		}
		time.Sleep(time.Minute)
		b.skip(deadTime + time.Hour)
		time.Sleep(2 * sweepEvery)
		stop()
		if got := len(r.took()); got != 1 {
			t.Errorf("accepted: got %d, want the one that could be read", got)
		}
		b.untouched(newer)
	})
}
