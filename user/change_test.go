package user

import (
	"context"
	"errors"
	"testing"
	"time"

	"comanda/storage"
)

func TestPutCreatesReplacesAndBringsBackWithGrowingVersions(t *testing.T) {
	r := newRegistry(t)
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	wantSame(t, "created", Profile{ID: "u-1", Content: ana, CreatedAt: noon, UpdatedAt: noon, Version: 1}, r.put("u-1", ana))
	r.clock.Move(time.Minute)
	wantSame(t, "replaced", Profile{ID: "u-1", Content: bea, CreatedAt: noon, UpdatedAt: at(1), Version: 2}, r.put("u-1", bea))
	r.clock.Move(time.Minute)
	wantSame(t, "put again", Profile{ID: "u-1", Content: bea, CreatedAt: noon, UpdatedAt: at(1), Version: 2}, r.put("u-1", bea))
	r.remove("u-1")
	r.clock.Move(time.Minute)
	wantSame(t, "brought back", Profile{ID: "u-1", Content: bea, CreatedAt: at(3), UpdatedAt: at(3), Version: 4}, r.put("u-1", bea))
	r.wantContent("u-1", bea, 4)
}

func TestPatchChangesOnlyAProfileThatIsThere(t *testing.T) {
	r := newRegistry(t)
	name, none := "Ana Maria", ""
	_, err := r.Patch(background, "u-1", Patch{Name: &name}, nil)
	wantError(t, "before it exists", err, ErrNotFound)
	r.put("u-1", ana)
	if _, err := r.Patch(background, "u-1", Patch{Name: &name, Email: &none}, nil); err != nil {
		t.Fatal(err)
	}
	r.wantContent("u-1", Content{Name: name, Username: ana.Username, Address: ana.Address}, 2)
	if _, err := r.Patch(background, "u-1", Patch{}, nil); err != nil {
		t.Fatal(err)
	}
	r.wantContent("u-1", Content{Name: name, Username: ana.Username, Address: ana.Address}, 2)
	r.remove("u-1")
	_, err = r.Patch(background, "u-1", Patch{Name: &name}, nil)
	wantError(t, "after it was deleted", err, ErrNotFound)
}

func TestDeletingLeavesNothingPersonalAndCanBeRepeated(t *testing.T) {
	r := newRegistry(t)
	wantError(t, "before it exists", r.Delete(background, "u-1", nil), ErrNotFound)
	r.create("u-1", ana, "k-1")
	r.put("u-1", Content{Name: "Someone Else", Username: "other", Email: "other@example.com", Address: "2 Hill Road"})
	r.clock.Move(time.Minute)
	r.remove("u-1")
	tombstone := r.stored("u-1")
	r.clock.Move(time.Minute)
	r.remove("u-1")
	if again := r.stored("u-1"); again != tombstone {
		t.Errorf("deleted twice: got %s, want %s", again, tombstone)
	}
	_, err := r.Get(background, "u-1")
	wantError(t, "get", err, ErrNotFound)
	r.wantNowhere("Ana", "ana", "Quay", "Someone", "other", "Hill")
	if left := r.scan(Claims.Name); len(left) != 0 {
		t.Errorf("claims: got %d, want none", len(left))
	}
}

func TestAVersionThatIsNotTheCallersRefusesAChange(t *testing.T) {
	name := "Ana Maria"
	do := map[string]func(r registry, match []int) error{
		"put": func(r registry, match []int) error { _, err := r.Put(background, "u-1", bea, match); return err },
		"patch": func(r registry, match []int) error {
			_, err := r.Patch(background, "u-1", Patch{Name: &name}, match)
			return err
		},
		"delete": func(r registry, match []int) error { return r.Delete(background, "u-1", match) },
	}
	absent := map[string]error{"put": ErrPrecondition, "patch": ErrNotFound, "delete": ErrNotFound}
	for what, call := range do {
		t.Run(what, func(t *testing.T) {
			r := newRegistry(t)
			wantError(t, "no profile", call(r, []int{0, 1}), absent[what])
			r.put("u-1", bea)
			r.put("u-1", ana)
			for _, match := range [][]int{{}, {1}, {3}, {0, 1, 3, 4}} {
				wantError(t, "another version", call(r, match), ErrPrecondition)
			}
			r.wantContent("u-1", ana, 2)
			wantError(t, "one of two versions", call(r, []int{7, 2}), nil)
		})
	}
}

func TestADeletedProfileHasNoVersionToMatch(t *testing.T) {
	r := newRegistry(t)
	r.put("u-1", ana)
	r.remove("u-1")
	tombstone := r.stored("u-1")
	for _, match := range [][]int{{0}, {1}, {2}} {
		_, err := r.Put(background, "u-1", ana, match)
		wantError(t, "put", err, ErrPrecondition)
	}
	if after := r.stored("u-1"); after != tombstone {
		t.Errorf("got %s, want %s", after, tombstone)
	}
}

func TestIDsThatNobodyCanHaveAreNotFound(t *testing.T) {
	r := newRegistry(t)
	for _, id := range []string{"", "a/b", "é"} {
		_, err := r.Get(background, id)
		wantError(t, "get", err, ErrNotFound)
		_, err = r.Patch(background, id, Patch{}, nil)
		wantError(t, "patch", err, ErrNotFound)
		wantError(t, "delete", r.Delete(background, id, nil), ErrNotFound)
	}
}

func TestListsShowEveryLiveProfileOnce(t *testing.T) {
	r := newRegistry(t)
	want := map[string]bool{}
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		r.put(id, Content{Name: id})
		want[id] = true
	}
	r.remove("b")
	r.remove("g")
	delete(want, "b")
	delete(want, "g")
	got := map[string]bool{}
	for after := storage.Cursor(""); ; {
		page, err := r.List(background, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Users {
			if got[p.ID] || !want[p.ID] || p.Name != p.ID {
				t.Errorf("got %s (%s) once too often, or at all", p.ID, p.Name)
			}
			got[p.ID] = true
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	_, err := r.List(background, "nonsense", 2)
	wantError(t, "a cursor of somebody else", err, storage.ErrCursor)
}

func TestAChangeIsDecidedAgainEightTimesAtMost(t *testing.T) {
	r := newRegistry(t)
	r.put("u-1", ana)
	commits := 0
	r.store.OnCommit = func(_ context.Context, c storage.Commit) error {
		commits++
		current, err := r.store.Store.Get(background, c.Writes[0].Key())
		if err != nil {
			return err
		}
		return &storage.Conflict{Key: current.Key, Current: &current}
	}
	_, err := r.Put(background, "u-1", bea, nil)
	wantError(t, "put", err, storage.ErrContended)
	if commits != storage.Attempts {
		t.Errorf("got %d commits, want %d", commits, storage.Attempts)
	}
	r.store.OnCommit = func(_ context.Context, c storage.Commit) error {
		return &storage.Conflict{Key: c.Writes[0].Key()}
	}
	_, _, err = r.Create(background, "admin", Creation{ID: "u-2", Content: bea}, "")
	if !errors.Is(err, storage.ErrContended) {
		t.Errorf("create: got %v, want %v", err, storage.ErrContended)
	}
	r.store.OnCommit = nil
}
