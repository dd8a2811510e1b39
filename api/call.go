package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"comanda/identity"
	"comanda/order"
	"comanda/payload"
	"comanda/user"
)

// call is one request on its way through an operation.
type call struct {
	*http.Request
	api      *API
	response http.ResponseWriter
	id       string
	caller   identity.Principal // zero on public routes
	consumed bool               // the body was read to its end
	terms    payload.Terms      // of the request, beside the versions on which If-Match insists
	tagless  bool               // If-Match is there, and names nothing that an ETag could be

	ctx context.Context    // of what is done for the request
	end context.CancelFunc // of ctx; nil: it has no limit of its own
}

// requestTime is what an operation may take once its request is here. An answer
// that says so is worth more than one after minutes, when the client or a proxy has
// long given up; and it has to come well before the server's own time for writing it.
// Where a commit is cut off, its outcome is unknown to the store, and the answer says that.
const requestTime = 10 * time.Second

// Context returns the context of what is done for the request, in place of the
// request's own, which has no deadline.
func (c *call) Context() context.Context { return c.ctx }

// limit gives what follows [requestTime].
func (c *call) limit() {
	c.unlimit()
	c.ctx, c.end = context.WithTimeout(c.Request.Context(), requestTime)
}

// unlimit gives what follows as long as the client waits.
func (c *call) unlimit() {
	if c.end != nil {
		c.end()
	}
	c.ctx, c.end = c.Request.Context(), nil
}

// orders returns the service of orders for this request.
func (c *call) orders() *order.Service {
	if c.terms.None() {
		return c.api.Orders
	}
	return c.api.Orders.Under(c.terms)
}

// users returns the service of users for this request.
func (c *call) users() *user.Service {
	if c.terms.None() {
		return c.api.Users
	}
	return c.api.Users.Under(c.terms)
}

// userID returns the user that the path names. One's own username is an alias
// of one's id.
func (c *call) userID() string {
	id := c.PathValue("userid")
	if id == c.caller.Username {
		return c.caller.ID
	}
	return id
}

// orderID returns the order that the path names, or what is wrong with it.
func (c *call) orderID() (string, error) {
	id := c.PathValue("orderId")
	if !order.ValidOrderID(id) {
		return "", payload.Refuse("path.orderId", "%s must be 1 to %d characters of A-Z a-z 0-9 _ -", payload.Show(id), order.MaxID)
	}
	return id, nil
}

// query reads query parameters and collects what is wrong with them.
type query struct {
	values     url.Values
	violations []payload.Violation
}

func (c *call) query() *query {
	values, err := url.ParseQuery(c.URL.RawQuery)
	q := &query{values: values}
	if err != nil {
		q.reject("", "is not a valid query string")
	}
	return q
}

func (q *query) reject(name, message string) {
	path := "query"
	if name != "" {
		path += "." + name
	}
	q.violations = append(q.violations, payload.Violation{Path: path, Message: message})
}

func (q *query) err() error {
	if len(q.violations) == 0 {
		return nil
	}
	return &payload.Invalid{Violations: q.violations}
}

// text returns a parameter, "" when it isn't given.
func (q *query) text(name string) string {
	if len(q.values[name]) > 1 {
		q.reject(name, "is given more than once")
	}
	return q.values.Get(name)
}

// integer returns a parameter between least and most, or otherwise when it isn't given.
func (q *query) integer(name string, least, most, otherwise int) int {
	s := q.text(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		q.reject(name, payload.Show(s)+" must be a whole number from "+strconv.Itoa(least)+" to "+strconv.Itoa(most))
	}
	return n
}

// moment returns a parameter that is an RFC 3339 time, or a date. It is zero when
// it isn't given.
func (q *query) moment(name string) order.Moment {
	s := q.text(name)
	if s == "" {
		return order.Moment{}
	}
	m, err := order.ParseMoment(s)
	if err != nil {
		q.reject(name, err.Error())
	}
	return m
}

// status returns a parameter that is an order status, "" when it isn't given.
func (q *query) status(name string) order.Status {
	s := q.text(name)
	if s == "" {
		return ""
	}
	status, err := order.ParseStatus(s)
	if err != nil {
		q.reject(name, err.Error())
	}
	return status
}
