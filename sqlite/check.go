package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Check reads the whole database in one snapshot and reports what is
// inconsistent in it as [ErrDamaged]: SQLite's own structures and indexes, index
// entries, documents that aren't JSON, and changes whose images can't be rebuilt or that
// don't chain. Commits go on meanwhile. It takes seconds for a million records.
func (s *Store) Check(ctx context.Context) (err error) {
	return s.readers.use(ctx, func(c statements) (err error) {
		if err := run(ctx, c.conn, "BEGIN"); err != nil {
			return fmt.Errorf("check the database: %w", err)
		}
		defer func() {
			err = errors.Join(err, run(context.WithoutCancel(ctx), c.conn, "ROLLBACK"))
		}()
		if err := integrity(ctx, c.conn); err != nil {
			return fmt.Errorf("check the database: %w", err)
		}
		for _, name := range slices.Sorted(maps.Keys(s.tables)) {
			if err := checkTable(ctx, c.conn, s.tables[name]); err != nil {
				return fmt.Errorf("check table %s: %w", name, err)
			}
		}
		return nil
	})
}

// integrity runs SQLite's own check, which answers "ok" or up to 100 findings.
func integrity(ctx context.Context, conn *sql.Conn) (err error) {
	rows, err := conn.QueryContext(ctx, "PRAGMA integrity_check")
	if err != nil {
		return classify(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var findings []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return classify(err)
		}
		if text != "ok" {
			findings = append(findings, text)
		}
	}
	if err := rows.Err(); err != nil {
		return classify(err)
	}
	if len(findings) != 0 {
		return fmt.Errorf("%w: %s; restore a backup", ErrDamaged, strings.Join(findings, "; "))
	}
	return nil
}

// rule is a query that counts what must not be there.
type rule struct {
	finding string
	count   string
}

func checkTable(ctx context.Context, conn *sql.Conn, t *table) error {
	rules := recordRules(t)
	if t.decl.Feed {
		rules = append(rules, feedRules(t)...)
	}
	for _, r := range rules {
		var n int
		if err := conn.QueryRowContext(ctx, r.count).Scan(&n); err != nil {
			return classify(err)
		}
		if n != 0 {
			return fmt.Errorf("%w: %d %s; restore a backup", ErrDamaged, n, r.finding)
		}
	}
	return nil
}

func recordRules(t *table) []rule {
	from := "SELECT count(*) FROM " + t.record + " WHERE "
	rules := []rule{
		{"records with a version that isn't a commit's id", from + "length(version) <> 16"},
		{"records with a document that isn't a JSON object",
			from + "CASE WHEN json_valid(doc) THEN json_type(doc) <> 'object' ELSE 1 END"},
	}
	for _, k := range t.key {
		rules = append(rules, rule{"records with a malformed key", from + malformed(k)})
	}
	for _, ix := range t.decl.Indexes {
		sort := quote("sort_", ix.Name)
		rules = append(rules, rule{"empty entries in index " + ix.Name, from + sort + " = ''"})
		if ix.Global {
			partition := quote("partition_", ix.Name)
			rules = append(rules, rule{"half entries in index " + ix.Name,
				from + "(" + sort + " IS NULL) <> (" + partition + " IS NULL) OR " + malformed(partition)})
		}
	}
	return rules
}

// malformed is the condition that a key column holds nothing that decodeKey reads.
func malformed(column string) string {
	return fmt.Sprintf("NOT (typeof(%[1]s) = 'text' AND %[1]s <> '' OR typeof(%[1]s) = 'blob' AND length(%[1]s) = 16 OR %[1]s IS NULL)", column)
}

// feedRules say what makes the images of every change exist and chain. The
// document after a change is by construction the one before the next, so it is enough
// that every change but an INSERT has one, that the changes of a record come in
// a possible order, and that the last of them is the one that wrote the record.
func feedRules(t *table) []rule {
	key := make([]string, len(t.key))
	for i, k := range t.key {
		key[i] = k + " IS NOT NULL"
	}
	hasKey := strings.Join(key, " AND ")
	from := "SELECT count(*) FROM " + t.feed + " WHERE "
	chain := fmt.Sprintf("SELECT count(*) FROM (SELECT f.kind, f.commit_id, r.id, r.version, "+
		"lag(f.kind) OVER w AS earlier, lead(f.kind) OVER w AS later FROM %s f LEFT JOIN %s r ON r.id = f.record "+
		"WINDOW w AS (PARTITION BY f.record ORDER BY f.sequence)) WHERE ", t.feed, t.record)
	return []rule{
		{"changes of an unknown kind", from + "kind NOT IN (0, 1, 2)"},
		{"changes with a commit id that isn't 16 bytes", from + "length(commit_id) <> 16"},
		{"changes with a document before, or without one, against their kind", from + "(kind = 0) <> (before IS NULL)"},
		{"changes with a document that isn't JSON", from + "before IS NOT NULL AND NOT json_valid(before)"},
		{"changes with a key, or without one, against their kind", from + "(kind = 2) <> (" + hasKey + ")"},
		{"insertions that aren't their record's first change", chain + "kind = 0 AND earlier IS NOT NULL"},
		{"removals that aren't their record's last change", chain + "kind = 2 AND later IS NOT NULL"},
		{"removals of a record that is still there", chain + "kind = 2 AND id IS NOT NULL"},
		{"changes without a document after", chain + "kind <> 2 AND later IS NULL AND id IS NULL"},
		{"records that their last change didn't write", chain + "later IS NULL AND kind <> 2 AND commit_id <> version"},
	}
}
