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

// Version returns which release the server is. GET /version.
func (c *Client) Version(ctx context.Context) (string, error) {
	out, _, err := call[struct {
		Version string `json:"version"`
	}](ctx, c, "ask for the server's version", Request{Method: http.MethodGet, Path: "/version", Repeatable: true, public: true})
	return out.Version, err
}

// OpenAPI returns the server's description of its API, an OpenAPI 3.1 document. GET
// /openapi.json.
func (c *Client) OpenAPI(ctx context.Context) ([]byte, error) {
	a, err := c.Do(ctx, Request{Method: http.MethodGet, Path: "/openapi.json", Repeatable: true, public: true})
	return a.Body, err
}
