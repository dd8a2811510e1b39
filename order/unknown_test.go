package order

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"comanda/storage"
)

// cut lets the next commit end with an unknown outcome: apply says whether it
// is applied, and then happens what another writer does before we read.
func (k kitchen) cut(apply bool, then func()) {
	k.store.OnCommit = func(ctx context.Context, c storage.Commit) error {
		k.store.OnCommit = nil
		if apply {
			if err := k.store.Store.Commit(ctx, c); err != nil {
				k.t.Fatalf("commit: %v", err)
			}
		}
		then()
		return fmt.Errorf("cut off: %w", storage.ErrUnknown)
	}
}

var errRead = errors.New("read failed")

func TestAnUnknownOutcomeOfAPlacementIsResolvedByReading(t *testing.T) {
	nothing := func(kitchen) {}
	other := Place("ana", "o-1", lunch(), AcceptTotal, noon.Add(-time.Minute))
	for _, tc := range []struct {
		name     string
		apply    bool
		then     func(k kitchen)
		replayed bool
		want     error
	}{
		{"applied", true, nothing, false, nil},
		{"not applied", false, nothing, false, storage.ErrUnknown},
		{"applied, then acknowledged by staff", true, func(k kitchen) {
			k.overwrite(must(t)(k.stored("o-1").Advance(Step{Status: Acknowledged}, staff, noon)))
		}, true, nil},
		{"applied, then edited", true, func(k kitchen) {
			k.overwrite(must(t)(k.stored("o-1").Edit(dinner(), AcceptTotal, noon)))
		}, true, nil},
		{"not applied, and an equal placement was faster", false, func(k kitchen) { k.overwrite(other) }, true, nil},
		{"not applied, and another placement was faster", false, func(k kitchen) {
			k.overwrite(Place("ana", "o-1", dinner(), AcceptTotal, noon))
		}, false, ErrReused},
		{"not applied, and another placement was faster and edited to ours", false, func(k kitchen) {
			k.overwrite(must(t)(Place("ana", "o-1", dinner(), AcceptTotal, noon).Edit(lunch(), AcceptTotal, noon)))
		}, false, ErrReused},
		{"applied, but the read fails", true, func(k kitchen) {
			k.store.OnGet = func(context.Context, storage.Key) (storage.Record, error) { return storage.Record{}, errRead }
		}, false, storage.ErrUnknown},
	} {
		t.Run(tc.name, func(t *testing.T) {
			k := newKitchen(t)
			k.cut(tc.apply, func() { tc.then(k) })
			o, replayed, err := k.Place(background, "ana", Placement{OrderID: "o-1", Content: lunch()}, route, "")
			if replayed != tc.replayed || !errors.Is(err, tc.want) || (err == nil) != (tc.want == nil) {
				t.Fatalf("place: got replayed %v, %v, want %v, %v", replayed, err, tc.replayed, tc.want)
			}
			if err == nil {
				wantSame(t, "order", k.stored("o-1"), o)
			}
		})
	}
}

func TestAnUnknownOutcomeOfAChangeIsResolvedOnlyByOurOwnCommit(t *testing.T) {
	for _, tc := range []struct {
		name  string
		apply bool
		then  func(k kitchen)
		want  error
	}{
		{"applied", true, func(kitchen) {}, nil},
		{"not applied", false, func(kitchen) {}, storage.ErrUnknown},
		{"applied, then changed by somebody else", true, func(k kitchen) {
			k.overwrite(must(t)(k.stored("o-1").Advance(Step{Status: Acknowledged}, staff, noon)))
		}, storage.ErrUnknown},
		{"not applied, and changed by somebody else", false, func(k kitchen) {
			k.overwrite(must(t)(k.stored("o-1").Advance(Step{Status: Acknowledged}, staff, noon)))
		}, storage.ErrUnknown},
		{"not applied, and removed", false, func(k kitchen) {
			k.store.OnGet = func(context.Context, storage.Key) (storage.Record, error) {
				return storage.Record{}, storage.ErrNotFound
			}
		}, storage.ErrUnknown},
		{"applied, but the read fails", true, func(k kitchen) {
			k.store.OnGet = func(context.Context, storage.Key) (storage.Record, error) { return storage.Record{}, errRead }
		}, storage.ErrUnknown},
	} {
		t.Run(tc.name, func(t *testing.T) {
			k := newKitchen(t)
			k.place("o-1", lunch())
			k.cut(tc.apply, func() { tc.then(k) })
			o, err := k.Edit(background, "ana", "o-1", dinner(), nil)
			if !errors.Is(err, tc.want) || (err == nil) != (tc.want == nil) {
				t.Fatalf("edit: got %v, want %v", err, tc.want)
			}
			if err == nil {
				wantSame(t, "order", k.stored("o-1"), o)
				return
			}
			k.store.OnGet = nil
			if wanted := dinner(); k.stored("o-1").Status == Placed {
				o = must(t)(k.Edit(background, "ana", "o-1", wanted, nil))
				if o.Version != 2 || !o.Same(wanted) {
					t.Errorf("edit again: got version %d of %+v, want one change in all", o.Version, o.Content)
				}
			}
		})
	}
}

func TestAFailedReadAfterAnUnknownOutcomeIsNamedToo(t *testing.T) {
	k := newKitchen(t)
	k.cut(true, func() {
		k.store.OnGet = func(context.Context, storage.Key) (storage.Record, error) { return storage.Record{}, errRead }
	})
	_, _, err := k.Place(background, "ana", Placement{OrderID: "o-1", Content: lunch()}, route, "")
	if !errors.Is(err, storage.ErrUnknown) || !errors.Is(err, errRead) {
		t.Errorf("place: got %v, want both %v and %v", err, storage.ErrUnknown, errRead)
	}
}

func TestAPlacementOfUnknownOutcomeCanBeRepeated(t *testing.T) {
	for _, applied := range []bool{true, false} {
		k := newKitchen(t)
		k.cut(applied, func() {
			k.store.OnGet = func(context.Context, storage.Key) (storage.Record, error) { return storage.Record{}, errRead }
		})
		p := Placement{OrderID: "o-1", Content: lunch()}
		if _, _, err := k.Place(background, "ana", p, route, ""); !errors.Is(err, storage.ErrUnknown) {
			t.Fatalf("applied %v: got %v, want %v", applied, err, storage.ErrUnknown)
		}
		k.store.OnGet = nil
		k.clock.Move(time.Minute)
		if _, replayed, err := k.Place(background, "ana", p, route, ""); err != nil || replayed != applied {
			t.Errorf("applied %v: got replayed %v, %v the second time, want %v", applied, replayed, err, applied)
		}
	}
}
