package webhook

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func TestAfterARotationBothSecretsSignForADay(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		var old, fresh *standard.Webhook
		var seen [][2]bool
		r := b.add("shop", nil)
		verify := func(secret string) *standard.Webhook {
			w, err := standard.NewWebhook(secret)
			if err != nil {
				t.Fatal(err)
			}
			return w
		}
		old = verify(r.secret)
		r.answer = func(req *http.Request, _ message) (int, error) {
			body := r.lastBody
			seen = append(seen, [2]bool{old.VerifyIgnoringTimestamp(body, req.Header) == nil, fresh != nil && fresh.VerifyIgnoringTimestamp(body, req.Header) == nil})
			return 200, nil
		}
		b.place("one")
		time.Sleep(time.Second)
		secret, err := b.hooks.Rotate(b.Context(), r.id, false)
		if err != nil {
			t.Fatal(err)
		}
		fresh, r.secret = verify(secret), secret
		b.place("two")
		time.Sleep(time.Second)
		b.skip(24 * time.Hour)
		b.place("three")
		time.Sleep(time.Second)
		stop()
		if want := [][2]bool{{true, false}, {true, true}, {false, true}}; !slices.Equal(seen, want) {
			t.Errorf("old and new secret: got %v, want %v", seen, want)
		}
		if _, err := b.hooks.Rotate(b.Context(), "wh_other", false); !errors.Is(err, ErrNotFound) {
			t.Errorf("rotate another: got %v, want that it isn't there", err)
		}
	})
}

func TestEverySecretOfADaySignsUnlessItIsEndedAtOnce(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		defer stop()
		r := b.add("shop", nil)
		var mu sync.Mutex // of what follows
		secrets, good := []string{r.secret}, []bool(nil)
		rotate := func(atOnce bool) error {
			mu.Lock()
			defer mu.Unlock()
			secret, err := b.hooks.Rotate(b.Context(), r.id, atOnce)
			if err == nil {
				secrets = append(secrets, secret)
				r.secret = secret
			}
			return err
		}
		r.answer = func(req *http.Request, _ message) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			good = nil
			for _, s := range secrets {
				w, err := standard.NewWebhook(s)
				if err != nil {
					t.Error(err)
				}
				good = append(good, w.VerifyIgnoringTimestamp(r.lastBody, req.Header) == nil)
			}
			return 200, nil
		}
		expect := func(when string, want ...bool) {
			t.Helper()
			b.place(when)
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			if !slices.Equal(good, want) {
				t.Errorf("%s: secrets that sign, oldest first: got %v, want %v", when, good, want)
			}
		}
		for range maxSecrets - 1 {
			if err := rotate(false); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		expect("several times in a day", true, true, true, true, true)
		var refused *RefusedError
		if err := rotate(false); !errors.As(err, &refused) {
			t.Errorf("once more: got %v, want that there are too many", err)
		}
		if err := rotate(true); err != nil {
			t.Fatal(err)
		}
		expect("at once", false, false, false, false, false, true)
	})
}

func TestSecretsAreSealedInTheStore(t *testing.T) {
	inBubble(t, func(b *bench) {
		stop := b.start()
		r := b.add("shop", nil)
		if !strings.HasPrefix(r.secret, "whsec_") || len(r.secret) != len("whsec_")+44 {
			t.Errorf("secret: got %q, want whsec_ and 32 bytes", r.secret)
		}
		if got := b.stored(receiverTable); strings.Contains(got, r.secret[10:]) || !strings.Contains(got, "shop.example") {
			t.Errorf("stored: got %s, want the receiver without its secret", got)
		}
		stop()
		b.config.SealKey = bytes.Repeat([]byte{8}, 32)
		stop = b.start()
		b.place("one")
		time.Sleep(time.Second)
		stop()
		if n := len(r.all()); n != 0 || !strings.Contains(b.log.String(), "webhooks rotate") {
			t.Errorf("with another key: got %d requests, want none and a remedy in the log: %s", n, b.log)
		}
		b.config.SealKey = nil
		stop = b.start()
		plain := b.add("plain", nil)
		if !strings.Contains(b.stored(receiverTable), plain.secret) {
			t.Error("without a key: the secret isn't in the store, so nothing could be signed after a restart")
		}
		b.place("two")
		time.Sleep(time.Second)
		stop()
		plain.expect("two@1")
	})
}
