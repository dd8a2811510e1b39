package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/urfave/cli/v3"
)

// client calls the public HTTP API on behalf of one user.
type client struct {
	base  string
	token string
	http  *http.Client

	ignored string // what the server skipped of the last body, because it doesn't know it
}

// newClient returns a client for the server and the user that the flags name.
func newClient(ctx context.Context, c *cli.Command) (*client, error) {
	token, err := readToken(c)
	if err != nil {
		return nil, err
	}
	server, err := serverOf(ctx, c)
	if err != nil {
		return nil, err
	}
	return &client{base: server.URL, token: token, http: httpClient(server)}, nil
}

func tokenFileFlag() cli.Flag {
	return &cli.StringFlag{
		Name: "token-file", Usage: "`FILE` with the ID token, instead of COMANDA_TOKEN", Sources: environment("token-file"), TakesFile: true,
	}
}

// readToken returns the ID token. There is no flag for it, because everybody on
// the machine can see the arguments of a process.
func readToken(c *cli.Command) (string, error) {
	token := os.Getenv("COMANDA_TOKEN")
	if file := c.String("token-file"); file != "" {
		data, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("--token-file: %w", err)
		}
		token = string(data)
	}
	if token = strings.TrimSpace(token); token == "" {
		return "", usage(`no token: export COMANDA_TOKEN="$(comanda token --username NAME)", or give --token-file`)
	}
	return token, nil
}

// request is one call of the API.
type request struct {
	method string
	path   string // escaped, with the query
	header map[string]string
	body   []byte
}

// orderPath returns the path of one of the caller's orders, "" being all of them.
func orderPath(id string) string {
	if id == "" {
		return "/orders"
	}
	return "/orders/" + url.PathEscape(id)
}

// do sends a request and returns the body of the answer. A refusal is a [*problem].
func (c *client) do(ctx context.Context, q request) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, q.method, c.base+q.path, bytes.NewReader(q.body))
	if err != nil {
		return nil, fmt.Errorf("--url: %w", err)
	}
	r.Header.Set("Authorization", c.token)
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, unreachable(c.base, err)
	}
	c.ignored = resp.Header.Get("Comanda-Ignored")
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, unreachable(c.base, err)
	}
	if resp.StatusCode == http.StatusOK {
		return body, nil
	}
	refused := &problem{}
	if err := json.Unmarshal(body, refused); err != nil || refused.Title == "" {
		return nil, fmt.Errorf("%s answered %s: is it a Comanda server?", c.base, resp.Status)
	}
	return nil, refused
}

// problem is a refusal by the API (RFC 9457).
type problem struct {
	Title      string `json:"title"`
	Status     int    `json:"status"`
	Detail     string `json:"detail"`
	RequestID  string `json:"requestId"`
	Violations []struct {
		Path    string `json:"path"`
		Message string `json:"message"`
	} `json:"violations"`
}

// Error has one line for the refusal and one for each violation.
func (p *problem) Error() string {
	text := p.Title
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	for _, v := range p.Violations {
		text += "\n  " + v.Path + ": " + v.Message
	}
	switch {
	case p.Status == http.StatusUnauthorized:
		text += `: export COMANDA_TOKEN="$(comanda token --username NAME)"`
	case p.Status >= http.StatusInternalServerError:
		text += " (request " + p.RequestID + ")"
	}
	return text
}

// unreachable explains why there was no answer, without the method and path that
// net/http puts in front.
func unreachable(base string, err error) error {
	var inner *url.Error
	if errors.As(err, &inner) {
		err = inner.Err
	}
	return fmt.Errorf("ask the server at %s: %w: is it running there?", base, err)
}
