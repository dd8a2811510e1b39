package webhook

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"comanda/notification"
	"comanda/order"
)

func TestEveryEventArrivesOnceSignedAndInOrder(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		b.place("before")
		time.Sleep(time.Second)
		r := b.add("shop", nil)
		b.life("one")
		b.life("two")
		time.Sleep(time.Minute)
		stop()
		for _, id := range []string{"one", "two"} {
			var got []string
			for _, m := range r.took() {
				if strings.HasPrefix(m, id) {
					got = append(got, m)
				}
			}
			if want := lifeOf(id); !slices.Equal(got, want) {
				t.Errorf("order %s: got %q, want %q", id, got, want)
			}
		}
		if n := len(r.all()); n != 8 {
			t.Errorf("requests: got %d, want 8, and none for what was before", n)
		}
		if got, want := b.seen.counts(), [4]int{8, 0, 0, 0}; got != want {
			t.Errorf("told: got %v, want %v", got, want)
		}
		b.expectLeft(r, 0, 0)
	})
}

func TestAnEventArrivesSoon(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		r := b.add("shop", nil)
		time.Sleep(10 * time.Minute)
		begin := time.Now()
		b.place("one")
		time.Sleep(time.Minute)
		stop()
		if m := r.all(); len(m) != 1 || m[0].at.Sub(begin) > time.Second {
			t.Errorf("got %v, want one message within a second of %s", m, begin)
		}
	})
}

// trouble is a receiver that is away, answers 500 or after 30 seconds, and
// sometimes takes what it is sent.
func trouble(random *rand.Rand) func(*http.Request, message) (int, error) {
	var mu sync.Mutex
	return func(r *http.Request, _ message) (int, error) {
		mu.Lock()
		kind := random.IntN(6)
		mu.Unlock()
		switch kind {
		case 0:
			return 0, errRefused
		case 1:
			return 500, nil
		case 2:
			select {
			case <-time.After(30 * time.Second):
				return 200, nil // which no one waits for
			case <-r.Context().Done():
				return 0, r.Context().Err()
			}
		case 3:
			return 0, fmt.Errorf("connection reset") // after it was taken
		}
		return 200, nil
	}
}

func TestThroughTroubleAndRestartsEverythingArrivesInOrderAndDelaysNobody(t *testing.T) {
	inBubble(t, func(b *bench) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		stop := b.start()
		rough := b.add("rough", trouble(rand.New(rand.NewPCG(seed, 1))))
		slow := b.add("slow", func(*http.Request, message) (int, error) {
			time.Sleep(14 * time.Second)
			return 200, nil
		})
		good := b.add("good", nil)
		placed := map[string]time.Time{}
		var ids []string
		for i := range 20 {
			id := fmt.Sprint("order-", i)
			placed[id] = time.Now()
			ids = append(ids, id)
			b.life(id)
			time.Sleep(200 * time.Millisecond)
			if i%8 == 4 {
				stop()
				stop = b.start()
			}
		}
		all := []*receiver{rough, slow, good}
		for hours := 0; hours < 23 && slices.ContainsFunc(all, func(r *receiver) bool { pending, _ := b.left(r); return pending > 0 }); hours++ {
			time.Sleep(time.Hour)
		}
		stop()
		for _, r := range all {
			complete(t, r, ids)
			b.expectLeft(r, 0, 0)
		}
		for _, m := range good.all() {
			id, _, _ := strings.Cut(m.order, "@")
			if late := m.at.Sub(placed[id]); late > 5*time.Second { // a restart takes up to 3 seconds, which running requests have to finish
				t.Errorf("the good receiver got %s after %s", m.order, late)
			}
		}
		if got, want := good.most, connections; got > want {
			t.Errorf("requests at a time: got %d, want at most %d", got, want)
		}
	})
}

// complete fails the test unless a receiver has accepted every event of these
// orders, each order's for the first time in their order, and under one id each.
func complete(t *testing.T, r *receiver, orders []string) {
	t.Helper()
	ids, first := map[string]string{}, map[string][]string{}
	for _, m := range r.all() {
		if was, ok := ids[m.order]; ok && was != m.id {
			t.Errorf("%s came as %s and as %s", m.order, was, m.id)
		}
		ids[m.order] = m.id
		id, _, _ := strings.Cut(m.order, "@")
		if m.accepted && !slices.Contains(first[id], m.order) {
			first[id] = append(first[id], m.order)
		}
	}
	for _, id := range orders {
		if got, want := first[id], lifeOf(id); !slices.Equal(got, want) {
			t.Errorf("order %s: got %q, want %q", id, got, want)
		}
	}
	seen := map[string]string{}
	for order, id := range ids {
		if seen[id] != "" {
			t.Errorf("%s and %s came under the same id", order, seen[id])
		}
		seen[id] = order
	}
}

func TestAFailingOrderHoldsUpItselfOnly(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		r := b.add("picky", func(_ *http.Request, m message) (int, error) {
			if strings.HasPrefix(m.order, "bad@") {
				return 400, nil
			}
			return 200, nil
		})
		b.life("bad")
		b.life("good")
		time.Sleep(time.Minute)
		r.expect(lifeOf("good")...)
		for _, m := range r.all() {
			if strings.HasPrefix(m.order, "bad@") && m.order != "bad@1" {
				t.Errorf("%s was sent while bad@1 had not been taken", m.order)
			}
		}
		b.expectLeft(r, 4, 0)
		for range 4 { // each has its attempt when the one before it has died
			b.skip(24 * time.Hour)
			time.Sleep(time.Hour + 15*time.Minute)
		}
		b.expectLeft(r, 0, 4)
		stop()
	})
}

func TestAfterADayOfFailuresADeliveryIsADeadLetterAndCanBeSentAgain(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		var down atomic.Bool
		down.Store(true)
		r := b.add("shop", func(*http.Request, message) (int, error) {
			if down.Load() {
				return 503, nil
			}
			return 200, nil
		})
		b.place("one")
		time.Sleep(26 * time.Hour)
		attempts := r.all()
		var pauses []time.Duration
		for i := 1; i < len(attempts); i++ {
			pauses = append(pauses, attempts[i].at.Sub(attempts[i-1].at).Round(time.Second))
		}
		if n := len(attempts); n < 30 || n > 40 || pauses[0] != 2*time.Second || pauses[3] != 16*time.Second || pauses[n-2] != time.Hour {
			t.Errorf("pauses between %d attempts: got %v, want 2s, doubling, up to an hour, for a day", n, pauses)
		}
		letters, next, err := b.hooks.Dead(b.Context(), r.id, "", 10)
		if err != nil || next != "" || len(letters) != 1 {
			t.Fatalf("dead letters: got %+v, %v, want one", letters, err)
		}
		l := letters[0]
		if l.OrderID != "one" || l.UserID != "ana" || l.Message != attempts[0].id || l.Type != notification.Placed || l.Attempts != len(attempts) || l.Reason != "it answered 503" || !strings.Contains(string(l.Body), `"type":"order.placed"`) {
			t.Errorf("dead letter: got %+v, want the placement with %d attempts and the status", l, len(attempts))
		}
		if _, err := b.hooks.Redeliver(b.Context(), r.id, "another"); err == nil || !strings.Contains(err.Error(), "another") {
			t.Errorf("an id that isn't there: got %v, want it in the error", err)
		}
		down.Store(false)
		if n, err := b.hooks.Redeliver(b.Context(), r.id, l.Message); n != 1 || err != nil {
			t.Errorf("sent again: got %d, %v, want 1", n, err)
		}
		time.Sleep(time.Second)
		stop()
		r.expect("one@1")
		b.expectLeft(r, 0, 0)
	})
}

func TestGoneDisablesAReceiver(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		var gone atomic.Bool
		r := b.add("shop", func(*http.Request, message) (int, error) {
			if gone.Load() {
				time.Sleep(time.Second)
				return 410, nil
			}
			return 200, nil
		})
		other := b.add("other", nil)
		b.place("one")
		time.Sleep(time.Second)
		gone.Store(true)
		b.advance("one", order.Acknowledged)
		b.advance("one", order.Dispatched)
		time.Sleep(2 * time.Second)
		b.advance("one", order.Delivered)
		time.Sleep(time.Minute)
		if n := len(r.all()); n != 2 {
			t.Errorf("requests: got %d, want 2, the second of them refused for ever", n)
		}
		b.expectLeft(r, 0, 2)
		list, err := b.hooks.List(b.Context())
		if err != nil || !strings.Contains(list[0].Disabled+list[1].Disabled, "410") {
			t.Errorf("list: got %+v, %v, want a receiver that was disabled by 410", list, err)
		}
		if got := b.seen.counts(); got[2] != 2 || got[3] != 1 {
			t.Errorf("told: got %v, want 2 dead and 1 disabled", got)
		}
		if _, err := b.hooks.Redeliver(b.Context(), r.id, ""); err == nil || !strings.Contains(err.Error(), "enable") {
			t.Errorf("redeliver to a disabled receiver: got %v, want the way out", err)
		}
		stop()
		stop = b.start()
		gone.Store(false)
		if err := b.hooks.Enable(b.Context(), r.id); err != nil {
			t.Fatal(err)
		}
		if n, err := b.hooks.Redeliver(b.Context(), r.id, ""); n != 2 || err != nil {
			t.Errorf("sent again: got %d, %v, want 2", n, err)
		}
		time.Sleep(time.Second)
		b.place("two")
		time.Sleep(time.Second)
		stop()
		r.expect("one@1", "one@2", "one@3", "two@1")
		other.expect("one@1", "one@2", "one@3", "one@4", "two@1")
	})
}

func TestAReceiverThatIsDownIsLeftAlone(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		var down atomic.Bool
		down.Store(true)
		r := b.add("shop", func(*http.Request, message) (int, error) {
			if down.Load() {
				return 0, errRefused
			}
			return 200, nil
		})
		var want []string
		for i := range 60 {
			b.place(fmt.Sprint(i))
			want = append(want, fmt.Sprintf("%d@1", i))
		}
		time.Sleep(2 * time.Hour)
		if n := len(r.all()); n > 140 {
			t.Errorf("requests of 2 hours for 60 deliveries: got %d, want at most one in a minute and the first ones", n)
		}
		b.expectLeft(r, 60, 0)
		down.Store(false)
		time.Sleep(6 * time.Minute)
		if n := len(r.took()); n < 45 {
			t.Errorf("accepted within 6 minutes of its return: got %d, want most of 60", n)
		}
		time.Sleep(time.Hour)
		stop()
		got := r.took()
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("accepted: got %d, want each of 60 once", len(got))
		}
	})
}

func TestWhatWaitedForADayDiesWithAReceiverThatIsDown(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		r := b.add("shop", func(*http.Request, message) (int, error) { return 500, nil })
		for i := range 50 {
			b.place(fmt.Sprint(i))
		}
		b.advance("49", order.Acknowledged)
		time.Sleep(time.Minute)
		b.expectLeft(r, 51, 0)
		b.skip(24 * time.Hour)
		before := len(r.all())
		time.Sleep(2 * time.Hour)
		stop()
		b.expectLeft(r, 0, 51)
		if n := len(r.all()) - before; n > 5 {
			t.Errorf("requests to bury 51 deliveries: got %d, want hardly any", n)
		}
	})
}

func TestRetryAfterIsObeyed(t *testing.T) {
	for _, x := range []struct {
		name, header string
		status       int
		want         time.Duration
	}{
		{"seconds", "600", 429, 10 * time.Minute},
		{"longer than the longest pause", "999999999999", 503, time.Hour},
		{"beside another status", "600", 500, 2 * time.Second},
		{"nonsense", "soon", 429, 2 * time.Second},
	} {
		t.Run(x.name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				stop := b.start()
				r := b.add("shop", func(*http.Request, message) (int, error) { return x.status, nil })
				r.header = http.Header{"Retry-After": {x.header}}
				b.place("one")
				time.Sleep(3 * time.Hour)
				stop()
				m := r.all()
				if got := m[1].at.Sub(m[0].at).Round(time.Second); got != x.want {
					t.Errorf("pause: got %s, want %s", got, x.want)
				}
			})
		})
	}
}

func TestOldDeadLettersGo(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		r := b.add("shop", func(*http.Request, message) (int, error) { return 500, nil })
		b.place("one")
		time.Sleep(time.Minute)
		b.skip(24 * time.Hour)
		time.Sleep(time.Hour)
		b.skip(30*24*time.Hour - 2*time.Hour)
		time.Sleep(time.Hour)
		b.expectLeft(r, 0, 1)
		b.skip(2 * time.Hour)
		time.Sleep(2 * time.Hour)
		stop()
		b.expectLeft(r, 0, 0)
	})
}
