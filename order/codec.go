package order

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"comanda/storage"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Names of the table and of its indexes.
const (
	TableName = "orders"
	byTime    = "by_time" // a customer's orders by the time of placing
	open      = "open"    // a restaurant's open orders by the time of placing
)

// Table declares where orders are kept. The attributes are those of the
// workshop's table, so that an existing one can be taken over.
var Table = storage.Table{
	Name: TableName, Partition: "userId", Sort: "orderId", Doc: "data", Feed: true,
	Indexes: []storage.Index{
		{Name: byTime, Partition: "userId", Sort: "placed"},
		{Name: open, Partition: "restaurant", Sort: "opened", Global: true},
	},
}

// format numbers the documents of orders. Documents of other software have none.
// The next number is 3, because the first edition takes 2 for a format that it may read.
const format = 1

var codec = storage.Codec{Newest: format}

// document is the stored form of an order, beside its key. Names are those that
// the workshop's functions read and write. Times have milliseconds.
type document struct {
	storage.Head
	Renderer int `json:"renderer"`
	Version  int `json:"version"`
	Content
	Flagged   bool            `json:"flagged,omitzero"`
	Status    Status          `json:"status"`
	OrderTime string          `json:"orderTime"`
	UpdatedAt string          `json:"updatedAt,omitempty"` // absent: orderTime
	UpdatedBy string          `json:"updatedBy,omitempty"` // absent: the owner
	History   []transitionDoc `json:"history,omitempty"`
	Placed    *placement      `json:"placed,omitempty"` // absent: the content above
}

type transitionDoc struct {
	Status Status         `json:"status"`
	At     string         `json:"at"`
	By     string         `json:"by,omitempty"` // absent: the owner
	Reason string         `json:"reason,omitempty"`
	Rest   jsontext.Value `json:",embed"`
}

// Encode returns the record of an order.
func Encode(o Order) (storage.Record, error) {
	d := document{
		Head: storage.Head{Format: format, Rest: o.rest}, Renderer: o.renderer, Version: o.Version,
		Content: o.Content, Flagged: o.Flagged, Placed: o.placement,
		Status: o.Status, OrderTime: stamp(o.OrderTime), UpdatedBy: staffID(o.UpdatedBy),
	}
	if !o.UpdatedAt.Equal(o.OrderTime) {
		d.UpdatedAt = stamp(o.UpdatedAt)
	}
	for _, t := range o.History {
		d.History = append(d.History, transitionDoc{t.Status, stamp(t.At), staffID(t.By), t.Reason, t.rest})
	}
	r, err := codec.Encode(keyOf(o.UserID, o.OrderID), &d)
	if err != nil {
		return storage.Record{}, err
	}
	r.Index = indexOf(o)
	return r, nil
}

// Decode returns the order of a record of [Table]. Records of the workshop's own
// functions, which have no format, no version and no milliseconds, are orders too.
// What is none is an [*UnreadableError], as is one of a later release.
func Decode(r storage.Record) (Order, error) {
	o, err := DecodeDoc(r.Key, r.Doc)
	if err != nil {
		return Order{}, &UnreadableError{r.Key.Sort, err}
	}
	return o, nil
}

// DecodeDoc returns the order of a document, as [storage.Change] holds it.
func DecodeDoc(k storage.Key, doc []byte) (Order, error) {
	var d document
	if err := codec.Decode(k, doc, &d); err != nil {
		return Order{}, err
	}
	times := clockReader{}
	o := Order{
		UserID: k.Partition, OrderID: k.Sort, Content: d.Content, Flagged: d.Flagged, placement: d.Placed,
		Status: d.Status, Version: max(1, d.Version), OrderTime: times.read(d.OrderTime), renderer: max(1, d.Renderer), rest: d.Rest,
	}
	o.UpdatedAt, o.UpdatedBy = o.OrderTime, actor(d.UpdatedBy, o.UserID)
	if d.UpdatedAt != "" {
		o.UpdatedAt = times.read(d.UpdatedAt)
	}
	for _, t := range d.History {
		o.History = append(o.History, Transition{t.Status, times.read(t.At), actor(t.By, o.UserID), t.Reason, t.Rest})
	}
	countItems(o.Items)
	return o, times.err
}

// countItems gives the default to items without a quantity. Ours always have
// one, but the workshop's functions stored what they were sent.
func countItems(items []Item) {
	for i := range items {
		items[i].Quantity = cmp.Or(items[i].Quantity, 1)
	}
}

func keyOf(userID, orderID string) storage.Key {
	return storage.Key{Table: TableName, Partition: userID, Sort: orderID}
}

func indexOf(o Order) map[string]storage.IndexKey {
	at := timeKey(o.OrderTime)
	index := map[string]storage.IndexKey{byTime: {Partition: o.UserID, Sort: at + "_" + o.OrderID}}
	if o.Status.Open() && !o.Restaurant.IsZero() { // of other software: in no queue
		index[open] = storage.IndexKey{Partition: o.Restaurant.String(), Sort: at + "_" + Digest(o.UserID, o.OrderID)}
	}
	return index
}

// IndexOf returns where an order that other software has stored belongs in the
// indexes of [Table], for dynamo.Options.Index. A document that can't be read is
// an order by time all the same, at its orderTime or else before all others, so
// that lists come across it and report it.
func IndexOf(k storage.Key, doc []byte) map[string]storage.IndexKey {
	o, err := DecodeDoc(k, doc)
	if err == nil {
		return indexOf(o)
	}
	return map[string]storage.IndexKey{byTime: {Partition: k.Partition, Sort: timeKey(timeIn(doc)) + "_" + k.Sort}}
}

// timeIn returns the orderTime of a document, or the zero time.
func timeIn(doc []byte) time.Time {
	var d struct {
		OrderTime jsontext.Value `json:"orderTime"`
	}
	var text string
	if json.Unmarshal(doc, &d, jsontext.AllowDuplicateNames(true)) != nil || json.Unmarshal(d.OrderTime, &text) != nil {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return t
}

// maxTimeKey is the last time of 13 digits, in the year 2286.
const maxTimeKey = 9_999_999_999_999

// timeKey spells a time so that text order is time order: 13 digits of Unix
// milliseconds. A time that has more or is negative, as the bound of a list can
// be, counts as the last or first that hasn't.
func timeKey(t time.Time) string {
	ms := strconv.FormatInt(min(max(0, t.UnixMilli()), maxTimeKey), 10)
	return strings.Repeat("0", max(0, 13-len(ms))) + ms
}

// Digest stands for (user, order) where both ids would be too long: 128 bits of
// a SHA-256 in 22 characters.
func Digest(userID, orderID string) string {
	sum := sha256.Sum256([]byte(userID + "\x00" + orderID))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

const milliseconds = "2006-01-02T15:04:05.000Z"

func stamp(t time.Time) string { return t.UTC().Format(milliseconds) }

// clockReader reads times and remembers the first that is none.
type clockReader struct{ err error }

func (c *clockReader) read(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil && c.err == nil {
		c.err = errors.New("a time in the document is not RFC 3339")
	}
	return t.UTC()
}

// staffID is how an actor is stored: an owner's id is the key's already.
func staffID(a Actor) string {
	if a.Role == Owner {
		return ""
	}
	return a.ID
}

func actor(staffID, userID string) Actor {
	if staffID == "" {
		return Actor{userID, Owner}
	}
	return Actor{staffID, Staff}
}
