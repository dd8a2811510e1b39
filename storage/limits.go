package storage

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
)

// Limits hold for every engine, so that data can move between engines. They are
// those of DynamoDB with room to spare: an item of 400 KB with keys and index
// attributes, 100 items and 4 MB a transaction, keys of 2,048 and 1,024 bytes.
const (
	MaxDoc       = 300 << 10 // bytes of Record.Doc
	MaxPartition = 1024      // bytes of a partition key, at least 1
	MaxSort      = 1024      // bytes of a sort key
	MaxWrites    = 100       // writes and checks of one commit together
	MaxCommit    = 3 << 20   // bytes of all new documents of one commit
	MaxPage      = 1000      // records of one page
)

// NewCommitID returns 128 random bits as 22 characters of unpadded URL-safe
// base64. It is also DynamoDB's ClientRequestToken, which allows 36 characters.
func NewCommitID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// DecodeCommitID returns the 16 bytes of an id from [NewCommitID].
func DecodeCommitID(id string) ([16]byte, error) {
	var b [16]byte
	n, err := base64.RawURLEncoding.Strict().Decode(b[:], []byte(id[:min(len(id), 22)]))
	if err != nil || n != 16 || len(id) != 22 {
		return b, fmt.Errorf("commit id %.40q is not 22 characters of URL-safe base64", id)
	}
	return b, nil
}

// Validate reports what makes c malformed (a plain error) or too large (a
// [*LimitError]) before it reaches an engine. Every engine calls it first.
// Tables are the declared ones, by name.
func (c Commit) Validate(tables map[string]Table) error {
	if _, err := DecodeCommitID(c.ID); err != nil {
		return err
	}
	if n := len(c.Writes) + len(c.Checks); n > MaxWrites {
		return &LimitError{What: "writes and checks of a commit", Got: n, Limit: MaxWrites}
	}
	if len(c.Writes) == 0 {
		return errors.New("commit has no writes")
	}
	seen := make(map[Key]bool, len(c.Writes)+len(c.Checks))
	feeds, size := 0, 0
	for _, w := range c.Writes {
		if err := w.validate(tables, seen); err != nil {
			return err
		}
		if tables[w.Key().Table].Feed {
			feeds++
		}
		if w.New != nil {
			size += len(w.New.Doc)
		}
	}
	for _, r := range c.Checks {
		if err := validateKey(r.Key, tables, seen); err != nil {
			return err
		}
	}
	if feeds > 1 {
		return fmt.Errorf("commit writes %d records of tables with a feed, at most one is allowed", feeds)
	}
	if size > MaxCommit {
		return &LimitError{What: "documents of a commit in bytes", Got: size, Limit: MaxCommit}
	}
	return nil
}

func (w Write) validate(tables map[string]Table, seen map[Key]bool) error {
	switch {
	case w.Old == nil && w.New == nil:
		return errors.New("write has neither an old nor a new record")
	case w.Old != nil && w.New != nil && w.Old.Key != w.New.Key:
		return fmt.Errorf("write to %s replaces a record under another key", w.New.Key.Table)
	}
	if err := validateKey(w.Key(), tables, seen); err != nil {
		return err
	}
	if w.New == nil {
		return nil
	}
	if n := len(w.New.Doc); n > MaxDoc {
		return &LimitError{What: "document in bytes", Got: n, Limit: MaxDoc}
	}
	return w.New.validateIndex(tables[w.New.Key.Table])
}

func (r Record) validateIndex(t Table) error {
	known := 0
	for _, ix := range t.Indexes {
		k, ok := r.Index[ix.Name]
		if !ok {
			continue
		}
		known++
		if !ix.Global && k.Partition != r.Key.Partition {
			return fmt.Errorf("local index %s.%s: entry has another partition than its record", t.Name, ix.Name)
		}
		if err := validateSize(k.Partition, k.Sort); err != nil {
			return fmt.Errorf("index %s.%s: %w", t.Name, ix.Name, err)
		}
		if k.Sort == "" {
			return fmt.Errorf("index %s.%s: entry has an empty sort key", t.Name, ix.Name)
		}
	}
	if known != len(r.Index) {
		return fmt.Errorf("record of table %s has an entry in an index that is not declared", t.Name)
	}
	return nil
}

func validateKey(k Key, tables map[string]Table, seen map[Key]bool) error {
	t, ok := tables[k.Table]
	if !ok {
		return fmt.Errorf("table %q is not declared", k.Table)
	}
	if seen[k] {
		return fmt.Errorf("a key of table %s occurs twice in one commit", k.Table)
	}
	seen[k] = true
	if (t.Sort == "") != (k.Sort == "") {
		return fmt.Errorf("key of table %s: a sort key is given, or missing, against the table's declaration", k.Table)
	}
	if err := validateSize(k.Partition, k.Sort); err != nil {
		return fmt.Errorf("key of table %s: %w", k.Table, err)
	}
	return nil
}

func validateSize(partition, sort string) error {
	switch {
	case partition == "":
		return errors.New("partition key is empty")
	case len(partition) > MaxPartition:
		return &LimitError{What: "partition key in bytes", Got: len(partition), Limit: MaxPartition}
	case len(sort) > MaxSort:
		return &LimitError{What: "sort key in bytes", Got: len(sort), Limit: MaxSort}
	}
	return nil
}
