package api

import (
	"errors"
	"net/http"

	"comanda/order"
	"comanda/payload"
	"comanda/storage"
	"comanda/user"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	placeRoute  = "POST /orders" // scopes idempotency keys: never to be changed
	createRoute = "POST /users"  // likewise
	defaultPage = 50
)

func (c *call) placeOrder() (answer, error) {
	var p order.Placement
	if err := c.body(func(v *payload.Value) { p = order.ReadPlacement(v, c.api.Orders.Policy()) }); err != nil {
		return answer{}, err
	}
	key := ""
	if p.OrderID == "" {
		var err error
		if key, err = c.idempotencyKey(); err != nil {
			return answer{}, err
		}
	}
	o, replayed, err := c.orders().Place(c.Context(), c.caller.ID, p, placeRoute, key)
	if err != nil {
		return answer{}, err
	}
	body, err := o.FirstAnswer()
	return answer{status: http.StatusOK, body: body, version: 1, replayed: replayed}, err
}

func (c *call) listOrders() (answer, error) {
	page, next, err := c.orderPage("listOrders", c.caller.ID, func(f order.Filter) (order.Page, error) {
		return c.api.Orders.List(c.Context(), c.caller.ID, f)
	})
	if err != nil {
		return answer{}, err
	}
	return pageAnswer(page, order.Owner, next, nil)
}

func (c *call) listUserOrders() (answer, error) {
	profile, err := c.profile()
	stranger := errors.Is(err, user.ErrNotFound) // or a customer, who needs no profile
	if stranger {
		profile, err = user.Profile{ID: c.userID()}, nil
	}
	if err != nil {
		return answer{}, err
	}
	viewer := order.Owner
	if c.caller.Admin {
		viewer = order.Staff
	}
	page, next, err := c.orderPage("listUserOrders", c.userID(), func(f order.Filter) (order.Page, error) {
		page, err := c.api.Orders.List(c.Context(), c.userID(), f)
		if err == nil && stranger && len(page.Orders) == 0 && page.Next == "" {
			err = c.hasOrdered()
		}
		return page, err
	})
	if err != nil {
		return answer{}, err
	}
	return pageAnswer(page, viewer, next, &profile)
}

// hasOrdered returns [user.ErrNotFound] if no customer has ever ordered under the id in
// the path, whatever the filters of the request are.
func (c *call) hasOrdered() error {
	page, err := c.api.Orders.List(c.Context(), c.userID(), order.Filter{Limit: 1})
	if err == nil && len(page.Orders) == 0 && page.Next == "" {
		err = user.ErrNotFound
	}
	return err
}

func (c *call) listQueue() (answer, error) {
	restaurant := c.PathValue("restaurantId")
	if _, err := order.ParseID(restaurant, false); err != nil {
		return answer{}, payload.Refuse("path.restaurantId", "%s %v", payload.Show(restaurant), err)
	}
	page, next, err := c.orderPage("listQueue", restaurant, func(f order.Filter) (order.Page, error) {
		if f.Status != "" && !f.Status.Open() {
			return order.Page{}, payload.Refuse("query.status", "%s orders aren't in the queue: use PLACED, ACKNOWLEDGED or DISPATCHED", f.Status)
		}
		return c.api.Orders.Queue(c.Context(), restaurant, f)
	})
	if err != nil {
		return answer{}, err
	}
	return pageAnswer(page, order.Staff, next, nil)
}

// orderPage reads the filters of a list, gets the page and makes the token for
// the next one, which is bound to the operation, the caller, what is listed and the filters.
func (c *call) orderPage(operation, of string, list func(order.Filter) (order.Page, error)) (order.Page, string, error) {
	q := c.query
	bound := []string{operation, c.caller.ID, of, q.text("status"), q.text("from"), q.text("to")}
	f := order.Filter{
		Status: q.status("status"),
		From:   q.moment("from").Time(c.api.Zone),
		To:     q.moment("to").Time(c.api.Zone),
		Limit:  q.integer("limit", 1, order.MaxPage, defaultPage),
		After:  q.pageToken(bound...),
	}
	if err := q.err(); err != nil {
		return order.Page{}, "", err
	}
	page, err := list(f)
	if errors.Is(err, storage.ErrCursor) {
		err = errToken
	}
	return page, newPageToken(page.Next, bound...), err
}

// pageAnswer renders a page of orders, with the customer beside them if given.
func pageAnswer(page order.Page, v order.Viewer, next string, customer *user.Profile) (answer, error) {
	out := struct {
		User      jsontext.Value   `json:"user,omitempty"`
		Orders    []jsontext.Value `json:"orders"`
		NextToken string           `json:"nextToken,omitempty"`
	}{Orders: make([]jsontext.Value, len(page.Orders)), NextToken: next}
	var err error
	if customer != nil {
		if out.User, err = customer.Render(); err != nil {
			return answer{}, err
		}
	}
	for i, o := range page.Orders {
		if out.Orders[i], err = o.Render(v); err != nil {
			return answer{}, err
		}
	}
	body, err := json.Marshal(&out)
	return answer{status: http.StatusOK, body: body}, err
}

func (c *call) getOrder() (answer, error) {
	id, err := c.orderID()
	if err != nil {
		return answer{}, err
	}
	o, err := c.api.Orders.Get(c.Context(), c.caller.ID, id)
	if err != nil {
		return answer{}, err
	}
	return c.fresh(o, order.Owner)
}

// fresh answers with an order, or 304 when the caller has this version already.
func (c *call) fresh(o order.Order, v order.Viewer) (answer, error) {
	same, err := c.unchanged(o.Version)
	if err != nil {
		return answer{}, err
	}
	if same {
		return answer{status: http.StatusNotModified, version: o.Version}, nil
	}
	return orderAnswer(o, v)
}

func (c *call) editOrder() (answer, error) {
	id, match, err := c.target()
	if err != nil {
		return answer{}, err
	}
	var content order.Content
	if err := c.body(func(v *payload.Value) { content = order.ReadContent(v, c.api.Orders.Policy()) }); err != nil {
		return answer{}, err
	}
	o, err := c.orders().Edit(c.Context(), c.caller.ID, id, content, match)
	if err != nil {
		return answer{}, err
	}
	return orderAnswer(o, order.Owner)
}

func (c *call) cancelOrder() (answer, error) {
	id, match, err := c.target()
	if err != nil {
		return answer{}, err
	}
	o, err := c.orders().Cancel(c.Context(), c.caller.ID, id, match)
	if err != nil {
		return answer{}, err
	}
	return orderAnswer(o, order.Owner)
}

// target returns what a write is about: the order, and the versions it insists on.
func (c *call) target() (id string, match []int, err error) {
	if id, err = c.orderID(); err != nil {
		return "", nil, err
	}
	return id, c.ifMatch(), c.readUnless()
}

func (c *call) getUserOrder() (answer, error) {
	id, err := c.orderID()
	if err != nil {
		return answer{}, err
	}
	o, err := c.api.Orders.Get(c.Context(), c.userID(), id)
	if err != nil {
		return answer{}, err
	}
	switch {
	case c.caller.StaffOf(o.Restaurant.String()):
		return c.fresh(o, order.Staff)
	case c.userID() == c.caller.ID:
		return c.fresh(o, order.Owner)
	}
	return answer{}, order.ErrNotFound
}

func (c *call) advanceOrder() (answer, error) {
	id, match, err := c.target()
	if err != nil {
		return answer{}, err
	}
	var step order.Step
	if err := c.body(func(v *payload.Value) { step = order.ReadStep(v) }); err != nil {
		return answer{}, err
	}
	o, err := c.orders().Advance(c.Context(), c.caller.ID, c.userID(), id, step, match, c.caller.StaffOf)
	if err != nil {
		return answer{}, err
	}
	return orderAnswer(o, order.Staff)
}
