package user

import (
	"context"
	"errors"
	"testing"
	"time"

	"comanda/storage"

	"github.com/google/uuid"
)

func TestANewProfileHasAnIDTimesAndAVersion(t *testing.T) {
	r := newRegistry(t)
	named, made, keyed := r.create("u-1", ana, ""), r.create("", bea, ""), r.create("", bea, "k-1")
	wantSame(t, "named", Profile{ID: "u-1", Content: ana, CreatedAt: noon, UpdatedAt: noon, Version: 1}, named)
	if id, err := uuid.Parse(made.ID); err != nil || id.Version() != 7 {
		t.Errorf("id made: got %q, want a UUID of version 7", made.ID)
	}
	if want := uuid.NewSHA1(keySpace, []byte(digest("admin", "k-1"))).String(); keyed.ID != want {
		t.Errorf("id from the key: got %s, want %s", keyed.ID, want)
	}
	for _, p := range []Profile{named, made, keyed} {
		got, err := r.Get(background, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, "stored", p, got)
	}
}

func TestCreatingAgainUnderAKeyAnswersAsTheFirstTime(t *testing.T) {
	for _, id := range []string{"", "u-1"} {
		for what, change := range map[string]func(r registry, id string){
			"not at all":                     func(registry, string) {},
			"by PUT":                         func(r registry, id string) { r.put(id, bea) },
			"twice":                          func(r registry, id string) { r.put(id, bea); r.put(id, Content{Name: "Ana", Email: ana.Email}) },
			"and back":                       func(r registry, id string) { r.put(id, bea); r.put(id, ana) },
			"so that another has its claims": func(r registry, id string) { r.put(id, bea); r.create("u-2", ana, "") },
		} {
			t.Run("id "+id+" changed "+what, func(t *testing.T) {
				r := newRegistry(t)
				first := r.create(id, ana, "k-1")
				r.clock.Move(time.Hour)
				change(r, first.ID)
				again, replayed, err := r.Create(background, "admin", Creation{ID: id, Content: ana}, "k-1")
				if err != nil || !replayed {
					t.Fatalf("got replayed %v, %v, want a repetition", replayed, err)
				}
				wantSameAnswer(t, first, again)
			})
		}
	}
}

func wantSameAnswer(t *testing.T, want, got Profile) {
	t.Helper()
	a, err := want.Render()
	b, other := got.Render()
	if err != nil || other != nil || string(a) != string(b) {
		t.Errorf("answer: got %s, %v, want %s, %v", b, other, a, err)
	}
}

func TestCreatingUnderAKeyIsRefusedUnlessItIsARepetition(t *testing.T) {
	for _, tc := range []struct {
		name, by, id, key string
		content           Content
		before            func(r registry)
		want              error
	}{
		{"other content under the key", "admin", "u-1", "k-1", bea, nil, ErrReused},
		{"less content under the key", "admin", "u-1", "k-1", Content{Name: ana.Name}, nil, ErrReused},
		{"the content as it is now under the key", "admin", "u-1", "k-1", bea, func(r registry) { r.put("u-1", bea) }, ErrReused},
		{"another key", "admin", "u-1", "k-2", ana, nil, ErrExists},
		{"another administrator's equal key", "root", "u-1", "k-1", ana, nil, ErrExists},
		{"no key", "admin", "u-1", "", ana, nil, ErrExists},
		{"no key and other content", "admin", "u-1", "", bea, nil, ErrExists},
		{"a deleted profile without a key", "admin", "u-1", "", ana, func(r registry) { r.remove("u-1") }, ErrExists},
		{"a deleted profile under its key", "admin", "u-1", "k-1", ana, func(r registry) { r.remove("u-1") }, ErrExists},
		{"a deleted profile under its key with other content", "admin", "u-1", "k-1", bea, func(r registry) { r.remove("u-1") }, ErrExists},
		{"a profile that came back under its first key", "admin", "u-1", "k-1", ana, func(r registry) { r.remove("u-1"); r.put("u-1", ana) }, ErrExists},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRegistry(t)
			r.create("u-1", ana, "k-1")
			if tc.before != nil {
				tc.before(r)
			}
			before := r.stored("u-1")
			_, replayed, err := r.Create(background, tc.by, Creation{ID: tc.id, Content: tc.content}, tc.key)
			wantError(t, "create", err, tc.want)
			if after := r.stored("u-1"); after != before || replayed {
				t.Errorf("got replayed %v and %s, want %s as before", replayed, after, before)
			}
		})
	}
}

func TestADeletedProfileIsNotMadeAgainByALateRepetition(t *testing.T) {
	r := newRegistry(t)
	p := r.create("", ana, "k-1")
	r.remove(p.ID)
	if _, _, err := r.Create(background, "admin", Creation{Content: ana}, "k-1"); !errors.Is(err, ErrExists) {
		t.Errorf("create: got %v, want %v", err, ErrExists)
	}
	r.wantNowhere("Ana", "ana@example.com", "Quay", `"created"`)
}

func TestATakenEMailOrUsernameIsNamedAndNothingIsStored(t *testing.T) {
	for _, tc := range []struct {
		name, field string
		content     Content
	}{
		{"the e-mail", "email", Content{Name: "B", Email: "ana@example.com"}},
		{"the e-mail in capitals", "email", Content{Name: "B", Email: "ANA@EXAMPLE.COM"}},
		{"the e-mail beside a free username", "email", Content{Name: "B", Email: "Ana@example.com", Username: "b"}},
		{"the username", "username", Content{Name: "B", Username: "ANA"}},
		{"the username beside a free e-mail", "username", Content{Name: "B", Username: "ana", Email: "b@example.com"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRegistry(t)
			r.create("u-1", ana, "")
			r.create("u-2", bea, "")
			_, _, err := r.Create(background, "admin", Creation{ID: "u-3", Content: tc.content}, "k")
			wantTaken(t, "create", err, tc.field)
			_, err = r.Put(background, "u-3", tc.content, nil)
			wantTaken(t, "put", err, tc.field)
			_, err = r.Put(background, "u-2", tc.content, nil)
			wantTaken(t, "replace", err, tc.field)
			_, err = r.Patch(background, "u-2", Patch{Email: &tc.content.Email, Username: &tc.content.Username}, nil)
			wantTaken(t, "patch", err, tc.field)
			if _, err := r.store.Get(background, keyOf("u-3")); !errors.Is(err, storage.ErrNotFound) {
				t.Errorf("u-3: got %v, want nothing stored", err)
			}
			r.wantContent("u-2", bea, 1)
		})
	}
}

func TestAStoreThatFailsIsNotHidden(t *testing.T) {
	failed := errors.New("disk is gone")
	do := map[string]func(r registry) error{
		"create": func(r registry) error {
			_, _, err := r.Create(background, "admin", Creation{ID: "u-9", Content: bea}, "")
			return err
		},
		"put": func(r registry) error { _, err := r.Put(background, "u-1", bea, nil); return err },
		"patch": func(r registry) error {
			_, err := r.Patch(background, "u-1", Patch{Email: new(string)}, nil)
			return err
		},
		"delete": func(r registry) error { return r.Delete(background, "u-1", nil) },
		"get":    func(r registry) error { _, err := r.Get(background, "u-1"); return err },
	}
	for name, call := range do {
		t.Run(name, func(t *testing.T) {
			r := newRegistry(t)
			r.create("u-1", ana, "")
			r.store.OnGet = func(context.Context, storage.Key) (storage.Record, error) { return storage.Record{}, failed }
			wantError(t, "reading fails", call(r), failed)
			r.store.OnGet = nil
			if name == "get" {
				return
			}
			r.store.OnCommit = func(context.Context, storage.Commit) error { return storage.ErrBusy }
			wantError(t, "writing fails", call(r), storage.ErrBusy)
			r.store.OnCommit = nil
			r.wantContent("u-1", ana, 1)
		})
	}
}
