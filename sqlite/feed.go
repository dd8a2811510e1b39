package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"comanda/storage"
)

// trimStep is how many changes one transaction of a trim removes at most, so
// that commits don't wait long behind it.
const trimStep = 512

// kinds are the values of the column kind.
var kinds = [...]storage.Kind{storage.Insert, storage.Modify, storage.Remove}

// ReadFeed returns changes of a table, see [storage.FeedReader].
func (s *Store) ReadFeed(ctx context.Context, table string, after int64, limit int) ([]storage.Change, error) {
	t, err := s.feedTable(table)
	if err != nil {
		return nil, err
	}
	if limit < 1 {
		return nil, fmt.Errorf("limit of a read of the feed is %d, it must be at least 1", limit)
	}
	var changes []storage.Change
	err = s.readers.use(ctx, func(c statements) (err error) {
		changes, err = c.changes(t, after, limit)
		return err
	})
	return changes, err
}

// LastChange returns where the feed of a table ends, see [storage.FeedReader].
func (s *Store) LastChange(ctx context.Context, table string) (last int64, err error) {
	t, err := s.feedTable(table)
	if err != nil {
		return 0, err
	}
	err = s.readers.use(ctx, func(c statements) error {
		stmt, err := c.get(t.sql.feedLast)
		if err != nil {
			return err
		}
		var found sql.NullInt64
		err = stmt.QueryRowContext(context.Background()).Scan(&found)
		last = found.Int64
		return classify(err)
	})
	if err != nil {
		return 0, fmt.Errorf("find the last change of table %s: %w", table, err)
	}
	return last, nil
}

func (s *Store) feedTable(name string) (*table, error) {
	t, ok := s.tables[name]
	if !ok {
		return nil, undeclared(name)
	}
	if !t.decl.Feed {
		return nil, fmt.Errorf("table %s has no feed", name)
	}
	return t, nil
}

// changes reads a part of the feed with one statement, which sees one state of
// the database: a document can't change between a record and its next change.
func (s statements) changes(t *table, after int64, limit int) (changes []storage.Change, err error) {
	stmt, err := s.get(t.sql.feedRead)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(context.Background(), after, limit)
	if err != nil {
		return nil, fmt.Errorf("read the feed of table %s: %w", t.decl.Name, classify(err))
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		c, err := scanChange(t, rows)
		if err != nil {
			return nil, fmt.Errorf("read the feed of table %s: %w", t.decl.Name, err)
		}
		changes = append(changes, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the feed of table %s: %w", t.decl.Name, classify(err))
	}
	return changes, nil
}

func scanChange(t *table, rows *sql.Rows) (storage.Change, error) {
	var c storage.Change
	var id sql.RawBytes
	var kind, committed int64
	values := make([]any, len(t.key))
	targets := []any{&c.Sequence, &id, &kind, &committed, &c.Before, &c.After}
	for i := range values {
		targets = append(targets, &values[i])
	}
	err := rows.Scan(targets...)
	if err != nil {
		return c, classify(err)
	}
	if kind < 0 || kind >= int64(len(kinds)) {
		return c, fmt.Errorf("%w: change %d is of kind %d", ErrDamaged, c.Sequence, kind)
	}
	c.Kind, c.Time = kinds[kind], time.UnixMilli(committed).UTC()
	if c.ID, err = decodeVersion(id); err != nil {
		return c, err
	}
	if c.Key, err = decodeKeys(t, values); err != nil {
		return c, err
	}
	if (c.Before == nil) != (c.Kind == storage.Insert) || (c.After == nil) != (c.Kind == storage.Remove) {
		return c, fmt.Errorf("%w: change %d lacks a document", ErrDamaged, c.Sequence)
	}
	return c, nil
}

// TrimFeed removes old changes, see [storage.FeedReader].
//
// It always removes a prefix of the feed, because a change may need documents
// of later ones. A change that comes before one of the past is itself of the
// past, so a clock that was ahead for a while doesn't keep the feed from being
// trimmed. One that was set back can make changes stay a little longer.
func (s *Store) TrimFeed(ctx context.Context, table string, upTo int64, before time.Time) error {
	t, err := s.feedTable(table)
	if err != nil {
		return err
	}
	var first, last int64
	err = s.readers.use(ctx, func(c statements) (err error) {
		first, last, err = c.trimRange(t, upTo, before.UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("trim the feed of table %s: %w", table, err)
	}
	for first <= last {
		first += trimStep
		if err := s.writer.submit(ctx, trim{table: t, upTo: min(first-1, last)}); err != nil {
			return fmt.Errorf("trim the feed of table %s: %w", table, err)
		}
	}
	return nil
}

// trimRange returns the sequences of the first change and of the last one to
// remove. Times grow along the feed, but for corrections of the clock, so it
// searches by bisection.
func (s statements) trimRange(t *table, upTo, before int64) (first, last int64, err error) {
	stmt, err := s.get(t.sql.feedProbe)
	if err != nil {
		return 0, 0, err
	}
	probe := func(from int64) (sequence, committed int64, err error) {
		err = stmt.QueryRowContext(context.Background(), from).Scan(&sequence, &committed)
		if errors.Is(err, sql.ErrNoRows) {
			return math.MaxInt64, 0, nil
		}
		return sequence, committed, classify(err)
	}
	first, _, err = probe(0)
	if err != nil {
		return 0, 0, err
	}
	last = first - 1
	for low, high := first, min(upTo, math.MaxInt64-1); low <= high; {
		middle := low + (high-low)/2
		sequence, committed, err := probe(middle)
		switch {
		case err != nil:
			return 0, 0, err
		case sequence > high || committed >= before:
			high = middle - 1
		default:
			last = sequence
			low = sequence + 1
		}
	}
	return first, last, nil
}

// trim is the task that removes the changes up to a sequence.
type trim struct {
	table *table
	upTo  int64
}

func (t trim) execute(s statements, _ time.Time) error {
	_, _, err := s.exec(t.table.sql.feedTrim, t.upTo)
	return err
}
