package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"comanda/storage"
)

// attempts is how often a page is written before a flush gives up. Others write
// a page at most once for each of their own flushes, so few suffice.
const attempts = 8

// book counts changes on pages in a store.
type book struct {
	store storage.Store
	cache *cache                                       // nil: others write the same pages, so each is read again
	pause func(ctx context.Context, attempt int) error // between two attempts
	leaf  int                                          // bytes of counters of one page
}

func newBook(s storage.Store, c *cache) *book { return &book{s, c, pauseForTurns, leafSize} }

// turn is how long a flush takes, about.
const turn = 100 * time.Millisecond

// pauseForTurns waits until another writer of the same pages may be through, longer with
// each attempt and by chance, so that several writers part.
func pauseForTurns(ctx context.Context, attempt int) error {
	limit := turn << min(attempt, 5)
	return storage.Sleep(ctx, limit/2+rand.N(limit/2))
}

// flush is what one call counts.
type flush struct {
	last mark  // of its shard and last change
	base marks // of pages that aren't stored yet
}

// enter counts changes of one shard in the generation that counts, like count. When a
// rebuild replaces that meanwhile, they are counted in the next one, too.
func (b *book) enter(ctx context.Context, r root, shard string, changes []change) error {
	for range attempts {
		if err := b.count(ctx, r, shard, changes); err != nil {
			return err
		}
		now, _, err := readRoot(ctx, b.store, r.location)
		if err != nil || now.Generation == r.Generation {
			return err
		}
		r = now
	}
	return fmt.Errorf("count in the reports: they were rebuilt again and again meanwhile: %w", storage.ErrBusy)
}

// count counts changes of one shard, in the order of their sequences. Calling it
// again with any of them, in whatever portions, changes nothing. After an error some
// pages have counted them and others haven't, and calling it again sets that right.
func (b *book) count(ctx context.Context, r root, shard string, changes []change) error {
	changes = r.without(changes)
	if len(changes) == 0 {
		return nil
	}
	if err := r.complete(); err != nil {
		return fmt.Errorf("count in the reports: %w", err)
	}
	f := flush{changes[len(changes)-1].mark(shardName(shard)), r.Base}
	byScope := map[string][]entry{}
	var scopes []string
	for i := range changes {
		day := changes[i].day(r.location)
		for _, p := range changes[i].parts {
			for _, s := range scopesOf(p, day) {
				if byScope[s.scope] == nil {
					scopes = append(scopes, s.scope)
				}
				byScope[s.scope] = append(byScope[s.scope], entry{s.part, &changes[i], hashOf(s.key)})
			}
		}
	}
	slices.SortFunc(scopes, bySize)
	for _, scope := range scopes {
		if err := b.into(ctx, pageID{r.Generation, scope, ""}, f, byScope[scope]); err != nil {
			return fmt.Errorf("count in the reports of %s: %w", scope, err)
		}
	}
	return nil
}

// bySize puts the scope with the smallest page first, which nearly every flush
// writes. Windows of several shards end at the same moment, and a refused write costs
// what an applied one does. So who is late is refused there, having paid little,
// and waits until the other is through with the large pages, too.
func bySize(a, b string) int {
	class := func(scope string) int {
		switch {
		case scope == scopeTotals:
			return 0
		case len(scope) < len(time.DateOnly) && scope != scopeAll: // a month
			return 1
		}
		return 2
	}
	return cmp.Or(cmp.Compare(class(a), class(b)), strings.Compare(a, b))
}

// scoped is a part with a scope in which it is counted.
type scoped struct {
	scope string
	part
}

// scopesOf returns where a part is counted: for all time, and for its day. Statuses
// of days are together by month, so that the totals of many days are few reads.
func scopesOf(p part, day string) []scoped {
	if p.kind != ofStatus {
		return []scoped{{scopeAll, p}, {day, p}}
	}
	daily := p
	daily.key.a = day
	return []scoped{{scopeTotals, p}, {monthOf(day), daily}}
}

func monthOf(day string) string { return day[:max(0, len(day)-len("-21"))] }

// into counts entries on a page, or on the pages below it. A page on which they don't
// fit is first split as it is. So each commit has one page or three that are no larger than pages
// are, and nothing that is to be counted can make one that no store accepts.
func (b *book) into(ctx context.Context, id pageID, f flush, entries []entry) error {
	for attempt := 0; len(entries) > 0; {
		p, err := b.page(ctx, id, f.base)
		if err != nil {
			return err
		}
		if p.split {
			return b.below(ctx, id, f, entries)
		}
		if !p.count(f, entries) {
			return nil
		}
		if err = b.save(ctx, p); err == nil {
			return nil
		}
		b.cache.drop(id)
		if errors.Is(err, errTooLarge) {
			if err = b.split(ctx, id, f.base); err == nil {
				continue
			}
		}
		if attempt++; !again(err) || attempt == attempts {
			return err
		}
		if err := b.pause(ctx, attempt); err != nil {
			return err
		}
	}
	return nil
}

// again reports whether reading the page and counting once more can help. It is
// harmless in any case: the page knows what it has counted.
func again(err error) bool {
	var conflict *storage.Conflict
	return errors.As(err, &conflict) || errors.Is(err, storage.ErrUnknown) || errors.Is(err, storage.ErrBusy)
}

func (b *book) below(ctx context.Context, id pageID, f flush, entries []entry) error {
	var halves [2][]entry
	for _, e := range entries {
		i := bit(e.hash, len(id.prefix))
		halves[i] = append(halves[i], e)
	}
	for i := range byte(2) {
		if err := b.into(ctx, id.below(i), f, halves[i]); err != nil {
			return err
		}
	}
	return nil
}

// page returns a page as it is stored, or a new one.
func (b *book) page(ctx context.Context, id pageID, base marks) (*page, error) {
	if p := b.cache.get(id); p != nil {
		return p, nil
	}
	r, err := b.store.Get(ctx, id.key())
	if errors.Is(err, storage.ErrNotFound) {
		return newPage(id, base), nil
	}
	if err != nil {
		return nil, err
	}
	p, err := decodePage(id, r)
	if err != nil {
		return nil, err
	}
	b.cache.put(p)
	return p, nil
}

// errTooLarge says that a page must be split before it counts more.
var errTooLarge = errors.New("the page has too many counters")

// save writes a page, unless its counters are too large for one page and fit on two.
func (b *book) save(ctx context.Context, p *page) error {
	r, err := p.encode()
	if err != nil {
		return err
	}
	if len(r.Doc)-p.marks.size() > b.leaf && p.divisible() {
		return errTooLarge
	}
	return b.commit(ctx, []*page{p}, []storage.Record{r})
}

// split replaces a page as it is stored by a mark and the two pages below it.
func (b *book) split(ctx context.Context, id pageID, base marks) error {
	p, err := b.page(ctx, id, base)
	if err != nil || p.split || len(p.others) > 0 {
		return err // the caller finds it as it is now
	}
	b.cache.drop(id) // until the commit is known to be applied
	pages := append([]*page{p}, p.divide()...)
	records := make([]storage.Record, len(pages))
	for i, p := range pages {
		if records[i], err = p.encode(); err != nil {
			return err
		}
	}
	return b.commit(ctx, pages, records)
}

// commit writes pages with their new records, all of them or none.
func (b *book) commit(ctx context.Context, pages []*page, records []storage.Record) error {
	var c storage.Commit
	for i, p := range pages {
		c.Writes = append(c.Writes, storage.Write{Old: p.record, New: &records[i]})
	}
	if err := storage.Apply(ctx, b.store, c); err != nil {
		return err
	}
	for i, p := range pages {
		p.record = &storage.Record{Key: records[i].Key, Version: records[i].Version}
		b.cache.put(p)
	}
	return nil
}

// cacheSize is how many bytes of documents a cache holds at most, which are about five
// times as many in memory.
const cacheSize = 4 << 20

// cache holds pages that no other process writes. A nil cache holds nothing.
type cache struct {
	pages map[pageID]*page
	size  int
}

func newCache() *cache { return &cache{pages: map[pageID]*page{}} }

func (c *cache) get(id pageID) *page {
	if c == nil {
		return nil
	}
	return c.pages[id]
}

func (c *cache) put(p *page) {
	if c == nil {
		return
	}
	c.drop(p.id)
	for id := range c.pages { // in a random order
		if c.size+p.size <= cacheSize {
			break
		}
		c.drop(id)
	}
	p.cached = p.size
	c.pages[p.id], c.size = p, c.size+p.cached
}

func (c *cache) drop(id pageID) {
	if c == nil {
		return
	}
	if p := c.pages[id]; p != nil {
		c.size -= p.cached
		delete(c.pages, id)
	}
}
