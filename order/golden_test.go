package order

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"comanda/storage"
)

// update writes golden files that don't exist yet. It never rewrites one: the
// documents are in people's databases, and the first answers were promised to be
// the same for ever. What no longer fits them needs a new format or a new
// renderer with golden files of its own.
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

func wantBytes(t *testing.T, what string, want, got []byte) {
	t.Helper()
	if !bytes.Equal(want, got) {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}

func must(t *testing.T) func(Order, error) Order {
	return func(o Order, err error) Order {
		t.Helper()
		if err != nil {
			t.Fatalf("change the order: %v", err)
		}
		return o
	}
}

// specimens are the orders of the golden files, by the name of the file.
func specimens(t *testing.T) map[string]Order {
	t.Helper()
	placed := Place("ana", "o-1", lunch(), AcceptTotal, noon)
	everything := Place("ana", "o-2", dinner(), AcceptTotal, noon)
	edited := must(t)(everything.Edit(lunch(), AcceptTotal, noon.Add(90*time.Second)))
	acknowledged := must(t)(placed.Advance(Step{Status: Acknowledged}, staff, noon.Add(time.Minute)))
	dispatched := must(t)(acknowledged.Advance(Step{Status: Dispatched, Delivery: &Courier{ID: ID{"44", true}, Name: "Wheels"}}, staff, noon.Add(2*time.Minute)))
	flagged := Place("ana", "o-3", dinner(), FlagTotal, noon)
	right := dinner()
	right.Total = 435_000
	return map[string]Order{
		"placed":                 placed,
		"placed-with-everything": everything,
		"edited":                 edited,
		"acknowledged":           acknowledged,
		"dispatched":             dispatched,
		"delivered":              must(t)(dispatched.Advance(Step{Status: Delivered}, Actor{"admin-1", Staff}, noon.Add(time.Hour))),
		"canceled-by-owner":      must(t)(edited.Cancel(noon.Add(5 * time.Minute))),
		"canceled-by-staff":      must(t)(acknowledged.Advance(Step{Status: Canceled, Reason: "out of lentils"}, staff, noon.Add(3*time.Minute))),
		"flagged":                flagged,
		"flagged-then-corrected": must(t)(flagged.Edit(right, FlagTotal, noon.Add(time.Second))),
	}
}

// recordOf returns a record of ana's as the store would.
func recordOf(orderID string, doc []byte) storage.Record {
	return storage.Record{Key: keyOf("ana", orderID), Version: "AAAAAAAAAAAAAAAAAAAAAA", Doc: doc}
}
