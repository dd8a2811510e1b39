package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"comanda/feed"
	"comanda/storage"

	"github.com/go-json-experiment/json/jsontext"
)

// leafSize is how many bytes of counters a page has at most. One that would get more
// is split instead. Marks come on top: both halves of a split page have all of them, so
// that splitting because of marks would never end.
const leafSize = 24 << 10

const maxDepth = 64 // bits of a hash

// keepMarks is for how many hours a page remembers a shard that counts nothing
// there any more. Streams keep changes for 24 hours, so nothing of it can be
// delivered again by then.
const keepMarks = 30

// pageID says which page: of a generation and a scope, the counters whose
// hashes begin with certain bits.
type pageID struct {
	generation string
	scope      string // totals, a month, all, or a day
	prefix     string // of the hash, as characters 0 and 1
}

// Scopes other than days, 2026-11-21, and months, 2026-11.
const (
	scopeTotals = "totals" // statuses of all time
	scopeAll    = "all"    // products and couriers of all time
)

func (id pageID) key() storage.Key {
	return storage.Key{Table: Table.Name, Partition: id.generation + "/" + id.scope, Sort: "p" + id.prefix}
}

func (id pageID) below(bit byte) pageID {
	id.prefix += string('0' + bit)
	return id
}

// entry is a part of a change on its way to a page.
type entry struct {
	part
	change *change
	hash   uint64
}

func hashOf(k key) uint64 {
	sum := sha256.Sum256([]byte(string(k.kind) + k.a + "\x00" + k.b))
	return binary.BigEndian.Uint64(sum[:])
}

// bit returns the n-th bit of a hash, from the left.
func bit(hash uint64, n int) byte { return byte(hash >> (63 - n) & 1) }

// counter is what a page knows of one key.
type counter struct {
	tally
	label
}

// page is a part of a scope's counters. It is a leaf of a binary trie or, once it
// was split, says so.
type page struct {
	id       pageID
	record   *storage.Record // as stored; nil: not yet
	split    bool
	marks    marks
	counters map[key]counter
	others   []part         // rows of kinds that this release doesn't know
	rest     jsontext.Value // as in [storage.Head]
	size     int            // bytes of its document, when it was read or written last
	cached   int            // size with which it is in a cache
}

func newPage(id pageID, base marks) *page {
	return &page{id: id, marks: slices.Clone(base), counters: map[key]counter{}}
}

func decodePage(id pageID, r storage.Record) (*page, error) {
	var doc leafDoc
	if err := codec.Decode(r.Key, r.Doc, &doc); err != nil {
		return nil, fmt.Errorf("page %s of the reports of %s: %w", r.Key.Sort, r.Key.Partition, err)
	}
	p := &page{id: id, record: &r, split: doc.Split, marks: doc.Marks, counters: make(map[key]counter, len(doc.Counters)), rest: doc.Rest, size: len(r.Doc)}
	for _, c := range doc.Counters {
		if c.row != nil {
			p.others = append(p.others, c)
			continue
		}
		p.counters[c.key] = counter{c.tally, c.label}
	}
	p.record.Doc = nil // of a stored record, the version is enough
	return p, nil
}

// encode returns the record to be stored.
func (p *page) encode() (storage.Record, error) {
	doc := leafDoc{
		Head: storage.Head{Format: format, Rest: p.rest}, Split: p.split, Marks: p.marks, Counters: make([]part, 0, len(p.counters)+len(p.others)),
	}
	for k, c := range p.counters {
		doc.Counters = append(doc.Counters, part{key: k, tally: c.tally, label: c.label})
	}
	slices.SortFunc(doc.Counters, func(a, b part) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), strings.Compare(a.key.a, b.key.a), strings.Compare(a.key.b, b.key.b))
	})
	doc.Counters = append(doc.Counters, p.others...)
	r, err := codec.Encode(p.id.key(), &doc)
	p.size = len(r.Doc)
	return r, err
}

// counted returns the position up to which the changes of a shard are in the page.
func (p *page) counted(shard string) feed.Sequence {
	for _, m := range p.marks {
		if m.shard == shard {
			return m.sequence
		}
	}
	return ""
}

// count adds what hasn't been counted yet, and moves the page's mark. It reports
// whether anything was new.
func (p *page) count(f flush, entries []entry) (changed bool) {
	done := p.counted(f.last.shard)
	for _, e := range entries {
		if e.change.sequence.Compare(done) > 0 {
			p.add(e.part)
			changed = true
		}
	}
	if changed {
		p.move(f.last)
	}
	return changed
}

// add adds a part to its counter, which goes when nothing is left of it.
func (p *page) add(d part) {
	c := p.counters[d.key]
	c.tally, c.label = c.plus(d.tally), latest(c.label, d.label)
	if c.tally == (tally{}) {
		delete(p.counters, d.key)
		return
	}
	p.counters[d.key] = c
}

// move replaces the mark of a shard, and forgets shards that have ended long ago.
func (p *page) move(to mark) {
	p.marks = slices.DeleteFunc(p.marks, func(m mark) bool {
		return m.shard == to.shard || m.hour < to.hour-keepMarks
	})
	p.marks = append(p.marks, to)
}

// divisible reports whether a page that has become too large can be split: it has
// several counters, and none of a kind that this release doesn't know, because it
// can't tell which half that belongs to. Such a page grows, up to the store's limit.
func (p *page) divisible() bool {
	return len(p.counters) > 1 && len(p.others) == 0 && len(p.id.prefix) < maxDepth
}

// divide splits a page as it is stored, and returns the pages below, which have its counters then.
func (p *page) divide() []*page {
	halves := []*page{newPage(p.id.below(0), p.marks), newPage(p.id.below(1), p.marks)}
	for k, c := range p.counters {
		halves[bit(hashOf(k), len(p.id.prefix))].counters[k] = c
	}
	p.split, p.marks, p.counters = true, nil, nil
	return halves
}

// shardName returns a short name of a shard: 60 bits of a hash.
func shardName(shard string) string {
	sum := sha256.Sum256([]byte(shard))
	return base64.RawURLEncoding.EncodeToString(sum[:])[:10]
}
