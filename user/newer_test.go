package user

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"comanda/storage"
)

// rewrite changes the document of a record, as a release with format 2 would.
func (r registry) rewrite(k storage.Key, from, to string) storage.Record {
	r.t.Helper()
	old, err := r.store.Get(background, k)
	if err != nil {
		r.t.Fatal(err)
	}
	newer := storage.Record{Key: k, Doc: bytes.Replace(old.Doc, []byte(from), []byte(to), 1)}
	if err := storage.Apply(background, r.store, storage.Commit{Writes: []storage.Write{{Old: &old, New: &newer}}}); err != nil {
		r.t.Fatal(err)
	}
	return newer
}

func TestAProfileAndAClaimOfALaterReleaseAreRefusedAndLeftAsTheyAre(t *testing.T) {
	const ours, theirs = `"format":1`, `"format":2`
	r := newRegistry(t)
	reported := 0
	r.ReportUnreadable(func(context.Context, *UnreadableError) { reported++ })
	r.put("u-1", ana)
	r.put("u-2", bea)
	r.put("u-3", Content{Name: "Cy", Email: "cy@example.com"})
	profile, claimed := r.rewrite(keyOf("u-1"), ours, theirs), r.rewrite(newClaim("email", "cy@example.com").key, ours, theirs)
	for what, do := range map[string]func() error{
		"get": func() error { _, err := r.Get(background, "u-1"); return err },
		"create": func() error {
			_, _, err := r.Create(background, "admin", Creation{ID: "u-1", Content: bea}, "k")
			return err
		},
		"put":    func() error { _, err := r.Put(background, "u-1", bea, nil); return err },
		"patch":  func() error { _, err := r.Patch(background, "u-1", Patch{Name: &bea.Name}, nil); return err },
		"delete": func() error { return r.Delete(background, "u-1", nil) },
		"take a claim": func() error {
			_, err := r.Put(background, "u-2", Content{Name: "Bea", Email: "cy@example.com"}, nil)
			return err
		},
		"release a claim": func() error { _, err := r.Put(background, "u-3", Content{Name: "Cy"}, nil); return err },
	} {
		if _, newer := errors.AsType[*storage.NewerError](do()); !newer {
			t.Errorf("%s: got %v, want a refusal that asks for an upgrade", what, do())
		}
	}
	page, err := r.List(background, "", MaxPage)
	if err != nil || len(page.Users) != 2 || reported != 1 {
		t.Errorf("list: got %d users and %d reported (%v), want 2 and 1", len(page.Users), reported, err)
	}
	for _, want := range []storage.Record{profile, claimed} {
		got, err := r.store.Get(background, want.Key)
		if err != nil || got.Version != want.Version || !bytes.Equal(got.Doc, want.Doc) {
			t.Errorf("record of %s: got %s, %v, want %s untouched", want.Key.Table, got.Doc, err, want.Doc)
		}
		r.rewrite(want.Key, theirs, ours) // for the audit at the end
	}
}
