package administration

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"comanda/feed"
	"comanda/notification"
	"comanda/pool"
	"comanda/storage"
	"comanda/webhook"
)

// both runs a test on the store itself and by way of a server.
func both(t *testing.T, run func(*testing.T, Administration, Local, *broken)) {
	t.Run("local", func(t *testing.T) {
		l, store := newLocal(t)
		run(t, l, l, store)
	})
	t.Run("remote", func(t *testing.T) {
		l, store := newLocal(t)
		run(t, remoteOf(t, l, io.Discard), l, store)
	})
}

func TestBothWaysDoTheSame(t *testing.T) {
	both(t, func(t *testing.T, a Administration, l Local, _ *broken) {
		ctx := t.Context()
		added, err := a.AddWebhook(ctx, NewWebhook{URL: "http://127.0.0.1:9/hooks", Types: []notification.Type{"order.placed"}, AllowPrivate: true})
		if err != nil || !strings.HasPrefix(added.ID, "wh_") || !strings.HasPrefix(added.Secret, "whsec_") {
			t.Fatalf("AddWebhook: got %+v, %v, want an id and a secret", added, err)
		}
		list, err := a.Webhooks(ctx)
		if err != nil || len(list) != 1 || list[0].ID != added.ID || list[0].Types[0] != "order.placed" {
			t.Errorf("Webhooks: got %+v, %v, want the one", list, err)
		}
		if secret, err := a.RotateWebhook(ctx, added.ID, true); err != nil || secret == added.Secret || !strings.HasPrefix(secret, "whsec_") {
			t.Errorf("RotateWebhook: got %q, %v, want another secret", secret, err)
		}
		if n, err := a.Redeliver(ctx, added.ID, ""); err != nil || n != 0 {
			t.Errorf("Redeliver: got %d, %v, want 0", n, err)
		}
		for l, err := range a.Letters(ctx, added.ID) {
			t.Errorf("Letters: got %+v, %v, want none", l, err)
		}
		keys := l.Keys.(*ring)
		for _, how := range []pool.Rotation{{}, {Wait: time.Hour}, {AtOnce: true}} {
			if got, err := a.RotateKeys(ctx, how); err != nil || got != (RotatedKeys{"k-1", signsFrom}) || keys.how != how {
				t.Errorf("RotateKeys: got %+v by %+v, %v, want k-1 from %v by %+v", got, keys.how, err, signsFrom, how)
			}
		}
		if err := errors.Join(a.EnableWebhook(ctx, added.ID), a.RemoveWebhook(ctx, added.ID)); err != nil {
			t.Error(err)
		}
		if list, err := a.Webhooks(ctx); err != nil || list == nil || len(list) != 0 {
			t.Errorf("Webhooks at the end: got %+v, %v, want an empty list", list, err)
		}
	})
}

func TestAListHasWhatAllPagesHave(t *testing.T) {
	both(t, func(t *testing.T, a Administration, l Local, _ *broken) {
		const n = storage.MaxPage + 3
		for i := range n {
			letter := feed.DeadLetter{Shard: "s", Sequence: feed.SequenceOf(int64(i + 1)), EventID: fmt.Sprint("e", i), Reason: "unreadable"}
			if err := l.Dead.Put(t.Context(), letter); err != nil {
				t.Fatal(err)
			}
		}
		seen := map[string]bool{}
		for letter, err := range a.DeadChanges(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			seen[letter.EventID] = true
		}
		if len(seen) != n {
			t.Errorf("got %d changes, want %d", len(seen), n)
		}
		if got, err := a.SettleDeadChanges(t.Context(), "e1", "e2"); err != nil || got != 2 {
			t.Errorf("SettleDeadChanges: got %d, %v, want 2", got, err)
		}
		if got, err := a.SettleDeadChanges(t.Context()); err != nil || got != n-2 {
			t.Errorf("SettleDeadChanges of all: got %d, %v, want %d", got, err, n-2)
		}
	})
}

// TestErrorsKeepTheirKindOnTheWire compares what the caller of a server gets with what the server got.
func TestErrorsKeepTheirKindOnTheWire(t *testing.T) {
	both(t, func(t *testing.T, a Administration, _ Local, store *broken) {
		for name, id := range map[string]string{"nobody": "wh_nobody", "no id": ""} {
			if err := a.RemoveWebhook(t.Context(), id); !errors.Is(err, webhook.ErrNotFound) {
				t.Errorf("%s: got %v, want %v", name, err, webhook.ErrNotFound)
			}
		}
		var refused *webhook.RefusedError
		if _, err := a.RotateKeys(t.Context(), pool.Rotation{Wait: 48 * time.Hour}); !errors.As(err, &refused) || !strings.Contains(refused.Reason, "24h") {
			t.Errorf("a rotation in two days: got %v, want a refusal with the limit", err)
		}
		_, err := a.AddWebhook(t.Context(), NewWebhook{URL: "http://example.com/"})
		if !errors.As(err, &refused) || !strings.Contains(refused.Reason, "must be https") {
			t.Errorf("a receiver of no form: got %v, want a refusal with the reason", err)
		}
		for _, want := range []error{storage.ErrFull, storage.ErrBusy, storage.ErrUnknown} {
			store.err = fmt.Errorf("write: %w", want)
			if _, err := a.Webhooks(t.Context()); !errors.Is(err, want) {
				t.Errorf("a store that is %v: got %v", want, err)
			}
		}
		store.err = storage.ErrBusy
		if _, err := a.Webhooks(t.Context()); errors.Is(err, storage.ErrFull) {
			t.Errorf("a busy store: got %v, which says that it is full", err)
		}
	})
}

func TestWhatTheServerKeepsToItselfIsInItsLog(t *testing.T) {
	l, store := newLocal(t)
	log := &bytes.Buffer{}
	a := remoteOf(t, l, log)
	store.err = errors.New("page 7 of ana's is unreadable")
	if _, err := a.Webhooks(t.Context()); !errors.Is(err, errFailed) || strings.Contains(err.Error(), "ana") {
		t.Errorf("got %v, want %v", err, errFailed)
	}
	if !strings.Contains(log.String(), "page 7") || !strings.Contains(log.String(), listWebhooks.name) {
		t.Errorf("log: got %q, want the operation and the failure", log)
	}
	log.Reset()
	if err := a.RemoveWebhook(t.Context(), "wh_nobody"); err == nil || log.Len() > 0 {
		t.Errorf("a mistake of the caller's: got %v and log %q, want an error and no line", err, log)
	}
}

func TestAServerOfAnotherReleaseIsCalledThat(t *testing.T) {
	l, _ := newLocal(t)
	l.Keys = nil // so that it doesn't know the operation
	a := remoteOf(t, l, io.Discard)
	if _, err := a.RotateKeys(t.Context(), pool.Rotation{}); !errors.Is(err, ErrOtherRelease) {
		t.Errorf("an operation that it doesn't know: got %v, want %v", err, ErrOtherRelease)
	}
	later := operation[map[string]string, nothing]{name: removeWebhook.name}
	_, err := later.ask(t.Context(), a, map[string]string{"id": "wh_1", "why": "moved"})
	var refused *webhook.RefusedError
	if !errors.As(err, &refused) || !strings.Contains(refused.Reason, "another release") {
		t.Errorf("an input that it doesn't know: got %v, want a refusal that says so", err)
	}
	if _, err := l.RotateKeys(context.Background(), pool.Rotation{}); !errors.Is(err, errNoKeys) {
		t.Errorf("no keys: got %v, want %v", err, errNoKeys)
	}
}
