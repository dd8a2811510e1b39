package webhook

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"comanda/feed"
	"comanda/notification"
	"comanda/order"
	"comanda/payload"
	"comanda/storage"
)

func TestReceiversAreToldOfWhatTheyWant(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		all := b.add("all", nil)
		some := b.add("some", nil)
		err := b.hooks.change(b.Context(), some.id, func(d *receiverDoc) error {
			d.Types = []notification.Type{notification.Placed, notification.Edited}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		b.life("one")
		time.Sleep(time.Second)
		stop()
		all.expect(lifeOf("one")...)
		some.expect("one@1")
	})
}

func TestARemovedReceiverGetsNothingMoreAndLeavesNothing(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		r := b.add("shop", func(*http.Request, message) (int, error) { return 500, nil })
		b.life("one")
		time.Sleep(time.Second)
		if err := b.hooks.Remove(b.Context(), r.id); err != nil {
			t.Fatal(err)
		}
		before := len(r.all())
		b.place("two")
		time.Sleep(time.Hour)
		if n := len(r.all()); n > before+1 {
			t.Errorf("requests after its removal: got %d, want none but one that ran", n-before)
		}
		if got := b.stored(receiverTable) + strings.ReplaceAll(b.stored(deliveryTable), `"sequence"`, ""); strings.Contains(got, "one") || strings.Contains(got, r.id) {
			t.Errorf("left in the store: %s", got)
		}
		if list, err := b.hooks.List(b.Context()); err != nil || len(list) != 0 {
			t.Errorf("list: got %+v, %v, want nothing", list, err)
		}
		for what, err := range map[string]error{
			"remove": b.hooks.Remove(b.Context(), r.id), "enable": b.hooks.Enable(b.Context(), r.id),
			"no id": b.hooks.Remove(b.Context(), ""),
		} {
			if !errors.Is(err, ErrNotFound) {
				t.Errorf("%s: got %v, want that it isn't there", what, err)
			}
		}
		stop()
	})
}

func TestABatchThatComesAgainMakesNoDeliveryTwice(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		r := b.add("shop", nil)
		stop()
		b.life("one")
		stop = b.start()
		changes, err := b.file.ReadFeed(b.Context(), order.TableName, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		var events []feed.Event
		for _, c := range changes {
			e, err := feed.Read(feed.Change{Sequence: feed.SequenceOf(c.Sequence), Change: c})
			if err != nil {
				t.Fatal(err)
			}
			events = append(events, e)
		}
		time.Sleep(time.Second)
		for n := range len(events) + 1 {
			if err := b.hooks.Consume(b.Context(), feed.LocalShard, events[:n]); err != nil {
				t.Errorf("the first %d events again: %v", n, err)
			}
		}
		time.Sleep(time.Second)
		stop()
		r.expect(lifeOf("one")...)
	})
}

func TestAnUnknownOutcomeOfTheStoreLosesNothing(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		r := b.add("shop", nil)
		var n atomic.Int64
		b.script.OnCommit = func(ctx context.Context, c storage.Commit) error {
			switch n.Add(1) % 4 {
			case 0:
				return errors.Join(storage.ErrUnknown, b.file.Commit(ctx, c)) // although it was applied
			case 1:
				return storage.ErrBusy
			}
			return b.file.Commit(ctx, c)
		}
		for _, id := range []string{"a", "b", "c", "d"} {
			b.life(id)
			time.Sleep(time.Minute)
		}
		time.Sleep(time.Hour)
		stop()
		complete(t, r, []string{"a", "b", "c", "d"})
		b.expectLeft(r, 0, 0)
	})
}

func TestRequestsThatRunMayFinishAndAreCutAfterAGrace(t *testing.T) {
	for _, x := range []struct {
		name  string
		takes time.Duration
		want  []string
	}{
		{"in time", 2 * time.Second, []string{"one@1"}},
		{"too late", 10 * time.Second, []string{"one@1"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				stop := b.start()
				takes := x.takes
				r := b.add("shop", nil)
				r.answer = func(req *http.Request, _ message) (int, error) {
					select {
					case <-time.After(takes):
						return 200, nil
					case <-req.Context().Done():
						return 0, req.Context().Err()
					}
				}
				b.place("one")
				time.Sleep(time.Second)
				begin := time.Now()
				stop()
				if took := time.Since(begin); took > b.hooks.config.Grace {
					t.Errorf("it took %s to stop, want at most the grace", took)
				}
				takes = 0
				stop = b.start()
				time.Sleep(time.Second)
				stop()
				r.expect(x.want...)
				b.expectLeft(r, 0, 0)
				if got := b.seen.counts()[1]; got != 0 {
					t.Errorf("failures: got %d, want that a cut request isn't one", got)
				}
			})
		})
	}
}

func TestWithoutReceiversTheConsumerSleeps(t *testing.T) {
	inBubble(t, func(b *bench) {
		hooks, err := New(b.config)
		if err != nil {
			t.Fatal(err)
		}
		if hooks.Asleep() {
			t.Error("before the receivers were read: asleep, although there may be some")
		}
		stop := b.start()
		time.Sleep(time.Second)
		if !b.hooks.Asleep() {
			t.Error("without receivers: awake")
		}
		r := b.add("shop", nil)
		if b.hooks.Asleep() {
			t.Error("as soon as there is one: asleep")
		}
		if err := b.hooks.Remove(b.Context(), r.id); err != nil || !b.hooks.Asleep() {
			t.Errorf("after its removal: awake, %v", err)
		}
		stop()
	})
}

func TestTheLogHasNoURLAndNoContent(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		b.add("shop", func(*http.Request, message) (int, error) { return 0, errRefused })
		b.place("one")
		time.Sleep(time.Minute)
		stop()
		if got := b.log.String(); !strings.Contains(got, "refused") || strings.Contains(got, "hush") || strings.Contains(got, "Soup") {
			t.Errorf("log: got %q, want why it failed, without the URL's secret and the order", got)
		}
		if got := b.log.String(); !strings.Contains(got, " delivery=") || strings.Contains(got, " message=") {
			t.Errorf("log: got %q, want the delivery under a key that a line of the log doesn't have already", got)
		}
	})
}

func TestADeliveryThatCanNotBeReadHoldsUpNobody(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		r := b.add("shop", nil)
		k := storage.Key{Table: deliveryTable.Name, Partition: r.id, Sort: place(order.Digest("ana", "one"), "0")}
		broken := &storage.Record{Key: k, Doc: []byte(`{"due":7}`), Index: map[string]storage.IndexKey{
			byLane: {Partition: r.id, Sort: k.Sort}, byDue: {Partition: r.id, Sort: instant(time.Now()) + "_" + k.Sort},
		}}
		if err := b.file.Commit(b.Context(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: broken}}}); err != nil {
			t.Fatal(err)
		}
		b.life("one")
		time.Sleep(time.Minute)
		stop()
		r.expect(lifeOf("one")...)
		b.expectLeft(r, 0, 0)
		if !strings.Contains(b.stored(deliveryTable), `{"due":7}`) {
			t.Error("it isn't in the table any more")
		}
	})
}

func TestALargeNotificationReachesManyReceivers(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		var receivers []*receiver
		for i := range 15 {
			receivers = append(receivers, b.add("r"+strconv.Itoa(i), nil))
		}
		var items []string
		for range 100 {
			items = append(items, `{"id":1,"name":"`+strings.Repeat(`\u0001`, 190)+`","price":1}`)
		}
		p := order.ReadPlacement(payload.Parse([]byte(`{"restaurantId":1,"orderItems":[`+strings.Join(items, ",")+`],"totalAmount":1}`), &payload.Report{}), order.AcceptTotal)
		p.OrderID = "large"
		if _, _, err := b.orders.Place(b.Context(), "ana", p, "", ""); err != nil {
			t.Fatal(err)
		}
		b.place("small")
		time.Sleep(time.Minute)
		stop()
		for _, r := range receivers {
			got := r.took()
			slices.Sort(got)
			if !slices.Equal(got, []string{"large@1", "small@1"}) {
				t.Errorf("got %q, want both orders once", got)
			}
		}
	})
}

func TestOtherProcessesAreHeardOf(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.config.Shared, b.config.Idle = true, time.Second
		elsewhere, err := New(b.config)
		if err != nil {
			t.Fatal(err)
		}
		stop := b.start()
		time.Sleep(time.Minute)
		here := b.hooks
		b.hooks = elsewhere
		r := b.add("shop", nil)
		time.Sleep(reloadEvery)
		b.place("one")
		time.Sleep(2 * reloadEvery)
		r.expect("one@1")
		if err := elsewhere.Remove(b.Context(), r.id); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * reloadEvery)
		b.place("two")
		time.Sleep(2 * reloadEvery)
		stop()
		r.expect("one@1")
		if !here.Asleep() && here.fresh() {
			t.Error("awake, although the last receiver was removed elsewhere")
		}
	})
}

func TestPausesDoubleUpToAnHourAndDifferALittle(t *testing.T) {
	for _, x := range []struct {
		before int
		random float64
		want   time.Duration
	}{
		{0, 0.5, 2 * time.Second}, {1, 0.5, 4 * time.Second}, {10, 0.5, 2048 * time.Second}, {11, 0.5, time.Hour}, {1000, 0.5, time.Hour},
		{0, 0, 1600 * time.Millisecond}, {0, 0.999999, 2399999 * time.Microsecond}, {50, 0, 48 * time.Minute},
	} {
		if got := backoff(x.before, x.random); got.Round(time.Microsecond) != x.want {
			t.Errorf("after %d failures and at %v: got %s, want %s", x.before, x.random, got, x.want)
		}
	}
}

func TestABatchThatIsBeingTakenInLeavesNothingForARemovedReceiver(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		r := b.add("shop", nil)
		reached, release := make(chan struct{}), make(chan struct{})
		b.script.OnCommit = func(ctx context.Context, c storage.Commit) error {
			if k := c.Writes[len(c.Writes)-1].Key(); k.Partition == placesOf {
				close(reached)
				<-release
			}
			return b.file.Commit(ctx, c)
		}
		b.place("one")
		<-reached
		if err := b.hooks.Remove(b.Context(), r.id); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		close(release)
		time.Sleep(time.Minute)
		stop()
		if got := b.stored(deliveryTable) + b.stored(receiverTable); strings.Contains(got, "one") || strings.Contains(got, "shop.example") {
			t.Errorf("left in the store: %s", got)
		}
	})
}
