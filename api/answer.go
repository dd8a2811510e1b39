package api

import (
	"net/http"
	"strconv"

	"comanda/order"
)

// answer is what an operation returns.
type answer struct {
	status      int
	body        []byte
	contentType string // "" for application/json
	version     int    // of the order in body; 0: no ETag
	replayed    bool
	retryAfter  int // seconds; 0: none

	stream func(http.ResponseWriter) // sends the body, in place of body; nil: there is no more
}

// orderAnswer renders one order.
func orderAnswer(o order.Order, v order.Viewer) (answer, error) {
	body, err := o.Render(v)
	return answer{status: http.StatusOK, body: body, version: o.Version}, err
}

// describe sets the headers that don't depend on the body.
func (a answer) describe(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-cache")
	if a.version > 0 {
		h.Set("ETag", etag(a.version))
	}
	if a.replayed {
		h.Set("Idempotent-Replayed", "true")
	}
	if a.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(a.retryAfter))
	}
}

// write sends the answer and returns its status.
func (a answer) write(w http.ResponseWriter, r *http.Request) int {
	h := w.Header()
	a.describe(h)
	if a.status == http.StatusNotModified {
		w.WriteHeader(a.status)
		return a.status
	}
	if a.contentType == "" {
		a.contentType = "application/json"
	}
	h.Set("Content-Type", a.contentType)
	if a.stream != nil {
		w.WriteHeader(a.status)
		return a.status
	}
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		w.Write(a.body) //nolint:errcheck // the client has gone, there is no one to tell
	}
	return a.status
}
