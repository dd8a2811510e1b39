package report

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"comanda/feed"
	"comanda/order"
	"comanda/storage"
)

// RebuilderConfig is what a [Rebuilder] works with. Snapshots may be nil.
type RebuilderConfig struct {
	Consumer *Consumer      // whose counts are rebuilt
	Orders   storage.Reader // with the orders

	// Snapshots shows the same orders as of one moment, and the feed that the consumer,
	// and no other, consumes. Recounts are then exact while orders flow. nil: others
	// may count meanwhile, and orders must not be changed, see [Unsettled].
	Snapshots storage.Snapshotter
}

// Rebuilder recounts reports from the orders.
type Rebuilder struct {
	consumer  *Consumer
	orders    storage.Reader
	snapshots storage.Snapshotter
}

// NewRebuilder returns a rebuilder. Nothing is read yet.
func NewRebuilder(c RebuilderConfig) *Rebuilder {
	return &Rebuilder{c.Consumer, c.Orders, c.Snapshots}
}

// Outcome is what a recount has found.
type Outcome struct {
	Orders      int          `json:"orders"`      // that were counted
	Unreadable  int          `json:"unreadable"`  // that could not be: they count nowhere
	Exact       bool         `json:"exact"`       // also if orders were changed meanwhile
	Differences []Difference `json:"differences"` // of a verification, the first 100
	More        int          `json:"more"`        // differences that aren't listed
}

// shardOfRebuild returns the shard of the changes that a rebuild counts into a
// generation.
func shardOfRebuild(r root) string { return "rebuild/" + r.Generation }

// together is how many counters a rebuild changes at once, about: those of 10,000 orders as most are.
const together = 40_000

// Rebuild counts all orders anew, by days of the configured zone, and then replaces
// what was counted before. Nothing is counted meanwhile; changes that come are counted afterwards.
// After an error everything is as it was, except after [ErrOvertaken].
//
// In a store that can't show one moment, an order that is found with a change from just
// before the rebuild, or from meanwhile, is an [*Unsettled] error. So the orders were found with all changes
// that were committed by a certain time and with no later one, and that time goes
// into the root: a consumer leaves out the changes before it, wherever they have
// waited, and counts the ones after it, which the rebuild has missed.
func (b *Rebuilder) Rebuild(ctx context.Context) (Outcome, error) {
	b.consumer.mu.Lock()
	defer b.consumer.mu.Unlock()
	config := b.consumer.config
	old, record, err := readRoot(ctx, config.Store, config.Zone)
	if err != nil {
		return Outcome{}, err
	}
	n, err := strconv.Atoi(old.Generation)
	if err != nil {
		return Outcome{}, fmt.Errorf("read the root of the reports: generation %q is not a number", old.Generation)
	}
	if err := b.sweep(ctx, old.Generation); err != nil { // what a rebuild has left that was interrupted
		return Outcome{}, err
	}
	var before versions // of a store without moments
	next := root{Head: storage.Head{Format: format}, Generation: strconv.Itoa(n + 1), Zone: config.Zone.String(), Currency: cmp.Or(old.Currency, config.Currency), location: config.Zone}
	var out Outcome
	err = b.moment(ctx, func(v moment) (err error) {
		if v.view != nil {
			next.Base, err = b.base(ctx, v, old)
		} else {
			before, err = b.versions(ctx, old)
			next.Since = config.Now().Add(-Quiet / 2).UnixMilli()
		}
		if err != nil {
			return err
		}
		out, err = b.recount(ctx, v, next)
		return err
	})
	if err == nil && before != nil {
		err = b.compare(ctx, old, before, &Unsettled{config.Now()})
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("rebuild the reports: %w", err)
	}
	replace, err := next.replacing(record)
	if err == nil {
		err = storage.Apply(ctx, config.Store, replace)
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("rebuild the reports: write the root: %w", err)
	}
	b.consumer.book.cache = newCache()
	if before != nil {
		if err := b.compare(ctx, old, before, ErrOvertaken); err != nil {
			return Outcome{}, fmt.Errorf("rebuild the reports: %w", err)
		}
	}
	return out, b.sweep(ctx, next.Generation)
}

// moment is a view of the store, or the store itself if it has none.
type moment struct {
	storage.Reader
	view storage.View // nil: this isn't one moment
}

func (b *Rebuilder) moment(ctx context.Context, do func(moment) error) error {
	if b.snapshots == nil {
		return do(moment{b.orders, nil})
	}
	return b.snapshots.Snapshot(ctx, func(v storage.View) error { return do(moment{v, v}) })
}

// base returns the positions up to which the orders of a snapshot include changes:
// all that were counted, and all there are.
func (b *Rebuilder) base(ctx context.Context, v moment, r root) (marks, error) {
	base, now := r.Base, hourOf(b.consumer.config.Now())
	for rec, err := range pageRecords(ctx, v) {
		if err != nil {
			return nil, err
		}
		p, err := decodePage(pageID{}, rec)
		if err != nil {
			return nil, err
		}
		base = base.with(p.marks)
	}
	base = slices.DeleteFunc(base, func(m mark) bool { return m.shard == shardName(shardOfRebuild(r)) || m.hour < now-keepMarks })
	last, err := v.view.LastChange(ctx, order.TableName)
	return base.with(marks{{shardName(feed.LocalShard), feed.SequenceOf(last), now}}), err
}

// with returns the later marks of m and o by shard.
func (m marks) with(o marks) marks {
	out := slices.Clone(m)
next:
	for _, add := range o {
		for i, have := range out {
			if have.shard == add.shard {
				if have.sequence.Compare(add.sequence) < 0 {
					out[i] = add
				}
				continue next
			}
		}
		out = append(out, add)
	}
	return out
}

// recount counts all orders of a moment into a generation. Each portion has a
// sequence of its own, so that a write that has to be repeated counts once.
func (b *Rebuilder) recount(ctx context.Context, v moment, r root) (Outcome, error) {
	book := newBook(b.consumer.config.Store, newCache())
	book.pause, book.leaf = b.consumer.book.pause, b.consumer.book.leaf
	out := Outcome{Exact: v.view != nil, Differences: []Difference{}}
	now := b.consumer.config.Now()
	var portion []change
	portions, parts := 0, 0
	flush := func() error {
		portions++
		parts = 0
		for i := range portion {
			portion[i].sequence = feed.SequenceOf(int64(portions))
		}
		err := book.count(ctx, r, shardOfRebuild(r), portion)
		portion = portion[:0]
		return err
	}
	err := eachOrder(ctx, v, &out, func(o order.Order, of []part) error {
		if r.unsettled(o.UpdatedAt) {
			return &Unsettled{o.UpdatedAt}
		}
		portion = append(portion, change{"", now.UnixMilli(), o.OrderTime.UnixMilli(), of})
		if parts += len(of); parts < together {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	return out, err
}

// eachOrder calls do with every order that can be counted, and counts them and
// the others. An order of a later release is an error, because it counts.
func eachOrder(ctx context.Context, v storage.Reader, out *Outcome, do func(order.Order, []part) error) error {
	for r, err := range storage.All(ctx, v, order.TableName) {
		if err != nil {
			return err
		}
		o, err := order.Decode(r)
		if feed.Newer(err) {
			return err
		}
		var parts []part
		if err == nil {
			parts, err = contribution(&o)
		}
		if err != nil {
			out.Unreadable++
			continue
		}
		out.Orders++
		if err := do(o, parts); err != nil {
			return err
		}
	}
	return nil
}

// pageRecords returns the records of the pages of all generations. An error comes
// last; a page of a later release is one.
func pageRecords(ctx context.Context, s storage.Reader) iter.Seq2[storage.Record, error] {
	return func(yield func(storage.Record, error) bool) {
		for r, err := range storage.All(ctx, s, Table.Name) {
			if r.Key == rootKey {
				continue
			}
			if err == nil {
				err = codec.Decode(r.Key, r.Doc, &storage.Head{})
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// sweep deletes the pages of all generations but one.
func (b *Rebuilder) sweep(ctx context.Context, keep string) error {
	s := b.consumer.config.Store
	var writes []storage.Write
	for r, err := range pageRecords(ctx, s) {
		if err != nil {
			return unswept(err)
		}
		if generation, _, _ := scopeOf(r.Key); generation != keep {
			writes = append(writes, storage.Write{Old: &storage.Record{Key: r.Key, Version: r.Version}})
		}
	}
	for some := range slices.Chunk(writes, sweepTogether) {
		if err := storage.Apply(ctx, s, storage.Commit{Writes: some}); err != nil {
			return unswept(err)
		}
	}
	return nil
}

func unswept(err error) error {
	return fmt.Errorf("remove what was counted before: %w: repeat the rebuild", err)
}

// sweepTogether is how many pages one commit deletes.
const sweepTogether = 25
