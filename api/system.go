package api

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json"
)

var errNotReady = errors.New("not ready")

func (c *call) health() (answer, error) {
	return answer{status: http.StatusOK, body: []byte(`{"status":"ok"}`)}, nil
}

func (c *call) ready() (answer, error) {
	if c.api.Ready != nil {
		if err := c.api.Ready(c.Context()); err != nil {
			return answer{}, fmt.Errorf("%w: %w", errNotReady, err)
		}
	}
	if c.api.Degraded != nil && c.api.Degraded() {
		return answer{status: http.StatusOK, body: []byte(`{"status":"degraded"}`)}, nil
	}
	return answer{status: http.StatusOK, body: []byte(`{"status":"ready"}`)}, nil
}

func (c *call) version() (answer, error) {
	body, err := json.Marshal(struct {
		Version string `json:"version"`
		Zone    string `json:"zone"`
	}{c.api.Version, c.api.Zone.String()})
	return answer{status: http.StatusOK, body: body}, err
}

func (c *call) openAPI() (answer, error) {
	return answer{status: http.StatusOK, body: openAPIDocument}, nil
}
