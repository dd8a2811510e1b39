package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"comanda/storage"
)

// Contents is what [CheckFile] has looked at.
type Contents struct {
	Bytes  int64           // length of the database file, without its log
	Tables []TableContents // by name
}

// TableContents says how much there is of one table.
type TableContents struct {
	Name    string
	Records int64
	Changes int64 // in its feed
}

// Check reads the whole database in one snapshot and reports what is
// inconsistent in it as [ErrDamaged]: SQLite's own structures and indexes, index
// entries, documents that aren't JSON, and changes whose images can't be rebuilt or that
// don't chain. It finds what a copy made of pages of two moments has lost. Commits go on meanwhile, and the log grows. It reads everything:
// a million records take tens of seconds.
func (s *Store) Check(ctx context.Context) error {
	return s.readers.use(ctx, func(c statements) error {
		return inSnapshot(ctx, c.conn, func() error {
			_, err := checkTables(ctx, c.conn, s.tables)
			return err
		})
	})
}

// CheckFile does what [Store.Check] does with a file that needn't be
// open, also while a process serves it. It checks the tables that the file
// itself says it has, and changes no record; SQLite may leave an empty log beside it.
func CheckFile(ctx context.Context, path string) (found Contents, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("database %s: %w", path, err)
		}
	}()
	if found.Bytes, err = inspectFile(path); err != nil {
		return found, err
	}
	err = withFile(ctx, readerSource, path, func(conn *sql.Conn) error {
		return inSnapshot(ctx, conn, func() error {
			tables, err := tablesOfFile(ctx, conn)
			if err != nil {
				return err
			}
			found.Tables, err = checkTables(ctx, conn, tables)
			return err
		})
	})
	return found, err
}

// inSnapshot makes everything that do reads be of one moment.
func inSnapshot(ctx context.Context, conn *sql.Conn, do func() error) (err error) {
	if err := run(ctx, conn, "BEGIN"); err != nil {
		return fmt.Errorf("check the database: %w", err)
	}
	defer func() { err = errors.Join(err, run(context.WithoutCancel(ctx), conn, "ROLLBACK")) }()
	return do()
}

// tablesOfFile returns the tables that the catalog of a file names, which
// another release may have put there.
func tablesOfFile(ctx context.Context, conn *sql.Conn) (map[string]*table, error) {
	version, err := schemaVersion(ctx, conn, len(migrations))
	if err != nil || version == 0 { // a file whose making was cut short
		return nil, err
	}
	stored, err := readCatalog(ctx, conn)
	if err != nil {
		return nil, err
	}
	declared := make([]storage.Table, 0, len(stored))
	for name, text := range stored {
		var t storage.Table
		if err := json.Unmarshal([]byte(text), &t); err != nil {
			return nil, fmt.Errorf("%w: declaration of table %s in the catalog: %w; %s", ErrDamaged, name, err, remedy)
		}
		declared = append(declared, t)
	}
	return newTables(declared)
}

func checkTables(ctx context.Context, conn *sql.Conn, tables map[string]*table) ([]TableContents, error) {
	if err := integrity(ctx, conn); err != nil {
		return nil, fmt.Errorf("check the database: %w", err)
	}
	found := make([]TableContents, 0, len(tables))
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		one, err := checkTable(ctx, conn, tables[name])
		if err != nil {
			return nil, fmt.Errorf("check table %s: %w", name, err)
		}
		found = append(found, one)
	}
	return found, nil
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
		for line := range strings.Lines(text) { // the first finding brings a headline
			if line = strings.TrimSpace(line); line != "ok" && !strings.HasPrefix(line, "***") {
				findings = append(findings, line)
			}
		}
	}
	if err := rows.Err(); err != nil {
		return classify(err)
	}
	switch n := len(findings); {
	case n > maxFindings:
		return fmt.Errorf("%w: %s; and %d more; %s", ErrDamaged, strings.Join(findings[:maxFindings], "; "), n-maxFindings, remedy)
	case n > 0:
		return fmt.Errorf("%w: %s; %s", ErrDamaged, strings.Join(findings, "; "), remedy)
	}
	return nil
}

// maxFindings is how many findings of SQLite's an error names.
const maxFindings = 3

// rule is a condition that no row may meet.
type rule struct {
	finding, condition string
}

// rules are conditions on the rows of one source, looked at in one pass.
type rules struct {
	source string
	rules  []rule
}

func checkTable(ctx context.Context, conn *sql.Conn, t *table) (found TableContents, err error) {
	found.Name = t.decl.Name
	if found.Records, err = recordRules(t).check(ctx, conn); err != nil || !t.decl.Feed {
		return found, err
	}
	if found.Changes, err = feedRules(t).check(ctx, conn); err != nil {
		return found, err
	}
	_, err = chainRules(t).check(ctx, conn)
	return found, err
}

// check counts all rows, and those that meet a condition.
func (r rules) check(ctx context.Context, conn *sql.Conn) (all int64, err error) {
	counts := make([]int64, len(r.rules))
	targets, text := []any{&all}, []string{"count(*)"}
	for i, rule := range r.rules {
		targets = append(targets, &counts[i])
		text = append(text, "count(*) FILTER (WHERE "+rule.condition+")")
	}
	query := "SELECT " + strings.Join(text, ", ") + " FROM " + r.source
	if err := conn.QueryRowContext(ctx, query).Scan(targets...); err != nil {
		return 0, classify(err)
	}
	for i, n := range counts {
		if n != 0 {
			return 0, fmt.Errorf("%w: %d %s; %s", ErrDamaged, n, r.rules[i].finding, remedy)
		}
	}
	return all, nil
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
