package sqlite

import (
	"comanda/storage"
)

// plan is a commit as the writer executes it. It is made in the caller's
// goroutine, which takes the encoding off the writer, and it shares no memory
// with the caller, who may go away while the plan is still queued.
type plan struct {
	id     []byte
	writes []planned
	checks []planned
}

// planned is one write or check of a commit.
type planned struct {
	table *table
	key   storage.Key
	args  []any  // the key as its columns hold it
	old   []byte // the version that the record must have; nil: there must be none
	row   []any  // all columns of the new record; nil: none
}

func newPlan(c storage.Commit, tables map[string]*table) (*plan, error) {
	id, err := storage.DecodeCommitID(c.ID)
	if err != nil {
		return nil, err
	}
	p := &plan{id: id[:], writes: make([]planned, 0, len(c.Writes))}
	for _, w := range c.Writes {
		step := newPlanned(tables, w.Key())
		if w.Old != nil {
			step.old = encodeVersion(w.Old.Version)
		}
		if w.New != nil {
			step.row = encodeRow(step, p.id, w.New)
		}
		p.writes = append(p.writes, step)
	}
	for _, r := range c.Checks {
		step := newPlanned(tables, r.Key)
		step.old = encodeVersion(r.Version)
		p.checks = append(p.checks, step)
	}
	return p, nil
}

func newPlanned(tables map[string]*table, k storage.Key) planned {
	t := tables[k.Table]
	return planned{table: t, key: k, args: keyArgs(t, k, 2)}
}

// keyArgs returns the columns of a key, with room for more arguments behind.
func keyArgs(t *table, k storage.Key, room int) []any {
	args := make([]any, 0, len(t.key)+room)
	args = append(args, encodeKey(k.Partition))
	if t.decl.Sort != "" {
		args = append(args, encodeKey(k.Sort))
	}
	return args
}

// encodeRow returns the values of the table's columns in their order.
func encodeRow(step planned, version []byte, r *storage.Record) []any {
	t := step.table
	row := make([]any, 0, len(t.columns))
	row = append(append(row, step.args...), version)
	for _, ix := range t.decl.Indexes {
		entry, ok := r.Index[ix.Name]
		switch {
		case !ok && ix.Global:
			row = append(row, nil, nil)
		case !ok:
			row = append(row, nil)
		case ix.Global:
			row = append(row, encodeKey(entry.Partition), entry.Sort)
		default:
			row = append(row, entry.Sort)
		}
	}
	return append(row, string(r.Doc))
}
