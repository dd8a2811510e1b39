package dynamo

import (
	"errors"
	"fmt"
	"regexp"
	"sync/atomic"
	"unicode/utf8"

	"comanda/storage"
)

// VersionAttribute is the attribute (S) with the version of a record.
const VersionAttribute = "version"

// table is a declared table and how it is laid out on DynamoDB.
type table struct {
	decl    storage.Table
	name    string // on DynamoDB
	foreign func(storage.Key, []byte) map[string]storage.IndexKey
	indexes map[string]*index
}

type index struct {
	storage.Index
	missing atomic.Bool // a local index that the table was made without
}

// names are those that DynamoDB accepts for tables and indexes, but for their
// length, which in the expression would cost every start half a millisecond.
var names = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

func validName(name string) bool {
	return len(name) >= 3 && len(name) <= 255 && names.MatchString(name)
}

func newTable(d storage.Table, opts Options) (*table, error) {
	t := &table{decl: d, name: opts.Prefix + d.Name, foreign: opts.Index[d.Name], indexes: make(map[string]*index, len(d.Indexes))}
	if name, ok := opts.Names[d.Name]; ok {
		t.name = name
	}
	if !validName(t.name) {
		return nil, fmt.Errorf("table %s: DynamoDB has no tables named %q, use 3 to 255 of A-Z a-z 0-9 _ . -", d.Name, t.name)
	}
	if err := validateDeclaration(d); err != nil {
		return nil, fmt.Errorf("table %s: %w", d.Name, err)
	}
	for _, ix := range d.Indexes {
		t.indexes[ix.Name] = &index{Index: ix}
	}
	return t, nil
}

// validateDeclaration refuses what can't be laid out: every attribute has one
// meaning only.
func validateDeclaration(d storage.Table) error {
	attributes := []string{d.Partition, d.Doc, VersionAttribute}
	if d.Sort != "" {
		attributes = append(attributes, d.Sort)
	}
	for _, ix := range d.Indexes {
		switch {
		case !validName(ix.Name):
			return fmt.Errorf("DynamoDB has no indexes named %q, use 3 to 255 of A-Z a-z 0-9 _ . -", ix.Name)
		case ix.Global:
			attributes = append(attributes, ix.Partition)
		case d.Sort == "":
			return fmt.Errorf("local index %s needs a table with a sort key", ix.Name)
		case ix.Partition != d.Partition:
			return fmt.Errorf("local index %s has another partition attribute than its table", ix.Name)
		}
		attributes = append(attributes, ix.Sort)
	}
	seen := make(map[string]bool, len(attributes))
	for _, a := range attributes {
		if a == "" || seen[a] {
			return fmt.Errorf("attribute %q is missing or is used twice", a)
		}
		seen[a] = true
	}
	return nil
}

// possible reports whether a record can be under the key. DynamoDB answers an
// error to keys that can't be, and a caller may have been sent one.
func (t *table) possible(k storage.Key) bool {
	return k.Partition != "" && len(k.Partition) <= storage.MaxPartition && len(k.Sort) <= storage.MaxSort &&
		(k.Sort == "") == (t.decl.Sort == "") && utf8.ValidString(k.Partition) && utf8.ValidString(k.Sort)
}

var errText = errors.New("a key isn't valid UTF-8, which DynamoDB would change")

// checkText refuses keys that wouldn't come back as they went in.
func checkText(r storage.Record) error {
	valid := utf8.ValidString(r.Key.Partition) && utf8.ValidString(r.Key.Sort)
	for _, k := range r.Index {
		valid = valid && utf8.ValidString(k.Partition) && utf8.ValidString(k.Sort)
	}
	if !valid {
		return fmt.Errorf("table %s: %w", r.Key.Table, errText)
	}
	return nil
}
