package order

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"comanda/storage"
	"comanda/storagetest"

	"github.com/anishathalye/porcupine"
)

func wantLinearizable(t *testing.T, history []porcupine.Operation) {
	t.Helper()
	for _, ops := range sequential.Partition(history) {
		if porcupine.CheckOperations(sequential, ops) {
			continue
		}
		var b strings.Builder
		for _, op := range ops {
			fmt.Fprintf(&b, "\n%d-%d: %s", op.Call, op.Return, sequential.DescribeOperation(op.Input, op.Output))
		}
		t.Fatalf("no order of these operations, one after another, explains the answers:%s", b.String())
	}
}

func TestConcurrentOperationsHappenAsIfOneAfterAnother(t *testing.T) {
	store := newStore(t)
	var clients []*client
	for i := range 5 {
		clients = append(clients, newClient(store, uint64(i)))
	}
	history := together(clients, 25, 6)
	wantLinearizable(t, history)
	wantVariety(t, history, "unknown")
}

// The store is cut off in a quarter of the commits: before the write, after it,
// or with the write arriving only later; and then the reading that would settle
// it fails sometimes as well.
func TestConcurrentOperationsAreConsistentWhenOutcomesAreCutOff(t *testing.T) {
	store := newStore(t)
	delayed := &late{store: store}
	var clients []*client
	for i := range 4 {
		c := newClient(store, uint64(100+i))
		c.cutOff(delayed)
		clients = append(clients, c)
	}
	history := together(clients, 25, 5)
	wantLinearizable(t, history)
	wantVariety(t, history, "")
}

// wantVariety makes sure that a history is worth checking: that every outcome
// occurs in it, but for the one named.
func wantVariety(t *testing.T, history []porcupine.Operation, but string) {
	t.Helper()
	seen := map[string]int{}
	for _, op := range history {
		in, out := op.Input.(ask), op.Output.(told)
		seen[in.do]++
		switch {
		case out.unknown:
			seen["unknown"]++
		case out.replayed:
			seen["replayed"]++
		case out.err != "":
			seen["refused"]++
		case in.do == "edit":
			seen["edited"]++
		}
	}
	for _, kind := range []string{"place", "edit", "cancel", "get", "advance", "edited", "refused", "replayed", "unknown"} {
		if seen[kind] == 0 && kind != but {
			t.Errorf("history: got no %s among %v, want some", kind, seen)
		}
	}
}

// late holds commits back that arrive after their answer.
type late struct {
	store storage.Store
	mu    sync.Mutex
	held  []storage.Commit
}

func (l *late) hold(c storage.Commit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = append(l.held, c)
}

// arrive applies the commits held back, as far as they still can be.
func (l *late) arrive(ctx context.Context) error {
	l.mu.Lock()
	held := l.held
	l.held = nil
	l.mu.Unlock()
	for _, c := range held {
		var conflict *storage.Conflict
		if err := l.store.Commit(ctx, c); err != nil && !errors.As(err, &conflict) {
			return err
		}
	}
	return nil
}

// cutOff lets a client's commits end unknown now and then.
func (c *client) cutOff(delayed *late) {
	c.store.OnCommit = func(ctx context.Context, commit storage.Commit) error {
		if c.dice.IntN(3) == 0 {
			if err := delayed.arrive(ctx); err != nil {
				return err
			}
		}
		network := storagetest.Cut{Store: c.store.Store}
		switch c.dice.IntN(12) {
		case 0:
			network.Next = func() storagetest.Loss { return storagetest.Request }
		case 1:
			network.Next = func() storagetest.Loss { return storagetest.Answer }
		case 2: // the write arrives later
			delayed.hold(commit)
			network.Next = func() storagetest.Loss { return storagetest.Request }
		default:
			return c.store.Store.Commit(ctx, commit)
		}
		c.wasCut = true
		if c.dice.IntN(3) == 0 {
			c.failNextRead()
		}
		return network.Commit(ctx, commit)
	}
}

func (c *client) failNextRead() {
	c.store.OnGet = func(context.Context, storage.Key) (storage.Record, error) {
		c.store.OnGet = nil
		return storage.Record{}, errRead
	}
}

func TestTheCheckerFindsWhatIsNotLinearizable(t *testing.T) {
	placed := Place("ana", "o-1", lunch(), AcceptTotal, noon)
	edited := must(t)(placed.Edit(dinner(), AcceptTotal, noon))
	canceled := must(t)(placed.Cancel(noon))
	place := porcupine.Operation{Input: ask{order: "o-1", do: "place", with: lunch(), at: noon}, Call: 1, Output: told{doc: encoded(placed)}, Return: 2}
	edit := porcupine.Operation{Input: ask{order: "o-1", do: "edit", with: dinner(), at: noon}, Call: 3, Output: told{doc: encoded(edited)}, Return: 6}
	cancel := porcupine.Operation{Input: ask{order: "o-1", do: "cancel", at: noon}, Call: 4, Output: told{doc: encoded(canceled)}, Return: 5}
	get := func(o Order) porcupine.Operation {
		return porcupine.Operation{Input: ask{order: "o-1", do: "get"}, Call: 7, Output: told{doc: encoded(o)}, Return: 8}
	}
	for _, tc := range []struct {
		name    string
		history []porcupine.Operation
		want    bool
	}{
		{"one change", []porcupine.Operation{place, edit, get(edited)}, true},
		{"a stale reading", []porcupine.Operation{place, edit, get(placed)}, false},
		{"a lost update", []porcupine.Operation{place, edit, cancel, get(edited)}, false},
		{"two placements of one order", []porcupine.Operation{place, place}, false},
	} {
		if got := porcupine.CheckOperations(sequential, tc.history); got != tc.want {
			t.Errorf("%s: got linearizable %v, want %v", tc.name, got, tc.want)
		}
	}
}
