package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"

	"comanda/order"
)

// Queue returns a page of a restaurant's open orders, oldest first. It is for the
// restaurant's staff. GET /restaurants/{restaurantId}/orders.
func (c *Client) Queue(ctx context.Context, restaurant order.ID, f Filter) (OrderPage, error) {
	return get[OrderPage](ctx, c, "list the restaurant's orders", f.path("/restaurants/"+url.PathEscape(restaurant.String())+orderPath("")))
}

// AllQueue goes through all pages of [Client.Queue], from the filter's on. It ends
// after an error.
func (c *Client) AllQueue(ctx context.Context, restaurant order.ID, f Filter) iter.Seq2[Order, error] {
	return allOrders(ctx, f, func(ctx context.Context, f Filter) (OrderPage, error) { return c.Queue(ctx, restaurant, f) })
}

// CustomerOrder returns an order of a customer, for staff of its restaurant and
// for the customer. GET /users/{userid}/orders/{orderId}.
func (c *Client) CustomerOrder(ctx context.Context, userID, orderID string) (Order, error) {
	return get[Order](ctx, c, "get the customer's order", userPath(userID)+orderPath(orderID))
}

// CustomerOrders returns a page of a customer's orders, newest first, with the
// customer beside it, for administrators and for the customer. GET
// /users/{userid}/orders.
func (c *Client) CustomerOrders(ctx context.Context, userID string, f Filter) (CustomerPage, error) {
	return get[CustomerPage](ctx, c, "list the customer's orders", f.path(userPath(userID)+orderPath("")))
}

// AllCustomerOrders goes through all pages of [Client.CustomerOrders], from the
// filter's on. It ends after an error.
func (c *Client) AllCustomerOrders(ctx context.Context, userID string, f Filter) iter.Seq2[Order, error] {
	return allOrders(ctx, f, func(ctx context.Context, f Filter) (OrderPage, error) {
		p, err := c.CustomerOrders(ctx, userID, f)
		return p.OrderPage, err
	})
}

// SetStatus takes a step with a customer's order: it is acknowledged, dispatched,
// delivered or canceled. It is for staff of the order's restaurant. The order has to be of
// this version, unless that is AnyVersion; a step that it has taken already changes
// nothing. PUT /users/{userid}/orders/{orderId}/status.
func (c *Client) SetStatus(ctx context.Context, userID, orderID string, step order.Step, version int) (Order, error) {
	path := userPath(userID) + orderPath(orderID)
	return c.change(ctx, change{
		what: "change the order's status", method: http.MethodPut, path: path + "/status", body: step, version: version,
		order: path, done: func(o Order) bool { return taken(step, o) },
	})
}

// taken reports whether a step is the last one that an order has taken.
func taken(s order.Step, o Order) bool {
	if len(o.History) == 0 {
		return false
	}
	last := o.History[len(o.History)-1]
	courier := s.Delivery == nil || o.Delivery != nil && o.Delivery.ID.Same(s.Delivery.ID) && o.Delivery.Name == s.Delivery.Name
	return last.Status == s.Status && last.Reason == s.Reason && courier
}
