package webhook

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestAttemptsAreRememberedUntilTheReceiverIsGone(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		var well atomic.Bool
		r := b.add("shop", func(*http.Request, message) (int, error) {
			if well.Load() {
				return 204, nil
			}
			return 503, nil
		})
		b.place("one")
		time.Sleep(time.Second)
		list, err := b.hooks.List(b.Context())
		if err != nil || len(list) != 1 || list[0].LastError == nil {
			t.Fatalf("list after a failure: got %+v, %v, want the error", list, err)
		}
		if e := list[0].LastError; e.Status != 503 || e.Number != 1 || e.OrderID != "one" || e.Reason != "it answered 503" || !e.Next.Equal(e.At.Add(2*time.Second)) {
			t.Errorf("last error: got %+v, want the first attempt with 503, and the next after 2 s", e)
		}
		well.Store(true)
		time.Sleep(time.Minute)
		stop() // which stores what is left
		stop = b.start()
		defer stop()
		got, err := b.hooks.Attempts(b.Context(), r.id)
		if err != nil || len(got) != 2 || got[0].Reason != "" || got[0].Status != 204 || got[0].Number != 2 || got[1].Status != 503 {
			t.Errorf("attempts: got %+v, %v, want a success after a failure", got, err)
		}
		if list, err := b.hooks.List(b.Context()); err != nil || list[0].LastError != nil {
			t.Errorf("list after it was made good: got %+v, %v, want no error", list, err)
		}
		if err := b.hooks.Remove(b.Context(), r.id); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if left := b.stored(deliveryTable); strings.Contains(left, "attempts") {
			t.Errorf("left of a removed receiver: %s", left)
		}
	})
}

func TestAHistoryIsBounded(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		r := b.add("shop", nil)
		for i := range 2 * MaxAttempts {
			b.place("o-" + string(rune('a'+i/26)) + string(rune('a'+i%26)))
		}
		time.Sleep(2 * time.Minute)
		stop()
		got, err := b.hooks.Attempts(b.Context(), r.id)
		if err != nil || len(got) != MaxAttempts || len(r.all()) != 2*MaxAttempts {
			t.Errorf("got %d attempts of %d requests, %v, want the last %d", len(got), len(r.all()), err, MaxAttempts)
		}
	})
}

func TestTheLastErrorIsOneThatWasNotMadeGood(t *testing.T) {
	failed := func(message string) Attempt { return Attempt{Message: message, Reason: "it answered 500"} }
	taken := func(message string) Attempt { return Attempt{Message: message} }
	for _, c := range []struct {
		newestFirst []Attempt
		want        string
	}{
		{nil, ""}, {[]Attempt{taken("a")}, ""}, {[]Attempt{failed("a")}, "a"}, {[]Attempt{taken("a"), failed("a")}, ""},
		{[]Attempt{taken("b"), failed("a"), failed("b")}, "a"}, {[]Attempt{failed("a"), taken("a")}, "a"},
	} {
		got := ""
		if e := lastError(c.newestFirst); e != nil {
			got = e.Message
		}
		if got != c.want {
			t.Errorf("%+v: got %q, want %q", c.newestFirst, got, c.want)
		}
	}
}
