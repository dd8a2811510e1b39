package report

import (
	"errors"
	"fmt"
	"slices"

	"comanda/feed"
	"comanda/order"
	"comanda/storage"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// leafDoc is a page as it is stored. Counters are rows without member names,
// because a page is written as a whole and its size is what a write costs.
type leafDoc struct {
	storage.Head
	Split    bool   `json:"split,omitzero"` // the counters are on the two pages below
	Marks    marks  `json:"marks,omitempty"`
	Counters []part `json:"counters,omitempty"`
}

// changeDoc is a change as the state of a window holds it.
type changeDoc struct {
	Sequence feed.Sequence `json:"s"`
	At       int64         `json:"t"`
	Placed   int64         `json:"o"`
	Parts    []part        `json:"p"`
}

// MarshalJSONTo writes the row of a status, ["s", day, status, orders, units,
// revenue], or that of a product or courier, ["p", id, id, orders, units, revenue,
// name, time, version]. The row of another kind begins with that, too.
func (p part) MarshalJSONTo(enc *jsontext.Encoder) error {
	if p.row != nil {
		return enc.WriteValue(p.row)
	}
	w := rowWriter{enc: enc}
	w.token(jsontext.BeginArray)
	w.token(jsontext.String(string(p.kind)))
	switch {
	case p.kind == ofStatus || p.of == 0:
		w.token(jsontext.String(p.key.a))
		w.token(jsontext.String(p.key.b))
	default:
		w.id(p.ids[0])
		w.id(p.ids[1])
	}
	w.token(jsontext.Int(p.orders))
	w.token(jsontext.Int(p.units))
	w.value(p.revenue)
	if p.of != 0 {
		w.token(jsontext.String(p.name))
		w.token(jsontext.Int(p.at))
		w.token(jsontext.Int(int64(p.of)))
	}
	w.token(jsontext.EndArray)
	return w.err
}

// rowWriter writes until the first error.
type rowWriter struct {
	enc *jsontext.Encoder
	err error
}

func (w *rowWriter) token(t jsontext.Token) {
	if w.err == nil {
		w.err = w.enc.WriteToken(t)
	}
}

func (w *rowWriter) value(v json.MarshalerTo) {
	if w.err == nil {
		w.err = v.MarshalJSONTo(w.enc)
	}
}

func (w *rowWriter) id(id order.ID) { w.value(id) }

var errRow = errors.New("is not the row of a counter")

// UnmarshalJSONFrom reads a row.
func (p *part) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	r := rowReader{dec: dec}
	r.expect('[')
	p.kind = kind(r.text())
	if r.err == nil && !slices.Contains(kinds, p.kind) {
		p.row = r.rest(p.kind)
		return r.err
	}
	p.ids[0], p.ids[1] = r.id(), r.id()
	p.key.a, p.key.b = r.texts[0], r.texts[1]
	p.orders, p.units = r.integer(), r.integer()
	r.value(&p.revenue)
	if r.err == nil && dec.PeekKind() != ']' {
		p.name, p.at, p.of = r.text(), r.integer(), int(r.integer())
	} else {
		p.label = label{}
	}
	r.expect(']')
	if r.err == nil && !p.valid() {
		r.err = errRow
	}
	return r.err
}

// valid reports whether a row that was read would be written like that.
func (p *part) valid() bool {
	switch {
	case p.label == label{}:
		return true
	case p.of == 0:
		return false
	}
	return p.kind != ofStatus && p.ids[0].String() == p.key.a && p.ids[1].String() == p.key.b
}

// rowReader reads until the first error.
type rowReader struct {
	dec   *jsontext.Decoder
	texts []string // of ids
	err   error
}

func (r *rowReader) token() jsontext.Token {
	if r.err != nil {
		return jsontext.Token{}
	}
	var t jsontext.Token
	t, r.err = r.dec.ReadToken()
	return t
}

func (r *rowReader) expect(k jsontext.Kind) {
	if t := r.token(); r.err == nil && t.Kind() != k {
		r.err = fmt.Errorf("%s %w", t.Kind(), errRow)
	}
}

func (r *rowReader) text() string {
	t := r.token()
	if r.err == nil && t.Kind() != '"' {
		r.err = fmt.Errorf("%s %w", t.Kind(), errRow)
	}
	if r.err != nil {
		return ""
	}
	return t.String()
}

func (r *rowReader) integer() int64 {
	if r.err != nil {
		return 0
	}
	var n int64
	r.err = json.UnmarshalDecode(r.dec, &n)
	return n
}

func (r *rowReader) value(v json.UnmarshalerFrom) {
	if r.err == nil {
		r.err = v.UnmarshalJSONFrom(r.dec)
	}
}

// rest reads on to the end of a row, and returns the row as it came.
func (r *rowReader) rest(k kind) jsontext.Value {
	row, err := jsontext.AppendQuote(jsontext.Value{'['}, k)
	for r.err = err; r.err == nil && r.dec.PeekKind() != ']'; {
		var v jsontext.Value
		v, r.err = r.dec.ReadValue()
		row = append(append(row, ','), v...)
	}
	r.expect(']')
	return append(row, ']')
}

// id reads an id, or the day or status that is in its place.
func (r *rowReader) id() order.ID {
	t := r.token()
	if r.err != nil {
		r.texts = append(r.texts, "")
		return order.ID{}
	}
	text := t.String()
	r.texts = append(r.texts, text)
	id, err := order.ParseID(text, t.Kind() == '0')
	if err != nil {
		return order.ID{} // a status of other software, or no id
	}
	return id
}

// marks are the positions up to which the changes of shards have been counted.
type marks []mark

// mark is one of them: [shard, sequence, hour].
type mark struct {
	shard    string        // short, see shardName
	sequence feed.Sequence // of the last change that is counted
	hour     int64         // when that was committed, in hours since 1970
}

// size returns how many bytes of a document marks take, about.
func (m marks) size() (n int) {
	for _, m := range m {
		n += len(m.shard) + len(m.sequence) + len(`["","",494000],`)
	}
	return n
}

// MarshalJSONTo writes a mark as a row.
func (m mark) MarshalJSONTo(enc *jsontext.Encoder) error {
	w := rowWriter{enc: enc}
	w.token(jsontext.BeginArray)
	w.token(jsontext.String(m.shard))
	w.token(jsontext.String(string(m.sequence)))
	w.token(jsontext.Int(m.hour))
	w.token(jsontext.EndArray)
	return w.err
}

// UnmarshalJSONFrom reads a mark.
func (m *mark) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	r := rowReader{dec: dec}
	r.expect('[')
	m.shard, m.sequence, m.hour = r.text(), feed.Sequence(r.text()), r.integer()
	r.expect(']')
	return r.err
}
