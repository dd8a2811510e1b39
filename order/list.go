package order

import (
	"context"
	"fmt"
	"time"

	"comanda/storage"
)

// MaxPage is the most orders in one page.
const MaxPage = 100

// maxExamined is how many orders one filtered page looks at before it answers
// with what it has: a rare status must not turn one request into a full scan.
const maxExamined = 1000

// maxPageBytes is how many bytes of documents one page has before it ends, about:
// an answer of AWS Lambda can have 6 MB, after its JSON has been quoted once more.
const maxPageBytes = 2 << 20

// filterBatch is how many orders are read at a time to find those with a status.
const filterBatch = 100

// Filter says which orders to list.
type Filter struct {
	Status   Status    // "" for all
	From, To time.Time // by time of placing: From inclusive, To exclusive, zero for open
	Limit    int       // 1 to MaxPage
	After    storage.Cursor
}

// Page is a part of a list. A Next other than "" means that there may be more; a
// page of large orders can be short and still have one, and a filtered page even empty.
type Page struct {
	Orders     []Order
	Next       storage.Cursor
	Unreadable int // orders that were left out because their documents can't be read
}

// List returns a customer's orders, newest first. One that can't be read, which
// other software may have written, doesn't fail the others: it is left out,
// counted and reported, see [Service.ReportUnreadable]. A bad Filter.After is
// [storage.ErrCursor].
func (s *Service) List(ctx context.Context, userID string, f Filter) (Page, error) {
	return s.page(ctx, storage.Query{
		Table: TableName, Index: byTime, Partition: userID,
		From: bound(f.From), To: bound(f.To), Descending: true, After: f.After,
	}, f)
}

// Queue returns a restaurant's open orders of every customer, oldest first. On
// some engines an order appears in it, or leaves it, a moment after its change. A bad Filter.After is
// [storage.ErrCursor].
func (s *Service) Queue(ctx context.Context, restaurantID string, f Filter) (Page, error) {
	return s.page(ctx, storage.Query{
		Table: TableName, Index: open, Partition: restaurantID,
		From: bound(f.From), To: bound(f.To), After: f.After,
	}, f)
}

func (s *Service) page(ctx context.Context, q storage.Query, f Filter) (Page, error) {
	out := Page{Orders: make([]Order, 0, f.Limit)}
	for examined, room := 0, maxPageBytes; ; {
		m, found, err := s.batch(ctx, q, f.Status, f.Limit-len(out.Orders), room)
		if err != nil {
			return Page{}, fmt.Errorf("list orders: %w", err)
		}
		out.Orders = append(out.Orders, m.orders...)
		out.Unreadable += len(m.bad)
		for _, b := range m.bad {
			s.unreadable(ctx, b)
		}
		examined += len(found.Records)
		room -= m.size
		out.Next, q.After = found.Next, found.Next
		if found.Next == "" || len(out.Orders) == f.Limit || examined >= maxExamined || room <= 0 {
			return out, nil
		}
	}
}

// batch returns at most most orders with a status, and not much more than room bytes of
// them, from the records that come next, and the page of the store that ends with the last of
// them. Looking for a rare status it reads ahead. Since a page of the store can be
// continued only from its end, one with too many matches is read again, shorter.
func (s *Service) batch(ctx context.Context, q storage.Query, status Status, most, room int) (matches, storage.Page, error) {
	q.Limit = most
	if status != "" {
		q.Limit = max(most, filterBatch)
	}
	for {
		found, err := s.store.Query(ctx, q)
		if err != nil {
			return matches{}, storage.Page{}, err
		}
		m := matching(found.Records, status, most, room)
		if m.records == len(found.Records) {
			return m, found, nil
		}
		q.Limit = m.records
	}
}

// matches are the orders wanted among the records of a page.
type matches struct {
	orders  []Order
	size    int                // of their documents, in bytes
	bad     []*UnreadableError // those among them that can't be read
	records int                // how many of the records hold them: all, unless there are more matches than that
}

// matching returns at most most orders that have a status. From the second on
// they have to fit into room bytes.
func matching(records []storage.Record, status Status, most, room int) (m matches) {
	for i, r := range records {
		o, err := DecodeDoc(r.Key, r.Doc)
		if err != nil {
			m.bad = append(m.bad, &UnreadableError{r.Key.Sort, err})
			continue
		}
		if status != "" && o.Status != status {
			continue
		}
		if n := len(m.orders); n == most || n > 0 && m.size+len(r.Doc) > room {
			return m
		}
		m.orders, m.size, m.records = append(m.orders, o), m.size+len(r.Doc), i+1
	}
	m.records = len(records)
	return m
}

func bound(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return timeKey(t)
}
