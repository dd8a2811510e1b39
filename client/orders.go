package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"

	"comanda/order"

	"github.com/google/uuid"
)

// Place places an order, once: it sends the placement again until it is answered,
// which the placement's id makes safe. POST /orders.
func (c *Client) Place(ctx context.Context, p Placement) (Order, error) {
	const what = "place the order"
	r := Request{Method: http.MethodPost, Path: orderPath(""), Repeatable: true}
	switch {
	case p.OrderID == "" && p.Key != "":
		r.Header = http.Header{"Idempotency-Key": {p.Key}}
	case p.OrderID == "":
		id, err := uuid.NewV7()
		if err != nil {
			return Order{}, fmt.Errorf("%s: make an id: %w", what, err)
		}
		p.OrderID = id.String()
	}
	var err error
	if r.Body, err = encode(what, p); err != nil {
		return Order{}, err
	}
	o, a, err := call[Order](ctx, c, what, r)
	o.Replayed = a.Header.Get("Idempotent-Replayed") == "true"
	return o, err
}

// Order returns one of the user's orders. GET /orders/{orderId}.
func (c *Client) Order(ctx context.Context, orderID string) (Order, error) {
	return get[Order](ctx, c, "get the order", orderPath(orderID))
}

// Orders returns a page of the user's orders, newest first. A page with a Status
// in its filter can be short, even empty, and not be the last. GET /orders.
func (c *Client) Orders(ctx context.Context, f Filter) (OrderPage, error) {
	return get[OrderPage](ctx, c, "list the orders", f.path(orderPath("")))
}

// AllOrders goes through all pages of [Client.Orders], from the filter's on. It ends
// after an error.
func (c *Client) AllOrders(ctx context.Context, f Filter) iter.Seq2[Order, error] {
	return allOrders(ctx, f, c.Orders)
}

// Edit replaces the content of one of the user's orders, which has to be PLACED
// and, unless that is AnyVersion, of this version. PUT /orders/{orderId}.
func (c *Client) Edit(ctx context.Context, orderID string, content order.Content, version int) (Order, error) {
	return c.change(ctx, change{
		what: "edit the order", method: http.MethodPut, path: orderPath(orderID), body: content, version: version,
		order: orderPath(orderID), done: func(o Order) bool { return o.Same(content) },
	})
}

// Cancel cancels one of the user's orders, which has to be PLACED, younger than
// [order.CancelWindow] and, unless that is AnyVersion, of this version. Canceling it
// again changes nothing. DELETE /orders/{orderId}.
func (c *Client) Cancel(ctx context.Context, orderID string, version int) (Order, error) {
	return c.change(ctx, change{
		what: "cancel the order", method: http.MethodDelete, path: orderPath(orderID), version: version,
		order: orderPath(orderID), done: func(o Order) bool { return o.Status == order.Canceled },
	})
}

// change is a change of an order.
type change struct {
	what    string
	method  string
	path    string
	body    any // nil: none
	version int // that the order has to have, or AnyVersion

	order string           // path of the order
	done  func(Order) bool // reports whether the order is as the change leaves it
}

// change changes an order. One that names a version can be sent again: if the first
// attempt was carried out and its answer lost, the second one is refused, and the
// order, one version on and as the change leaves it, shows that it is done. More
// versions on, nothing shows it, and the refusal says that it is unknown.
func (c *Client) change(ctx context.Context, ch change) (Order, error) {
	r := Request{Method: ch.method, Path: ch.path, Header: ifMatch(ch.version), Repeatable: ch.version != AnyVersion}
	if ch.body != nil {
		var err error
		if r.Body, err = encode(ch.what, ch.body); err != nil {
			return Order{}, err
		}
	}
	o, _, err := call[Order](ctx, c, ch.what, r)
	e, ok := errors.AsType[*Error](err)
	if !ok || !e.repeated || !e.Is(PreconditionFailed) {
		return o, err
	}
	now, readErr := get[Order](ctx, c, ch.what, ch.order)
	switch {
	case readErr != nil || now.Version != ch.version+1:
		return o, err
	case ch.done(now):
		return now, nil
	}
	e.repeated = false // the one change that was made of that version is another's
	return o, err
}

// ifMatch returns the header of a change that insists on a version.
func ifMatch(version int) http.Header {
	if version == AnyVersion {
		return nil
	}
	return http.Header{"If-Match": {etag(version)}}
}

// orderPath returns the path of one of the user's orders, "" being all of them.
func orderPath(orderID string) string {
	if orderID == "" {
		return "/orders"
	}
	return "/orders/" + url.PathEscape(orderID)
}
