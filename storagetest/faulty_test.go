package storagetest_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"comanda/memory"
	"comanda/storage"
)

// faulty is the engine in memory, and wrong in one way, to test the suite with.
// Without a fault it is that engine.
type faulty struct {
	*memory.Store
	wrong  string // which fault to have
	tables map[string]storage.Table

	mu     sync.Mutex
	shared map[storage.Key]storage.Record // what was returned before
}

func newFaulty(tables []storage.Table, wrong string) storage.Store {
	f := &faulty{
		Store: memory.New(tables, time.Now), wrong: wrong,
		tables: map[string]storage.Table{}, shared: map[storage.Key]storage.Record{},
	}
	for _, t := range tables {
		f.tables[t.Name] = t
	}
	return f
}

// context returns ctx, or one that never ends.
func (f *faulty) context(ctx context.Context) context.Context {
	if f.wrong == "ignores the context" {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

func (f *faulty) Get(ctx context.Context, k storage.Key) (storage.Record, error) {
	r, err := f.Store.Get(f.context(ctx), k)
	if f.wrong != "shares memory" || err != nil {
		return r, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if before := f.shared[k]; before.Version == r.Version {
		return before, nil
	}
	f.shared[k] = r
	return r, nil
}

func (f *faulty) Commit(ctx context.Context, c storage.Commit) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	ctx = f.context(ctx)
	switch f.wrong {
	case "loses updates", "leaves old index entries", "rounds numbers":
		c.Writes = slices.Clone(c.Writes)
		for i := range c.Writes {
			f.spoil(ctx, &c.Writes[i])
		}
	case "doesn't check":
		c.Checks = nil
	case "doesn't validate":
		if c.Validate(f.tables) != nil {
			return nil
		}
	case "applies before it has checked all":
		return f.oneByOne(ctx, c)
	case "moves replaced records":
		if err := f.move(ctx, c); err != nil {
			return err
		}
	}
	err := f.Store.Commit(ctx, c)
	var conflict *storage.Conflict
	if errors.As(err, &conflict) && f.wrong == "hides the record in the way" {
		conflict.Current = nil
	}
	return err
}

// spoil changes a write as the fault wants it.
func (f *faulty) spoil(ctx context.Context, w *storage.Write) {
	current, err := f.Store.Get(ctx, w.Key())
	if f.wrong == "loses updates" && err == nil && w.Old != nil {
		w.Old = &current
	}
	if w.New == nil {
		return
	}
	spoiled := *w.New
	switch f.wrong {
	case "rounds numbers":
		spoiled.Doc = roundNumbers(spoiled.Doc)
	case "leaves old index entries":
		if entries := maps.Clone(current.Index); err == nil && entries != nil {
			maps.Copy(entries, spoiled.Index)
			spoiled.Index = entries
		}
	}
	w.New = &spoiled
}

// oneByOne applies the writes of a commit, up to the one that is refused.
func (f *faulty) oneByOne(ctx context.Context, c storage.Commit) error {
	for i := range c.Writes {
		one := storage.Commit{ID: c.ID, Writes: c.Writes[i : i+1]}
		if i == len(c.Writes)-1 {
			one.Checks = c.Checks
		}
		if err := f.Store.Commit(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// move makes records anew that are replaced, unless a feed would tell.
func (f *faulty) move(ctx context.Context, c storage.Commit) error {
	for _, w := range c.Writes {
		if w.Old == nil || w.New == nil || f.tables[w.Key().Table].Feed {
			continue
		}
		if err := f.Store.Commit(ctx, storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: w.Old}}}); err != nil {
			return err
		}
		again := storage.Commit{ID: w.Old.Version, Writes: []storage.Write{{New: w.Old}}}
		if err := f.Store.Commit(ctx, again); err != nil {
			return err
		}
	}
	return nil
}

// roundNumbers passes a document through binary floating point.
func roundNumbers(doc []byte) []byte {
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		return doc
	}
	rounded, err := json.Marshal(v)
	if err != nil {
		return doc
	}
	return rounded
}

func (f *faulty) Query(ctx context.Context, q storage.Query) (storage.Page, error) {
	switch {
	case f.wrong == "includes the upper bound" && q.To != "":
		q.To += "\x01"
	case f.wrong == "takes cursors of other queries" && q.After != "":
		const sum = 8 // bytes in front of the place
		if b, err := base64.RawURLEncoding.DecodeString(string(q.After)); err == nil && len(b) > sum {
			q.After = storage.NewCursor(q, string(b[sum:]))
		}
	}
	page, err := f.Store.Query(f.context(ctx), q)
	switch {
	case f.wrong == "orders without regard to case":
		slices.SortStableFunc(page.Records, func(a, b storage.Record) int {
			return strings.Compare(strings.ToLower(a.Index[q.Index].Sort), strings.ToLower(b.Index[q.Index].Sort))
		})
	case f.wrong == "skips at page ends" && page.Next != "":
		page.Records = page.Records[:len(page.Records)-1]
	}
	return page, err
}

func (f *faulty) Scan(ctx context.Context, table string, after storage.Cursor, limit int) (storage.Page, error) {
	return f.Store.Scan(f.context(ctx), table, after, limit)
}

func (f *faulty) ReadFeed(ctx context.Context, table string, after int64, limit int) ([]storage.Change, error) {
	changes, err := f.Store.ReadFeed(ctx, table, after, limit)
	switch f.wrong {
	case "announces no removals":
		changes = slices.DeleteFunc(changes, func(c storage.Change) bool { return c.Kind == storage.Remove })
	case "shows the present document":
		for i, c := range changes {
			if current, err := f.Store.Get(ctx, c.Key); err == nil && c.After != nil {
				changes[i].After = current.Doc
			}
		}
	}
	return changes, err
}

func (f *faulty) LastChange(ctx context.Context, table string) (int64, error) {
	if f.wrong == "forgets where the feed ends" {
		return 0, nil
	}
	return f.Store.LastChange(ctx, table)
}

func (f *faulty) TrimFeed(ctx context.Context, table string, upTo int64, before time.Time) error {
	if f.wrong == "trims what is needed" {
		upTo = math.MaxInt64
	}
	return f.Store.TrimFeed(ctx, table, upTo, before)
}
