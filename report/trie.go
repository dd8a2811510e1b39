package report

import (
	"context"
	"fmt"
	"strings"

	"comanda/storage"
)

// leaves returns the pages of a scope that have its counters: all of them at a
// moment when they fitted together. The partition is read again when a page was split meanwhile.
func leaves(ctx context.Context, s storage.Reader, r root, scope string) ([]*page, error) {
	id := pageID{r.Generation, scope, ""}
	for range attempts {
		pages, err := partition(ctx, s, id)
		if err != nil {
			return nil, fmt.Errorf("read the reports of %s: %w", scope, err)
		}
		if whole, ok := walk(pages); ok {
			return whole, nil
		}
	}
	return nil, fmt.Errorf("read the reports of %s: its pages were split again and again meanwhile: %w", scope, storage.ErrBusy)
}

// partition returns the pages of a scope by their prefixes.
func partition(ctx context.Context, s storage.Reader, id pageID) (map[string]*page, error) {
	pages := map[string]*page{}
	for r, err := range storage.Records(ctx, s, storage.Query{Table: Table.Name, Partition: id.key().Partition}) {
		if err != nil {
			return nil, err
		}
		id.prefix = strings.TrimPrefix(r.Key.Sort, "p")
		if pages[id.prefix], err = decodePage(id, r); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// walk returns the leaves of a trie, and whether it is one: every split page has both
// pages below it, a leaf has none, and nothing else is there.
func walk(pages map[string]*page) (found []*page, ok bool) {
	seen := 0
	var visit func(prefix string) bool
	visit = func(prefix string) bool {
		p := pages[prefix]
		if p == nil {
			return false
		}
		seen++
		if p.split {
			return visit(prefix+"0") && visit(prefix+"1")
		}
		found = append(found, p)
		return true
	}
	ok = len(pages) == 0 || visit("")
	return found, ok && seen == len(pages)
}
