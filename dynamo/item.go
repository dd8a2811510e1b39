package dynamo

import (
	"fmt"
	"maps"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"comanda/storage"
)

// item is what DynamoDB stores under a key: values by attribute.
type item = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// textOf returns the value of an attribute of type S.
func textOf(it item, attribute string) (string, bool) {
	s, ok := it[attribute].(*types.AttributeValueMemberS)
	if !ok {
		return "", false
	}
	return s.Value, true
}

// keyItem returns the attributes of a key.
func (t *table) keyItem(k storage.Key) item {
	it := item{t.decl.Partition: text(k.Partition)}
	if t.decl.Sort != "" {
		it[t.decl.Sort] = text(k.Sort)
	}
	return it
}

// keyOf returns the key of an item, or of a key that DynamoDB returns.
func (t *table) keyOf(it item) (storage.Key, error) {
	k := storage.Key{Table: t.decl.Name}
	var ok bool
	if k.Partition, ok = textOf(it, t.decl.Partition); !ok {
		return k, fmt.Errorf("item of table %s: attribute %s isn't of type S", t.name, t.decl.Partition)
	}
	if t.decl.Sort == "" {
		return k, nil
	}
	if k.Sort, ok = textOf(it, t.decl.Sort); !ok {
		return k, fmt.Errorf("item of table %s: attribute %s isn't of type S", t.name, t.decl.Sort)
	}
	return k, nil
}

// item returns the item of a record that commit id writes.
func (t *table) item(r storage.Record, id string) (item, error) {
	doc, err := encodeDocument(r.Doc)
	if err != nil {
		return nil, fmt.Errorf("write to table %s: %w", t.decl.Name, err)
	}
	it := t.keyItem(r.Key)
	it[t.decl.Doc], it[VersionAttribute] = doc, text(id)
	for name, k := range r.Index {
		ix := t.indexes[name]
		it[ix.Sort] = text(k.Sort)
		if ix.Global {
			it[ix.Partition] = text(k.Partition)
		}
	}
	if err := t.checkSize(it); err != nil {
		return nil, fmt.Errorf("write to table %s: %w", t.decl.Name, err)
	}
	return it, nil
}

// record is the inverse of item, and reads items of other software as well.
func (t *table) record(it item) (storage.Record, error) {
	k, err := t.keyOf(it)
	if err != nil {
		return storage.Record{}, err
	}
	r := storage.Record{Key: k}
	version, ours := textOf(it, VersionAttribute)
	r.Version = version
	if r.Doc, err = t.document(it, ours); err != nil {
		return storage.Record{}, fmt.Errorf("item of table %s: %w", t.name, err)
	}
	if !ours && t.foreign != nil {
		r.Index = t.foreign(k, r.Doc)
		return r, nil
	}
	for name, ix := range t.indexes {
		if entry, ok := ix.entry(k, it); ok {
			if r.Index == nil {
				r.Index = make(map[string]storage.IndexKey)
			}
			r.Index[name] = entry
		}
	}
	return r, nil
}

// entry returns where an item is in an index.
func (ix *index) entry(k storage.Key, it item) (storage.IndexKey, bool) {
	e := storage.IndexKey{Partition: k.Partition}
	var inPartition, inOrder bool
	if inPartition = !ix.Global; ix.Global {
		e.Partition, inPartition = textOf(it, ix.Partition)
	}
	e.Sort, inOrder = textOf(it, ix.Sort)
	return e, inPartition && inOrder
}

// document returns the document of an item. One of other software may have none
// where ours is: then all of its attributes are the document.
func (t *table) document(it item, ours bool) ([]byte, error) {
	name := asStored
	if ours {
		name = originalName
	}
	if m, ok := it[t.decl.Doc].(*types.AttributeValueMemberM); ok {
		return appendObject(nil, m.Value, name)
	}
	rest := maps.Clone(it)
	delete(rest, t.decl.Partition)
	delete(rest, t.decl.Sort)
	for _, ix := range t.indexes { // which it has when it was adopted
		delete(rest, ix.Partition)
		delete(rest, ix.Sort)
	}
	return appendObject(nil, rest, name)
}

// ReadItem returns the record of an item of a table, as a stream's images show
// it. Items of other software have no entries in indexes there.
func ReadItem(d storage.Table, it map[string]types.AttributeValue) (storage.Record, error) {
	t, err := newTable(d, Options{})
	if err != nil {
		return storage.Record{}, err
	}
	return t.record(it)
}
