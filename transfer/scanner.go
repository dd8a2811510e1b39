package transfer

import (
	"context"
	"fmt"
	"iter"

	"comanda/storage"
)

// Bounds of a page. Many records at once save requests, where a store has to
// find the place again; many bytes take memory.
const (
	firstPage = 100     // records
	smallPage = 1 << 20 // bytes of documents; the next page is twice as long after one with less
	largePage = 4 << 20 // and half as long after one with more
)

// scanner reads a table in pages of a sensible size.
type scanner struct {
	store storage.Store
	table string
	limit int
}

func newScanner(s storage.Store, table string) *scanner { return &scanner{s, table, firstPage} }

// pages returns the records of a table after a place.
func pages(ctx context.Context, s storage.Store, table string, after storage.Cursor) iter.Seq2[storage.Page, error] {
	scan := newScanner(s, table)
	return storage.Pages(after, func(after storage.Cursor) (storage.Page, error) { return scan.page(ctx, after) })
}

// page returns the records after a place.
func (s *scanner) page(ctx context.Context, after storage.Cursor) (storage.Page, error) {
	page, err := s.store.Scan(ctx, s.table, after, s.limit)
	if err != nil {
		return page, fmt.Errorf("read table %s: %w", s.table, err)
	}
	size := 0
	for _, r := range page.Records {
		size += len(r.Doc)
	}
	switch {
	case size < smallPage:
		s.limit = min(s.limit*2, storage.MaxPage)
	case size > largePage:
		s.limit = max(s.limit/2, 1)
	}
	return page, nil
}
