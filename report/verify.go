package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"comanda/feed"
	"comanda/order"
	"comanda/storage"
)

// Difference is a counter that isn't what the orders add up to.
type Difference struct {
	Scope   string `json:"scope"`   // totals or all, of all time; a month; a day
	Counter string `json:"counter"` // what it is about: product 1/12
	Counted Count  `json:"counted"` // in the reports
	Orders  Count  `json:"orders"`  // by the recount
}

// Count is what a counter has.
type Count struct {
	Orders  int64  `json:"orders"`
	Units   int64  `json:"units"`
	Revenue Amount `json:"revenue"`
}

// maxDifferences is how many an outcome lists.
const maxDifferences = 100

// counts are tallies by scope.
type counts map[string]map[key]tally

func (c counts) add(scope string, k key, t tally) {
	if c[scope] == nil {
		c[scope] = map[key]tally{}
	}
	if t = c[scope][k].plus(t); t == (tally{}) {
		delete(c[scope], k)
		return
	}
	c[scope][k] = t
}

func (c counts) addParts(day string, parts []part) {
	for _, p := range parts {
		for _, s := range scopesOf(p, day) {
			c.add(s.scope, s.key, s.tally)
		}
	}
}

// Verify recounts all orders and compares the result with the reports, as they
// will be when the changes that wait in the feed are counted. It changes nothing.
// The whole result of the recount is in memory meanwhile.
func (b *Rebuilder) Verify(ctx context.Context) (Outcome, error) {
	var out Outcome
	err := b.moment(ctx, func(v moment) error {
		r, _, err := readRoot(ctx, v, b.consumer.config.Zone)
		if err != nil {
			return err
		}
		out = Outcome{Exact: v.view != nil}
		want := counts{}
		err = eachOrder(ctx, v, &out, func(o order.Order, parts []part) error {
			want.addParts(dayOf(o.OrderTime, r.location), parts)
			return nil
		})
		if err != nil {
			return err
		}
		got, err := stored(ctx, v, r)
		if err != nil {
			return err
		}
		out.compare(got, want)
		return nil
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("verify the reports: %w", err)
	}
	return out, nil
}

// stored returns what the pages of a generation have, with what waits in the feed.
func stored(ctx context.Context, v moment, r root) (counts, error) {
	pages := map[pageID]*page{}
	for rec, err := range pageRecords(ctx, v) {
		if err != nil {
			return nil, err
		}
		generation, scope, _ := scopeOf(rec.Key)
		if generation != r.Generation {
			continue
		}
		id := pageID{generation, scope, strings.TrimPrefix(rec.Key.Sort, "p")}
		if pages[id], err = decodePage(id, rec); err != nil {
			return nil, err
		}
	}
	if v.view != nil {
		if err := count(ctx, v.view, r, pages); err != nil {
			return nil, err
		}
	}
	out := counts{}
	for id, p := range pages {
		for k, c := range p.counters {
			out.add(id.scope, k, c.tally)
		}
	}
	return out, nil
}

// count counts on pages in memory what the consumer hasn't counted of a view's feed.
func count(ctx context.Context, v storage.View, r root, pages map[pageID]*page) error {
	place, err := feed.PositionOf(ctx, v, Name, feed.LocalShard)
	if err != nil {
		return err
	}
	var after int64
	if place != "" {
		if after, err = strconv.ParseInt(string(place), 10, 64); err != nil {
			return fmt.Errorf("the position of %s isn't one of the local feed: %w", Name, err)
		}
	}
	for {
		found, err := v.ReadFeed(ctx, order.TableName, after, storage.MaxPage)
		if err != nil || len(found) == 0 {
			return err
		}
		for _, c := range found {
			after = c.Sequence
			e, err := feed.Read(feed.Change{Sequence: feed.SequenceOf(c.Sequence), Change: c})
			if feed.Newer(err) {
				return err
			}
			if err != nil {
				continue // a dead letter, or about to become one
			}
			changes, _ := changesOf(e) // likewise
			countInMemory(r, pages, changes)
		}
	}
}

// countInMemory counts the changes of one event.
func countInMemory(r root, pages map[pageID]*page, changes []change) {
	onPage := map[*page][]entry{}
	for i := range changes {
		day := changes[i].day(r.location)
		for _, p := range changes[i].parts {
			for _, s := range scopesOf(p, day) {
				e := entry{s.part, &changes[i], hashOf(s.key)}
				leaf := leafOf(r, pages, s.scope, e.hash)
				onPage[leaf] = append(onPage[leaf], e)
			}
		}
	}
	for leaf, entries := range onPage {
		leaf.count(flush{entries[0].change.mark(shardName(feed.LocalShard)), r.Base}, entries)
	}
}

func leafOf(r root, pages map[pageID]*page, scope string, hash uint64) *page {
	id := pageID{r.Generation, scope, ""}
	for {
		p := pages[id]
		if p == nil {
			p = newPage(id, r.Base)
			pages[id] = p
		}
		if !p.split {
			return p
		}
		id = id.below(bit(hash, len(id.prefix)))
	}
}

// scopeOf returns the generation and the scope of a page's key.
func scopeOf(k storage.Key) (generation, scope string, ok bool) {
	return strings.Cut(k.Partition, "/")
}

// compare lists how two counts differ, in a fixed order.
func (o *Outcome) compare(got, want counts) {
	for scope := range want {
		for k, t := range want[scope] {
			o.differ(scope, k, got[scope][k], t)
		}
	}
	for scope := range got {
		for k, t := range got[scope] {
			if _, both := want[scope][k]; !both {
				o.differ(scope, k, t, tally{})
			}
		}
	}
	slices.SortFunc(o.Differences, func(a, b Difference) int {
		return cmp.Or(strings.Compare(a.Scope, b.Scope), strings.Compare(a.Counter, b.Counter))
	})
	if n := len(o.Differences); n > maxDifferences {
		o.Differences, o.More = o.Differences[:maxDifferences], n-maxDifferences
	}
	if o.Differences == nil {
		o.Differences = []Difference{}
	}
}

func (o *Outcome) differ(scope string, k key, got, want tally) {
	if got != want {
		o.Differences = append(o.Differences, Difference{scope, k.String(), got.count(), want.count()})
	}
}

func (t tally) count() Count { return Count{t.orders, t.units, t.revenue} }

// String returns what a counter is about, for people.
func (k key) String() string {
	switch {
	case k.kind == ofProduct:
		return "product " + k.a + "/" + k.b
	case k.kind == ofCourier:
		return "courier " + k.a
	}
	return strings.TrimSpace("status " + k.b + " " + k.a)
}
