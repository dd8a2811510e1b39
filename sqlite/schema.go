package sqlite

import (
	"fmt"
	"regexp"
	"strings"

	"comanda/storage"
)

// nameSyntax is DynamoDB's alphabet for names of tables and indexes. It has no
// colon, which therefore separates the parts of the names that we compose. The
// length is checked beside it: counting in the expression costs every start.
var nameSyntax = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

func isName(text string) bool { return len(text) <= 100 && nameSyntax.MatchString(text) }

// table is a declared table with the names and statements that follow from it.
type table struct {
	decl    storage.Table
	record  string   // quoted name of the table of records
	feed    string   // quoted name of the table of changes
	columns []string // quoted columns of a record in the order of every statement: partition, sort, version, indexes, doc
	key     []string // quoted columns of the key
	sql     statementText
}

func quote(parts ...string) string {
	return `"` + strings.Join(parts, "") + `"`
}

// newTables returns the declared tables by name. SQLite folds the case of names, so
// two that differ in nothing else are refused.
func newTables(declared []storage.Table) (map[string]*table, error) {
	tables := make(map[string]*table, len(declared))
	folded := make(map[string]bool, len(declared))
	for _, d := range declared {
		if err := validateDeclaration(d); err != nil {
			return nil, err
		}
		if name := strings.ToLower(d.Name); folded[name] {
			return nil, fmt.Errorf("table %s is declared twice, or differs from another in case only: rename it", d.Name)
		} else {
			folded[name] = true
		}
		tables[d.Name] = newTable(d)
	}
	return tables, nil
}

func validateDeclaration(d storage.Table) error {
	if !isName(d.Name) {
		return fmt.Errorf("table name %q is not 1 to 100 of A-Z a-z 0-9 _ . -: rename it", d.Name)
	}
	folded := make(map[string]bool, len(d.Indexes))
	for _, ix := range d.Indexes {
		name := strings.ToLower(ix.Name)
		switch {
		case !isName(ix.Name):
			return fmt.Errorf("index name %q of table %s is not 1 to 100 of A-Z a-z 0-9 _ . -: rename it", ix.Name, d.Name)
		case folded[name]:
			return fmt.Errorf("index %s of table %s is declared twice, or differs from another in case only: rename it", ix.Name, d.Name)
		}
		folded[name] = true
	}
	return nil
}

func newTable(d storage.Table) *table {
	t := &table{
		decl:   d,
		record: quote("record_", d.Name),
		feed:   quote("feed_", d.Name),
		key:    []string{quote("partition")},
	}
	if d.Sort != "" {
		t.key = append(t.key, quote("sort"))
	}
	t.columns = append(append(t.columns, t.key...), "version")
	for _, ix := range d.Indexes {
		t.columns = append(t.columns, indexColumns(ix)...)
	}
	t.columns = append(t.columns, "doc")
	t.sql = newStatementText(t)
	return t
}

// indexColumns returns the columns that an index has of its own.
func indexColumns(ix storage.Index) []string {
	if ix.Global {
		return []string{quote("partition_", ix.Name), quote("sort_", ix.Name)}
	}
	return []string{quote("sort_", ix.Name)}
}

// indexPartition returns the column that holds the partition of an index.
func indexPartition(ix storage.Index) string {
	if ix.Global {
		return quote("partition_", ix.Name)
	}
	return quote("partition")
}

func (t *table) indexName(ix storage.Index) string {
	return quote("index_", t.decl.Name, ":", ix.Name)
}

// definition returns the statements that create the table. Their text is kept
// in every file: a change of it is a migration.
func (t *table) definition() []string {
	b := []string{"id INTEGER PRIMARY KEY AUTOINCREMENT"}
	for _, k := range t.key {
		b = append(b, k+" ANY NOT NULL")
	}
	b = append(b, "version BLOB NOT NULL")
	for _, ix := range t.decl.Indexes {
		if ix.Global {
			b = append(b, quote("partition_", ix.Name)+" ANY")
		}
		b = append(b, quote("sort_", ix.Name)+" TEXT")
	}
	b = append(b, "doc TEXT NOT NULL")
	ddl := []string{
		fmt.Sprintf("CREATE TABLE %s (%s) STRICT", t.record, strings.Join(b, ", ")),
		fmt.Sprintf("CREATE UNIQUE INDEX %s ON %s (%s)", quote("key_", t.decl.Name), t.record, strings.Join(t.key, ", ")),
	}
	for _, ix := range t.decl.Indexes {
		sort := quote("sort_", ix.Name)
		ddl = append(ddl, fmt.Sprintf("CREATE INDEX %s ON %s (%s, %s) WHERE %s IS NOT NULL",
			t.indexName(ix), t.record, indexPartition(ix), sort, sort))
	}
	if t.decl.Feed {
		ddl = append(ddl, t.feedDefinition()...)
	}
	return ddl
}

// feedDefinition returns the statements for the table of changes. Its index
// ends, like every SQLite index, with the row id, which is the sequence.
func (t *table) feedDefinition() []string {
	b := []string{
		"sequence INTEGER PRIMARY KEY AUTOINCREMENT", "record INTEGER NOT NULL", "commit_id BLOB NOT NULL",
		"kind INTEGER NOT NULL", "committed INTEGER NOT NULL", "before TEXT",
	}
	for _, k := range t.key {
		b = append(b, k+" ANY")
	}
	return []string{
		fmt.Sprintf("CREATE TABLE %s (%s) STRICT", t.feed, strings.Join(b, ", ")),
		fmt.Sprintf("CREATE INDEX %s ON %s (record) WHERE before IS NOT NULL", t.feedIndex(), t.feed),
	}
}

func (t *table) feedIndex() string { return quote("changes_", t.decl.Name) }
