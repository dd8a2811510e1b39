package order

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"comanda/storage"
)

// attempts is how often a change is decided before it gives up.
const attempts = 8

// outrun lets another writer be faster n times: before each of the first n
// commits the order is edited past the service. It returns a count of commits.
func (k kitchen) outrun(id string, n int) *int {
	commits := 0
	k.store.OnCommit = func(ctx context.Context, c storage.Commit) error {
		if commits++; commits <= n {
			other := lunch()
			other.Note = fmt.Sprintf("change %d", commits)
			k.overwrite(must(k.t)(k.stored(id).Edit(other, AcceptTotal, k.clock.Now())))
		}
		return k.store.Store.Commit(ctx, c)
	}
	return &commits
}

func TestAChangeIsDecidedAgainWhenAnotherWriterIsFaster(t *testing.T) {
	k := newKitchen(t)
	k.place("o-1", lunch())
	commits := k.outrun("o-1", attempts-1)
	o := must(t)(k.Edit(background, "ana", "o-1", dinner(), nil))
	if *commits != attempts || o.Version != attempts+1 {
		t.Errorf("edit: got version %d after %d commits, want %d after %d", o.Version, *commits, attempts+1, attempts)
	}
	wantSame(t, "stored order", o, k.stored("o-1"))
	wantSame(t, "content", dinner(), o.Content)
}

func TestAChangeGivesUpWhenOthersAreFasterEachTime(t *testing.T) {
	k := newKitchen(t)
	k.place("o-1", lunch())
	commits := k.outrun("o-1", attempts)
	if _, err := k.Cancel(background, "ana", "o-1", nil); !errors.Is(err, storage.ErrContended) {
		t.Errorf("cancel: got %v, want %v", err, storage.ErrContended)
	}
	if o := k.stored("o-1"); *commits != attempts || o.Status != Placed || o.Version != attempts+1 {
		t.Errorf("stored order: got %s, version %d, after %d commits, want PLACED, the others' %d changes and %d", o.Status, o.Version, *commits, attempts, attempts)
	}
}

func TestAVersionInsistedOnIsCheckedAgainAfterALostRace(t *testing.T) {
	k := newKitchen(t)
	k.place("o-1", lunch())
	commits := k.outrun("o-1", 1)
	if _, err := k.Cancel(background, "ana", "o-1", []int{1}); err != ErrPrecondition || *commits != 1 {
		t.Errorf("cancel: got %v after %d commits, want %v after 1", err, *commits, ErrPrecondition)
	}
}

func TestTheLoserOfARaceIsHeldToTheWinnersOrder(t *testing.T) {
	acknowledge := func(o Order) (Order, error) { return o.Advance(Step{Status: Acknowledged}, staff, noon) }
	cancel := func(o Order) (Order, error) { return o.Cancel(noon) }
	for _, tc := range []struct {
		name   string
		winner func(Order) (Order, error)
		loser  func(k kitchen) (Order, error)
		want   Status
		err    string
	}{
		{"a cancellation after an acknowledgement", acknowledge,
			func(k kitchen) (Order, error) { return k.Cancel(background, "ana", "o-1", nil) }, Acknowledged,
			"the order is ACKNOWLEDGED and can't be canceled: that is possible only while it is PLACED"},
		{"an edit after a cancellation", cancel,
			func(k kitchen) (Order, error) { return k.Edit(background, "ana", "o-1", dinner(), nil) }, Canceled,
			"the order is CANCELED and can't be edited: that is possible only while it is PLACED"},
		{"an acknowledgement after a cancellation", cancel, func(k kitchen) (Order, error) {
			return k.Advance(background, "kit-7", "ana", "o-1", Step{Status: Acknowledged}, nil, anyRestaurant)
		}, Canceled, "the order is CANCELED and can't be set to ACKNOWLEDGED: no step is open"},
		{"a cancellation after a cancellation", cancel,
			func(k kitchen) (Order, error) { return k.Cancel(background, "ana", "o-1", nil) }, Canceled, "<nil>"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			k := newKitchen(t)
			k.place("o-1", lunch())
			k.store.OnCommit = func(ctx context.Context, c storage.Commit) error {
				k.overwrite(must(t)(tc.winner(k.stored("o-1"))))
				return k.store.Store.Commit(ctx, c)
			}
			if _, err := tc.loser(k); fmt.Sprint(err) != tc.err {
				t.Errorf("error: got %v, want %s", err, tc.err)
			}
			if o := k.stored("o-1"); o.Status != tc.want || o.Version != 2 {
				t.Errorf("stored order: got %s, version %d, want %s, version 2", o.Status, o.Version, tc.want)
			}
		})
	}
}

func TestTwoEqualPlacementsAtOnceAreOneOrder(t *testing.T) {
	k := newKitchen(t)
	winner := Place("ana", "o-1", lunch(), AcceptTotal, noon.Add(-time.Second))
	k.store.OnCommit = func(ctx context.Context, c storage.Commit) error {
		k.overwrite(winner)
		return k.store.Store.Commit(ctx, c)
	}
	o, replayed, err := k.Place(background, "ana", Placement{OrderID: "o-1", Content: lunch()}, route, "")
	if err != nil || !replayed {
		t.Fatalf("place: got replayed %v, %v, want a repetition", replayed, err)
	}
	wantSame(t, "order", winner, o)
}

func TestAnOrderThatIsRemovedMeanwhileIsNotFound(t *testing.T) {
	k := newKitchen(t)
	k.place("o-1", lunch())
	k.store.OnCommit = func(ctx context.Context, c storage.Commit) error {
		removal := storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: c.Writes[0].Old}}}
		if err := k.store.Store.Commit(ctx, removal); err != nil {
			t.Fatalf("remove: %v", err)
		}
		return k.store.Store.Commit(ctx, c)
	}
	if _, err := k.Cancel(background, "ana", "o-1", nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("cancel: got %v, want %v", err, ErrNotFound)
	}
}

func TestErrorsOfTheStoreReachTheCaller(t *testing.T) {
	down := errors.New("disk is gone")
	for _, want := range []error{storage.ErrBusy, context.DeadlineExceeded, down, &storage.LimitError{What: "document in bytes", Got: 2, Limit: 1}} {
		k := newKitchen(t)
		k.place("o-1", lunch())
		k.store.OnCommit = func(context.Context, storage.Commit) error { return want }
		_, _, place := k.Place(background, "ana", Placement{OrderID: "o-2", Content: lunch()}, route, "")
		_, edit := k.Edit(background, "ana", "o-1", dinner(), nil)
		k.store.OnGet = func(context.Context, storage.Key) (storage.Record, error) { return storage.Record{}, want }
		_, get := k.Get(background, "ana", "o-1")
		_, cancel := k.Cancel(background, "ana", "o-1", nil)
		k.store.OnQuery = func(context.Context, storage.Query) (storage.Page, error) { return storage.Page{}, want }
		_, list := k.List(background, "ana", Filter{Limit: 1})
		for name, err := range map[string]error{"place": place, "edit": edit, "get": get, "cancel": cancel, "list": list} {
			if !errors.Is(err, want) {
				t.Errorf("%s: got %v, want %v", name, err, want)
			}
		}
	}
}

func TestARecordThatCantBeReadIsAnErrorButInLists(t *testing.T) {
	k := newKitchen(t)
	k.place("o-1", lunch())
	r, err := k.store.Store.Get(background, keyOf("ana", "o-1"))
	if err != nil {
		t.Fatalf("get record: %v", err)
	}
	broken := r
	broken.Doc = []byte(`{"format":9,"orderTime":"2026-03-14T12:00:00Z"}`)
	if err := k.store.Store.Commit(background, storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: &r, New: &broken}}}); err != nil {
		t.Fatalf("break record: %v", err)
	}
	_, get := k.Get(background, "ana", "o-1")
	_, cancel := k.Cancel(background, "ana", "o-1", nil)
	_, _, place := k.Place(background, "ana", Placement{OrderID: "o-1", Content: lunch()}, route, "")
	for name, err := range map[string]error{"get": get, "cancel": cancel, "place": place} {
		if unreadable, ok := errors.AsType[*UnreadableError](err); !ok || unreadable.OrderID != "o-1" {
			t.Errorf("%s: got %v, want an error that names the order", name, err)
		}
	}
}
