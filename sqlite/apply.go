package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"comanda/storage"
)

// errApply says that a statement changed nothing although the preconditions
// that were checked in the same transaction held.
var errApply = errors.New("record changed within the transaction that wrote it")

// execute decides the commit and applies it in the open transaction. A
// [*storage.Conflict] means that nothing was changed; any other error may leave
// a part behind and the transaction has to be rolled back.
//
// The only write of a commit is conditional itself, which saves reading the
// version first. Several are all checked before the first is applied.
func (p *plan) execute(s statements, now time.Time) error {
	if len(p.writes) == 1 && len(p.checks) == 0 {
		w := p.writes[0]
		done, err := w.apply(s, p.id, now)
		if err == nil && !done {
			return w.conflict(s)
		}
		return err
	}
	for _, steps := range [][]planned{p.writes, p.checks} {
		for _, w := range steps {
			if err := w.check(s); err != nil {
				return err
			}
		}
	}
	for _, w := range p.writes {
		done, err := w.apply(s, p.id, now)
		if err != nil {
			return err
		}
		if !done {
			return fmt.Errorf("write to table %s: %w", w.key.Table, errApply)
		}
	}
	return nil
}

// check compares the record under the key with the one expected.
func (w planned) check(s statements) error {
	stmt, err := s.get(w.table.sql.version)
	if err != nil {
		return err
	}
	var version []byte
	switch err := stmt.QueryRowContext(context.Background(), w.args...).Scan(&version); {
	case errors.Is(err, sql.ErrNoRows):
		version = nil
	case err != nil:
		return classify(err)
	}
	if (version == nil) == (w.old == nil) && bytes.Equal(version, w.old) {
		return nil
	}
	return w.conflict(s)
}

// conflict returns the refusal with the record that is under the key now.
func (w planned) conflict(s statements) error {
	r, err := s.record(w.table, w.key)
	if errors.Is(err, storage.ErrNotFound) {
		return &storage.Conflict{Key: w.key}
	}
	if err != nil {
		return err
	}
	return &storage.Conflict{Key: w.key, Current: &r}
}

// apply writes one record and its change if the record is as expected, and
// reports whether it was.
func (w planned) apply(s statements, id []byte, now time.Time) (bool, error) {
	switch {
	case w.old == nil:
		return w.insert(s, id, now)
	case w.row == nil:
		return w.modify(s, id, now, w.table.sql.feedRemove, w.table.sql.remove, nil)
	}
	return w.modify(s, id, now, w.table.sql.feedModify, w.table.sql.replace, w.row[len(w.args):])
}

func (w planned) insert(s statements, id []byte, now time.Time) (bool, error) {
	n, row, err := s.exec(w.table.sql.insert, w.row...)
	if err != nil || n == 0 {
		return false, err
	}
	if !w.table.decl.Feed {
		return true, nil
	}
	_, _, err = s.exec(w.table.sql.feedInsert, row, id, now.UnixMilli())
	return true, err
}

// modify copies the document before into the feed and then replaces or deletes
// the record. Both statements have the version expected as a condition.
func (w planned) modify(s statements, id []byte, now time.Time, feed, change string, values []any) (bool, error) {
	if w.table.decl.Feed {
		args := append(append([]any{id, now.UnixMilli()}, w.args...), w.old)
		if n, _, err := s.exec(feed, args...); err != nil || n == 0 {
			return false, err
		}
	}
	args := make([]any, 0, len(values)+len(w.args)+1)
	args = append(append(append(args, values...), w.args...), w.old)
	n, _, err := s.exec(change, args...)
	if err == nil && n == 0 && w.table.decl.Feed {
		err = fmt.Errorf("write to table %s: %w", w.key.Table, errApply)
	}
	return n != 0, err
}
