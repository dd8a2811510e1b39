package client

import (
	"context"
	"iter"
	"net/url"
	"strconv"
	"time"

	"comanda/order"
)

// Filter says which orders to list. The zero value is all of them, in pages of 50.
type Filter struct {
	Status    order.Status // "" for every one
	From, To  When         // by the time of placing: from From on, and before To; "" for open
	Limit     int          // orders of a page at most, to 100; 0: 50
	NextToken string       // of the page before, which was asked for with the same filter
}

// When is a point in time as the API takes it: RFC 3339, as 2026-01-31T18:00:00Z, or a
// date, as 2026-01-31, which is its first moment in the server's time zone.
type When string

// At returns t as a When.
func At(t time.Time) When { return When(t.Format(time.RFC3339Nano)) }

// path returns a path with the filter as its query.
func (f Filter) path(path string) string {
	return withQuery(path, map[string]string{
		"status": string(f.Status), "from": string(f.From), "to": string(f.To), "limit": number(f.Limit), "nextToken": f.NextToken,
	})
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// withQuery returns a path with those parameters that aren't "".
func withQuery(path string, parameters map[string]string) string {
	query := url.Values{}
	for name, value := range parameters {
		if value != "" {
			query.Set(name, value)
		}
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// all goes through pages of T, from the one after token on.
func all[T any](token string, page func(token string) (entries []T, next string, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			entries, next, err := page(token)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
			if token = next; token == "" {
				return
			}
		}
	}
}

// allOrders goes through pages of orders.
func allOrders(ctx context.Context, f Filter, page func(context.Context, Filter) (OrderPage, error)) iter.Seq2[Order, error] {
	return all(f.NextToken, func(token string) ([]Order, string, error) {
		f.NextToken = token
		p, err := page(ctx, f)
		return p.Orders, p.NextToken, err
	})
}
