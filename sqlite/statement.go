package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// statementText holds the SQL of one table.
type statementText struct {
	get, version            string // by key: the record; its version alone
	insert, replace, remove string
	scan                    string
	partition               [2]string               // records of a partition by direction
	index                   map[string][2][2]string // by name, direction, and whether there is an upper bound
	feedInsert, feedModify  string
	feedRemove, feedRead    string
	feedProbe, feedTrim     string
	feedLast                string
}

const (
	ascending  = 0
	descending = 1
)

func newStatementText(t *table) statementText {
	byKey := strings.Join(t.key, " = ? AND ") + " = ?"
	columns := strings.Join(t.columns, ", ")
	changeable := t.columns[len(t.key):]
	s := statementText{
		get:     fmt.Sprintf("SELECT id, %s FROM %s WHERE %s", columns, t.record, byKey),
		version: fmt.Sprintf("SELECT version FROM %s WHERE %s", t.record, byKey),
		insert: fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s) ON CONFLICT DO NOTHING",
			t.record, columns, marks(len(t.columns))),
		replace: fmt.Sprintf("UPDATE %s SET %s = ? WHERE %s AND version = ?",
			t.record, strings.Join(changeable, " = ?, "), byKey),
		remove: fmt.Sprintf("DELETE FROM %s WHERE %s AND version = ?", t.record, byKey),
		scan:   fmt.Sprintf("SELECT id, %s FROM %s WHERE id > ? ORDER BY id LIMIT ?", columns, t.record),
		index:  make(map[string][2][2]string, len(t.decl.Indexes)),
	}
	s.partition = partitionText(t, columns)
	for _, ix := range t.decl.Indexes {
		s.index[ix.Name] = indexText(t, columns, t.indexName(ix), indexPartition(ix), quote("sort_", ix.Name))
	}
	if t.decl.Feed {
		s.addFeed(t, byKey)
	}
	return s
}

func marks(n int) string {
	return strings.Repeat("?, ", n-1) + "?"
}

// partitionText continues after a sort key when there is one. A partition of a
// table without sort keys has one record and no second page.
func partitionText(t *table, columns string) (text [2]string) {
	for direction, by := range [2][2]string{ascending: {">", ""}, descending: {"<", " DESC"}} {
		if t.decl.Sort == "" {
			text[direction] = fmt.Sprintf(`SELECT id, %s FROM %s WHERE "partition" = ? LIMIT ?`, columns, t.record)
			continue
		}
		text[direction] = fmt.Sprintf(`SELECT id, %s FROM %s WHERE "partition" = ? AND "sort" %s ? ORDER BY "sort"%s LIMIT ?`,
			columns, t.record, by[0], by[1])
	}
	return text
}

// indexText names the index to use, because a plan must not depend on
// statistics that may never have been collected.
func indexText(t *table, columns, name, partition, sort string) (text [2][2]string) {
	for direction, order := range [2]string{ascending: "", descending: " DESC"} {
		for bounded, upper := range [2]string{"", fmt.Sprintf(" AND %s < ?", sort)} {
			text[direction][bounded] = fmt.Sprintf(
				"SELECT id, %s FROM %s INDEXED BY %s WHERE %s = ? AND %s >= ?%s ORDER BY %s%s LIMIT ?",
				columns, t.record, name, partition, sort, upper, sort, order)
		}
	}
	return text
}

func (s *statementText) addFeed(t *table, byKey string) {
	key := strings.Join(t.key, ", ")
	s.feedInsert = fmt.Sprintf("INSERT INTO %s (record, commit_id, kind, committed) VALUES (?, ?, 0, ?)", t.feed)
	s.feedModify = fmt.Sprintf("INSERT INTO %s (record, commit_id, kind, committed, before) "+
		"SELECT id, ?, 1, ?, doc FROM %s WHERE %s AND version = ?", t.feed, t.record, byKey)
	s.feedRemove = fmt.Sprintf("INSERT INTO %s (record, commit_id, kind, committed, before, %s) "+
		"SELECT id, ?, 2, ?, doc, %s FROM %s WHERE %s AND version = ?", t.feed, key, key, t.record, byKey)

	// The next change of the record has the document after this one; its last
	// change has the key once the record is gone.
	next := fmt.Sprintf("(SELECT n.before FROM %s n INDEXED BY %s WHERE n.record = f.record AND n.sequence > f.sequence "+
		"AND n.before IS NOT NULL ORDER BY n.sequence LIMIT 1)", t.feed, t.feedIndex())
	var keys []string
	for _, k := range t.key {
		keys = append(keys, fmt.Sprintf("coalesce(r.%s, (SELECT n.%s FROM %s n INDEXED BY %s WHERE n.record = f.record "+
			"AND n.before IS NOT NULL ORDER BY n.sequence DESC LIMIT 1))", k, k, t.feed, t.feedIndex()))
	}
	s.feedRead = fmt.Sprintf("SELECT f.sequence, f.commit_id, f.kind, f.committed, f.before, "+
		"CASE f.kind WHEN 2 THEN NULL ELSE coalesce(%s, r.doc) END, %s FROM %s f LEFT JOIN %s r ON r.id = f.record "+
		"WHERE f.sequence > ? ORDER BY f.sequence LIMIT ?", next, strings.Join(keys, ", "), t.feed, t.record)
	s.feedProbe = fmt.Sprintf("SELECT sequence, committed FROM %s WHERE sequence >= ? ORDER BY sequence LIMIT 1", t.feed)
	s.feedLast = fmt.Sprintf("SELECT max(sequence) FROM %s", t.feed)
	s.feedTrim = fmt.Sprintf("DELETE FROM %s WHERE sequence <= ?", t.feed)
}

// statements are those prepared on one connection, made when first used.
type statements struct {
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

func newStatements(conn *sql.Conn) statements {
	return statements{conn: conn, prepared: make(map[string]*sql.Stmt)}
}

// get returns the prepared statement. Neither it nor its execution is given a
// context that can end: the driver would start a goroutine for every call.
func (s statements) get(text string) (*sql.Stmt, error) {
	if stmt, ok := s.prepared[text]; ok {
		return stmt, nil
	}
	stmt, err := s.conn.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, classify(err)
	}
	s.prepared[text] = stmt
	return stmt, nil
}

// exec runs a statement and returns how many rows it changed and, after an
// insert, the row id.
func (s statements) exec(text string, args ...any) (changed, id int64, err error) {
	stmt, err := s.get(text)
	if err != nil {
		return 0, 0, err
	}
	result, err := stmt.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, 0, classify(err)
	}
	if changed, err = result.RowsAffected(); err != nil {
		return 0, 0, err
	}
	id, err = result.LastInsertId()
	return changed, id, err
}

// close finalizes the statements and gives the connection back.
func (s statements) close() error {
	var err error
	for _, stmt := range s.prepared {
		err = errors.Join(err, stmt.Close())
	}
	return errors.Join(err, s.conn.Close())
}
