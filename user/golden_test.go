package user

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"comanda/storage"

	"github.com/google/uuid"
)

// update writes golden files that don't exist yet. It never rewrites one: the
// documents are in people's databases, and first answers were promised to be the
// same for ever.
var update = flag.Bool("update", false, "write missing golden files")

// golden returns the content of a file in testdata. With -update, a missing one
// is first written with the content got.
func golden(t *testing.T, name string, got []byte) []byte {
	t.Helper()
	path := filepath.Join("testdata", name)
	want, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && *update {
		want, err = got, os.WriteFile(path, append(bytes.Clone(got), '\n'), 0o644)
	}
	if err != nil {
		t.Fatalf("golden file: %v", err)
	}
	return bytes.TrimSuffix(want, []byte("\n"))
}

// specimens are the profiles of the golden files, by the name of the file.
func specimens() map[string]Profile {
	plain := Profile{ID: "u-1", Content: bea, CreatedAt: noon, UpdatedAt: noon, Version: 1}
	keyed := Profile{ID: "u-1", Content: ana, CreatedAt: noon, UpdatedAt: noon, Version: 1, key: digest("admin", "POST /users k-1")}
	changed := keyed.put(Content{Name: "Ana 🍲", Address: "2 <Quay> & Street\n"}, noon.Add(time.Hour))
	return map[string]Profile{
		"name":                        plain,
		"everything":                  plain.put(ana, noon.Add(90*time.Second)),
		"created-under-a-key":         keyed,
		"changed-after-its-creation":  changed,
		"changed-back":                changed.put(ana, noon.Add(2*time.Hour)),
		"deleted":                     plain.tombstone(noon.Add(time.Minute)),
		"deleted-created-under-a-key": changed.tombstone(noon.Add(3 * time.Hour)),
		"back-after-deletion":         changed.tombstone(noon.Add(3*time.Hour)).put(bea, noon.Add(4*time.Hour)),
	}
}

func TestDocumentsAreStoredAsTheyAlwaysWere(t *testing.T) {
	for name, p := range specimens() {
		t.Run(name, func(t *testing.T) {
			r, err := encode(p)
			if err != nil {
				t.Fatal(err)
			}
			want := golden(t, filepath.Join("documents", name+".json"), r.Doc)
			if !bytes.Equal(r.Doc, want) {
				t.Errorf("encoded:\n got %s\nwant %s", r.Doc, want)
			}
			back, err := decode(storage.Record{Key: r.Key, Doc: want})
			if err != nil {
				t.Fatal(err)
			}
			wantSame(t, "decoded", p, back)
		})
	}
}

func TestAnswersAreRenderedAsTheyAlwaysWere(t *testing.T) {
	for name, p := range specimens() {
		if p.deleted {
			continue
		}
		t.Run(name, func(t *testing.T) {
			for file, shown := range map[string]Profile{name: p, name + "-first": p.firstAnswer()} {
				got, err := shown.Render()
				if err != nil {
					t.Fatal(err)
				}
				if want := golden(t, filepath.Join("answers", file+".json"), got); !bytes.Equal(got, want) {
					t.Errorf("%s:\n got %s\nwant %s", file, got, want)
				}
			}
		})
	}
}

func TestAProfileThatWasNeverStoredHasNoTimesAndNoVersion(t *testing.T) {
	got, err := Profile{ID: "u-1", Content: bea}.Render()
	if want := `{"userid":"u-1","name":"Bea"}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

// The keys of claims and the ids made from idempotency keys are in people's
// databases: another digest, or another folding, would let two users have one address.
func TestKeysOfClaimsAndIDsFromKeysStayTheSame(t *testing.T) {
	for _, tc := range []struct{ name, got, want string }{
		{"e-mail", newClaim("email", "José@Example.COM").key.Partition, "email#sKU88Z400FtXvO1zZcawDdvjjWKVfoY94qZqVsO0LOo"},
		{"username", newClaim("username", "STRASSE").key.Partition, "username#FtlpUgh3dP7gabdYXTmRsk2QwYHAmyEptJCMNbqn8MA"},
		{"digest", digest("admin", "POST /users k-1"), "3P4y-ZD9wiDlQmojoCawuy4FmAiL4GR1qzCfV-bd49M"},
		{"id from a key", uuid.NewSHA1(keySpace, []byte(digest("admin", "POST /users k-1"))).String(), "fad045c9-a79f-5473-8b51-bcd23f705f89"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, tc.got, tc.want)
		}
	}
	r, err := encodeClaim(newClaim("email", "a@b"), "u-1")
	if want := `{"format":1,"userid":"u-1","proved":true}`; err != nil || string(r.Doc) != want {
		t.Errorf("claim: got %s, %v, want %s", r.Doc, err, want)
	}
	old, err := decodeClaim(storage.Record{Doc: []byte(`{"format":1,"userid":"u-1"}`)})
	if err != nil || old.UserID != "u-1" || old.Proved {
		t.Errorf("claim of the first edition: got %+v, %v, want that of u-1, not proved", old, err)
	}
}

func TestMembersThatWeDoNotKnowAreKeptUntilTheProfileIsDeleted(t *testing.T) {
	const doc = `{"format":1,"version":3,"name":"Ana","phone":"555-7","createdAt":"2026-03-14T12:00:00.250Z","created":{"name":"An","hat":"red"},"loyalty":{"points":12.50,"since":[1,2]}}`
	p, err := decode(storage.Record{Key: keyOf("u-1"), Doc: []byte(doc)})
	if err != nil {
		t.Fatal(err)
	}
	for what, changed := range map[string]Profile{"as it was": p, "changed": p.put(bea, noon)} {
		r, err := encode(changed)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{`"phone":"555-7"`, `"loyalty":{"points":12.50,"since":[1,2]}`, `"created":{"name":"An","hat":"red"}`} {
			if !strings.Contains(string(r.Doc), want) {
				t.Errorf("%s: got %s, want %s in it", what, r.Doc, want)
			}
		}
	}
	for what, gone := range map[string]Profile{"deleted": p.tombstone(noon), "back": p.tombstone(noon).put(bea, noon)} {
		r, err := encode(gone)
		if err != nil || strings.Contains(string(r.Doc), "phone") || strings.Contains(string(r.Doc), "loyalty") {
			t.Errorf("%s: got %s, %v, want no unknown member", what, r.Doc, err)
		}
	}
}

func TestDocumentsThatCannotBeUnderstoodAreRefused(t *testing.T) {
	for _, tc := range []struct{ name, doc, want string }{
		{"a later format", `{"format":2,"version":1,"name":"Ana","createdAt":"2026-03-14T12:00:00Z"}`, "format 2 is newer than this release: upgrade this process"},
		{"a later format of another shape", `{"format":2,"name":{"first":"Ana"}}`, "format 2 is newer than this release: upgrade this process"},
		{"no JSON", `{"format":1`, `stored user "u-1" can't be read`},
		{"no time of creation", `{"format":1,"version":1,"name":"Ana"}`, "createdAt"},
		{"a time of creation that is none", `{"format":1,"version":1,"createdAt":"yesterday"}`, "createdAt"},
		{"a time of change that is none", `{"format":1,"version":1,"createdAt":"2026-03-14T12:00:00Z","updatedAt":"today"}`, "updatedAt"},
	} {
		if _, err := decode(storage.Record{Key: keyOf("u-1"), Doc: []byte(tc.doc)}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got error %v, want one with %q", tc.name, err, tc.want)
		} else if strings.Contains(err.Error(), "Ana") {
			t.Errorf("%s: the error names a person: %v", tc.name, err)
		}
	}
	for _, tc := range []struct{ name, doc string }{
		{"a claim of a later format", `{"format":2,"userid":"u-1"}`},
		{"a claim that is no JSON", `{"format":1`},
	} {
		if claim, err := decodeClaim(storage.Record{Doc: []byte(tc.doc)}); err == nil {
			t.Errorf("%s: got claim %+v, want an error", tc.name, claim)
		}
	}
}
