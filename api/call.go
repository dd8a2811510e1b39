package api

import (
	"context"
	"net/http"
	"time"

	"comanda/identity"
	"comanda/order"
	"comanda/payload"
)

// call is one request on its way through an operation.
type call struct {
	*http.Request
	api      *API
	response http.ResponseWriter
	id       string
	caller   identity.Principal // zero on public routes
	consumed bool               // the body was read to its end
	query    *query             // its parameters; the operation refuses what is wrong with them
	terms    payload.Terms      // of the request, beside the versions on which If-Match insists
	tagless  bool               // If-Match is there, and names nothing that an ETag could be

	ctx context.Context    // of what is done for the request
	end context.CancelFunc // of ctx; nil: it has no limit of its own
}

// requestTime is what an operation may take once its request is here. An answer
// that says so is worth more than one after minutes, when the client or a proxy has
// long given up; and it has to come well before the server's own time for writing it.
// Where a commit is cut off, its outcome is unknown to the store, and the answer says
// that, unless a short look at the record finds it out.
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

// userID returns the user that the path names. One's own username is an alias
// of one's id.
func (c *call) userID() string {
	id := c.PathValue("userid")
	if id == c.caller.Username || !c.caller.Admin && identity.Fold(id) == identity.Fold(c.caller.Username) {
		return c.caller.ID // in any spelling that signs in; to administrators others' ids go first
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
