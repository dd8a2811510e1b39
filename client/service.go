package client

import (
	"context"
	"net/http"
)

// Health returns how the server's process is: "ok". It asks once. GET /healthz.
func (c *Client) Health(ctx context.Context) (string, error) {
	return c.state(ctx, "ask for the server's health", "/healthz")
}

// Ready returns whether orders can be taken: "ready", or "degraded" if something
// behind that needs a look. Otherwise the error is [NotReady]. It asks once. GET /readyz.
func (c *Client) Ready(ctx context.Context) (string, error) {
	return c.state(ctx, "ask whether the server is ready", "/readyz")
}

func (c *Client) state(ctx context.Context, what, path string) (string, error) {
	out, _, err := call[struct {
		Status string `json:"status"`
	}](ctx, c, what, Request{Method: http.MethodGet, Path: path, public: true, once: true})
	return out.Status, err
}

// About is what a server says of itself.
type About struct {
	Version string `json:"version"` // its release
	Zone    string `json:"zone"`    // IANA name of the zone of the business day; "" from releases before 2
}

// About returns what the server says of itself. GET /version.
func (c *Client) About(ctx context.Context) (About, error) {
	out, _, err := call[About](ctx, c, "ask for the server's version", Request{Method: http.MethodGet, Path: "/version", Repeatable: true, public: true})
	return out, err
}

// Version returns which release the server is. GET /version.
func (c *Client) Version(ctx context.Context) (string, error) {
	out, err := c.About(ctx)
	return out.Version, err
}

// OpenAPI returns the server's description of its API, an OpenAPI 3.1 document. GET
// /openapi.json.
func (c *Client) OpenAPI(ctx context.Context) ([]byte, error) {
	a, err := c.Do(ctx, Request{Method: http.MethodGet, Path: "/openapi.json", Repeatable: true, public: true})
	return a.Body, err
}
