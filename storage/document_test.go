package storage_test

import (
	"errors"
	"strings"
	"testing"

	"comanda/storage"
)

type cup struct {
	storage.Head
	Size int `json:"size,omitzero"`
}

var cups = storage.Codec{Oldest: 1, Newest: 2}

func TestMembersThatAReleaseDoesntKnowAreWrittenBack(t *testing.T) {
	const doc = `{"format":1,"size":3,"lid":{"a":1.50},"hot":true}`
	var c cup
	if err := cups.Decode(thing("a", "").Key, []byte(doc), &c); err != nil {
		t.Fatal(err)
	}
	c.Size = 4
	r, err := cups.Encode(thing("a", "").Key, &c)
	if want := strings.Replace(doc, "3", "4", 1); err != nil || string(r.Doc) != want {
		t.Errorf("got %s, %v, want %s", r.Doc, err, want)
	}
}

func TestDocumentsAreReadUpToTheNewestFormat(t *testing.T) {
	for _, tc := range []struct {
		doc, want string
		newer     bool
	}{
		{`{"format":1}`, "", false},
		{`{"format":2}`, "", false},
		{`{"format":3}`, "a record of table things: format 3 is newer than this release: upgrade this process", true},
		{`{"size":"large","format":3}`, "a record of table things: format 3 is newer than this release: upgrade this process", true},
		{`{"format":1,"size":"large"}`, "a record of table things can't be read: ", false},
		{`{"format":3`, "a record of table things can't be read: ", false},
		{`{"size":1}`, "a record of table things can't be read: format 0 is none of ours", false},
		{`{"format":1,"size":1,"size":2}`, "a record of table things can't be read: ", false},
	} {
		err := cups.Decode(thing("a", "").Key, []byte(tc.doc), &cup{})
		if tc.want == "" != (err == nil) || err != nil && !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.doc, err, tc.want)
		}
		if _, newer := errors.AsType[*storage.NewerError](err); newer != tc.newer {
			t.Errorf("%s: got newer %v, want %v", tc.doc, newer, tc.newer)
		}
	}
}
