package memory

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"comanda/storage"
)

// table is the records of one table, each of which is in several lists.
type table struct {
	decl    storage.Table
	records map[storage.Key]*entry
	lists   map[list][]place

	made uint64 // records, over all time

	changes []storage.Change // the feed, oldest first
	last    int64            // sequence of the latest change there was
}

// entry is a stored record. It is never changed: a write puts another in its place.
type entry struct {
	storage.Record
	number uint64 // counts records by when they were made: a replaced one keeps it
}

// list names records in one order: those of a partition of the table by their
// sort keys, those of a partition of an index, or, for scans, all by number.
type list struct{ index, partition string }

// byNumber is the index of the list of all records. No declared one has a name like it.
const byNumber = "\x00"

// place is an entry in a list, which is ordered by sort.
type place struct {
	sort string
	*entry
}

func newTable(t storage.Table) *table {
	return &table{decl: t, records: map[storage.Key]*entry{}, lists: map[list][]place{}}
}

// apply makes a write, whose conditions hold, and announces it.
func (t *table) apply(id string, w storage.Write, now time.Time) {
	change := storage.Change{ID: id, Key: w.Key(), Kind: storage.Insert, Time: now}
	old := t.records[change.Key]
	number := t.made + 1
	if old != nil {
		change.Kind, change.Before, number = storage.Modify, old.Doc, old.number
		t.drop(old)
	}
	if w.New == nil {
		change.Kind = storage.Remove
	} else {
		e := &entry{clone(*w.New), number}
		e.Version = id
		change.After = e.Doc
		t.made = max(t.made, number)
		t.put(e)
	}
	if t.decl.Feed {
		t.last++
		change.Sequence = t.last
		t.changes = append(t.changes, change)
	}
}

// put adds an entry to all lists that it belongs to.
func (t *table) put(e *entry) {
	t.records[e.Key] = e
	for l, sort := range t.places(e) {
		at := position(t.lists[l], sort)
		t.lists[l] = slices.Insert(t.lists[l], at, place{sort, e})
	}
}

// drop takes an entry off all lists.
func (t *table) drop(e *entry) {
	delete(t.records, e.Key)
	for l, sort := range t.places(e) {
		at := position(t.lists[l], sort)
		for t.lists[l][at].entry != e { // whose neighbours have the same place, against the contract
			at++
		}
		if t.lists[l] = slices.Delete(t.lists[l], at, at+1); len(t.lists[l]) == 0 {
			delete(t.lists, l)
		}
	}
}

// places returns where an entry belongs.
func (t *table) places(e *entry) map[list]string {
	all := map[list]string{
		{"", e.Key.Partition}: e.Key.Sort,
		{byNumber, ""}:        fmt.Sprintf("%020d", e.number),
	}
	for index, k := range e.Index {
		all[list{index, k.Partition}] = k.Sort
	}
	return all
}

// position returns where a list has its first place that isn't before sort.
func position(l []place, sort string) int {
	at, _ := slices.BinarySearchFunc(l, sort, func(p place, sort string) int { return cmp.Compare(p.sort, sort) })
	return at
}

// copied returns the table as it is now, in maps and slices of its own.
func (t *table) copied() *table {
	c := *t
	c.records, c.lists, c.changes = maps.Clone(t.records), maps.Clone(t.lists), slices.Clone(t.changes)
	for l := range c.lists {
		c.lists[l] = slices.Clone(c.lists[l])
	}
	return &c
}
