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
// don't chain. Commits go on meanwhile, and the log grows. It reads everything:
// a million records take tens of seconds.
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

// rule is a condition that no row may meet.
type rule struct {
	finding, condition string
}

// rules are conditions on the rows of one source, looked at in one pass.
type rules struct {
	source string
	rules  []rule
}

func checkTable(ctx context.Context, conn *sql.Conn, t *table) error {
	all := []rules{recordRules(t)}
	if t.decl.Feed {
		all = append(all, feedRules(t), chainRules(t))
	}
	for _, r := range all {
		if err := r.check(ctx, conn); err != nil {
			return err
		}
	}
	return nil
}

// check counts the rows that meet a condition.
func (r rules) check(ctx context.Context, conn *sql.Conn) error {
	counts := make([]int64, len(r.rules))
	targets := make([]any, len(r.rules))
	text := make([]string, len(r.rules))
	for i, rule := range r.rules {
		targets[i] = &counts[i]
		text[i] = "count(*) FILTER (WHERE " + rule.condition + ")"
	}
	query := "SELECT " + strings.Join(text, ", ") + " FROM " + r.source
	if err := conn.QueryRowContext(ctx, query).Scan(targets...); err != nil {
		return classify(err)
	}
	for i, n := range counts {
		if n != 0 {
			return fmt.Errorf("%w: %d %s; restore a backup", ErrDamaged, n, r.rules[i].finding)
		}
	}
	return nil
}

func recordRules(t *table) rules {
	list := []rule{
		{"records with a version that isn't a commit's id", "length(version) <> 16"},
		{"records with a document that isn't a JSON object", "CASE WHEN json_valid(doc) THEN json_type(doc) <> 'object' ELSE 1 END"},
	}
	for _, k := range t.key {
		list = append(list, rule{"records with a malformed key", malformed(k)})
	}
	for _, ix := range t.decl.Indexes {
		sort := quote("sort_", ix.Name)
		list = append(list, rule{"empty entries in index " + ix.Name, sort + " = ''"})
		if ix.Global {
			partition := quote("partition_", ix.Name)
			list = append(list, rule{"half entries in index " + ix.Name,
				"(" + sort + " IS NULL) <> (" + partition + " IS NULL) OR " + malformed(partition)})
		}
	}
	return rules{source: t.record, rules: list}
}

// malformed is the condition that a key column holds nothing that decodeKey reads.
func malformed(column string) string {
	return fmt.Sprintf("NOT (typeof(%[1]s) = 'text' AND %[1]s <> '' OR typeof(%[1]s) = 'blob' AND length(%[1]s) = 16 OR %[1]s IS NULL)", column)
}

// feedRules and chainRules say what makes the images of every change exist and
// chain. The document after a change is by construction the one before the next, so it is
// enough that every change but an INSERT has one, that the changes of a record
// come in a possible order, and that the last of them wrote the record.
func feedRules(t *table) rules {
	key := make([]string, len(t.key))
	for i, k := range t.key {
		key[i] = k + " IS NOT NULL"
	}
	return rules{source: t.feed, rules: []rule{
		{"changes of an unknown kind", "kind NOT IN (0, 1, 2)"},
		{"changes with a commit id that isn't 16 bytes", "length(commit_id) <> 16"},
		{"changes with a document before, or without one, against their kind", "(kind = 0) <> (before IS NULL)"},
		{"changes with a document that isn't JSON", "before IS NOT NULL AND NOT json_valid(before)"},
		{"changes with a key, or without one, against their kind", "(kind = 2) <> (" + strings.Join(key, " AND ") + ")"},
	}}
}

func chainRules(t *table) rules {
	source := fmt.Sprintf("(SELECT f.kind, f.commit_id, r.id, r.version, lag(f.kind) OVER w AS earlier, lead(f.kind) OVER w AS later "+
		"FROM %s f LEFT JOIN %s r ON r.id = f.record WINDOW w AS (PARTITION BY f.record ORDER BY f.sequence))", t.feed, t.record)
	return rules{source: source, rules: []rule{
		{"insertions that aren't their record's first change", "kind = 0 AND earlier IS NOT NULL"},
		{"removals that aren't their record's last change", "kind = 2 AND later IS NOT NULL"},
		{"removals of a record that is still there", "kind = 2 AND id IS NOT NULL"},
		{"changes without a document after", "kind <> 2 AND later IS NULL AND id IS NULL"},
		{"records that their last change didn't write", "kind <> 2 AND later IS NULL AND commit_id <> version"},
	}}
}
