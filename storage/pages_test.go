package storage_test

import (
	"errors"
	"fmt"
	"testing"

	"comanda/storage"
)

func TestRecordsOfATableComeOnceEachOverAllPages(t *testing.T) {
	s := newStore(t)
	for i := range 7 {
		put(t, s, thing(fmt.Sprint(i), `{}`))
	}
	seen := map[string]int{}
	for r, err := range storage.All(t.Context(), s, things.Name) {
		if err != nil {
			t.Fatal(err)
		}
		seen[r.Key.Partition]++
	}
	pages := 0
	read := func(after storage.Cursor) (storage.Page, error) { return s.Scan(t.Context(), things.Name, after, 3) }
	for page, err := range storage.Pages("", read) {
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for _, r := range page.Records {
			seen[r.Key.Partition]++
		}
	}
	if len(seen) != 7 || pages != 3 {
		t.Errorf("got %d records and %d pages, want 7 and 3", len(seen), pages)
	}
	for id, n := range seen {
		if n != 2 {
			t.Errorf("record %s: got it %d times, want once by record and once by page", id, n)
		}
	}
}

func TestReadingEndsWithTheCallersLoop(t *testing.T) {
	s := newStore(t)
	for i := range 4 {
		put(t, s, thing(fmt.Sprint(i), `{}`))
	}
	reads, got := 0, 0
	for page, err := range storage.Pages("", func(after storage.Cursor) (storage.Page, error) {
		reads++
		return s.Scan(t.Context(), things.Name, after, 1)
	}) {
		if err != nil {
			t.Fatal(err)
		}
		if got += len(page.Records); got == 2 {
			break
		}
	}
	if reads != 2 {
		t.Errorf("got %d reads for 2 pages, want 2", reads)
	}
}

func TestAnErrorComesLastAndOnce(t *testing.T) {
	s := newStore(t)
	put(t, s, thing("a", `{}`))
	records, errs := 0, 0
	for _, err := range storage.Records(t.Context(), s, storage.Query{Table: things.Name, Partition: "a", After: "made up"}) {
		if !errors.Is(err, storage.ErrCursor) {
			t.Errorf("got %v, want %v", err, storage.ErrCursor)
		}
		errs++
	}
	for r, err := range storage.Records(t.Context(), s, storage.Query{Table: things.Name, Partition: "a"}) {
		if err != nil || r.Key.Partition != "a" {
			t.Errorf("got %+v, %v", r.Key, err)
		}
		records++
	}
	if errs != 1 || records != 1 {
		t.Errorf("got %d errors and %d records, want 1 of each", errs, records)
	}
}
