package storage

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Head begins every document. A document's type embeds it as its first field.
type Head struct {
	Format int            `json:"format"` // the format's number; 0 on documents of other software
	Rest   jsontext.Value `json:",embed"` // members that this release doesn't know, as they came
}

func (h *Head) format() int { return h.Format }

// Document is a pointer to a type that embeds a [Head].
type Document interface{ format() int }

// NewerError says that a later release wrote something that this one doesn't
// know, and mustn't ignore. Nothing of the record was used or changed.
type NewerError struct {
	Table string // of the record
	What  string // what is newer: "format 2"
}

// Error names the table, and never the key: keys hold ids of people.
func (e *NewerError) Error() string {
	return fmt.Sprintf("a record of table %s: %s is newer than this release: upgrade this process", e.Table, e.What)
}

// Codec reads and writes the documents of a table, as the package comment says
// under Formats.
type Codec struct {
	Oldest, Newest int          // formats that this release reads
	Options        json.Options // of writing, where a table has its own; nil: none
}

// Encode returns the record of a document. The document's Head says in which
// format it is.
func (c Codec) Encode(k Key, d Document) (Record, error) {
	doc, err := json.Marshal(d, c.Options)
	if err != nil {
		return Record{}, fmt.Errorf("encode a record of table %s: %w", k.Table, err)
	}
	return Record{Key: k, Doc: doc}, nil
}

// Decode reads a document. One of a newer format is a [*NewerError].
func (c Codec) Decode(k Key, doc []byte, d Document) error {
	err := json.Unmarshal(doc, d)
	found := d.format()
	if err != nil { // perhaps because a newer format has another shape
		found = formatOf(doc)
	}
	switch {
	case found > c.Newest:
		return &NewerError{k.Table, fmt.Sprintf("format %d", found)}
	case err != nil:
		return fmt.Errorf("a record of table %s can't be read: %w", k.Table, err)
	case found < c.Oldest:
		return fmt.Errorf("a record of table %s can't be read: format %d is none of ours", k.Table, found)
	}
	return nil
}

// formatOf returns the format of a document, whatever else is in it; 0 for none.
func formatOf(doc []byte) int {
	var h Head
	if json.Unmarshal(doc, &h) != nil {
		return 0
	}
	return h.Format
}
