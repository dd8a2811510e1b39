package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"

	"github.com/go-json-experiment/json"
)

// Request is a request for [Client.Do].
type Request struct {
	Method string
	Path   string      // escaped, with the query: /orders/7, /users?limit=10
	Header http.Header // beside the token
	Body   []byte      // JSON; nil: none

	// Repeatable says that the operation may be carried out twice: it is sent
	// again also when no answer came.
	Repeatable bool

	public    bool // no token is sent
	once      bool // there is one attempt only
	unlimited bool // takes as long as it takes
}

// Answer is what a server answered with a status of 200 to 299, or with 304.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// maxAnswer bounds what is read of an answer, in bytes. The largest one that there
// is, a page of large orders, is about half of it.
const maxAnswer = 64 << 20

// Do sends a request that there is no method for, as of a later release: with a
// token, repeated as the others are, and any refusal as an [*Error].
func (c *Client) Do(ctx context.Context, r Request) (Answer, error) {
	var a Answer
	err := c.persist(ctx, r, func() (err error) {
		resp, err := c.attempt(ctx, c.sender(r), r)
		if err != nil {
			return err
		}
		a, err = readAnswer(resp)
		return err
	})
	return a, err
}

func (c *Client) sender(r Request) *http.Client {
	if r.unlimited {
		return c.stream
	}
	return c.http
}

// persist makes attempts until one succeeds, or another makes no sense.
func (c *Client) persist(ctx context.Context, r Request, attempt func() error) error {
	open := false // an attempt may have been carried out
	for n := 1; ; n++ {
		err := attempt()
		var e *Error
		if !errors.As(err, &e) {
			return err
		}
		open = open || e.Unknown()
		again := !r.once && ctx.Err() == nil && c.retry.again(ctx, n, e, r.Repeatable)
		if !again {
			e.repeated = open && !e.Unknown()
			return err
		}
	}
}

// attempt sends a request once, or twice when the server doesn't know the token and
// the source of tokens has another. What it returns is a success.
func (c *Client) attempt(ctx context.Context, through *http.Client, r Request) (*http.Response, error) {
	if r.public || c.tokens == nil {
		return c.send(ctx, through, r, "")
	}
	token, err := c.token(ctx, "")
	if err != nil {
		return nil, err
	}
	resp, err := c.send(ctx, through, r, token)
	if e, ok := errors.AsType[*Error](err); !ok || e.Status != http.StatusUnauthorized {
		return resp, err
	}
	other, tokenErr := c.token(ctx, token)
	switch {
	case tokenErr != nil:
		return nil, tokenErr
	case other == token:
		return nil, err
	}
	return c.send(ctx, through, r, other)
}

// token returns a token in place of one that was refused, "" for none.
func (c *Client) token(ctx context.Context, refused string) (string, error) {
	token, err := c.tokens.Token(ctx, refused)
	if err == nil {
		return token, nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		e.unsent = true
	}
	return "", fmt.Errorf("get a token: %w", err)
}

// send sends a request with a token, "" for none. The body of the response that it
// returns is still to be read.
func (c *Client) send(ctx context.Context, through *http.Client, r Request, token string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, c.base+r.Path, bytes.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	maps.Copy(req.Header, r.Header)
	if r.Body != nil && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", token)
	}
	resp, err := through.Do(req)
	if err != nil {
		return nil, noAnswer(err)
	}
	if resp.StatusCode >= 200 && resp.StatusCode < 300 || resp.StatusCode == http.StatusNotModified {
		return resp, nil
	}
	a, err := readAnswer(resp)
	if err != nil {
		return nil, err
	}
	return nil, refusal(a)
}

// readAnswer reads a response to its end. One that is cut off is no answer.
func readAnswer(resp *http.Response) (Answer, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return Answer{}, &Error{Err: fmt.Errorf("read the answer: %w", err)}
	}
	if len(body) > maxAnswer {
		return Answer{}, fmt.Errorf("the answer has more than %d bytes", maxAnswer)
	}
	return Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
}

// call sends a request and reads its answer as a T. what says what is done, for errors.
func call[T any](ctx context.Context, c *Client, what string, r Request) (T, Answer, error) {
	var out T
	a, err := c.Do(ctx, r)
	if err == nil {
		if err = json.Unmarshal(a.Body, &out); err != nil {
			err = fmt.Errorf("read the answer of %s, is it a Comanda server?: %w", c.base, err)
		}
	}
	if err != nil {
		return out, a, fmt.Errorf("%s: %w", what, err)
	}
	return out, a, nil
}

// get reads a T.
func get[T any](ctx context.Context, c *Client, what, path string) (T, error) {
	out, _, err := call[T](ctx, c, what, Request{Method: http.MethodGet, Path: path, Repeatable: true})
	return out, err
}

// encode returns the body of a request. The types that are sent can always be
// written as JSON, but for text that isn't UTF-8.
func encode(what string, body any) ([]byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return text, nil
}
