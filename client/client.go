package client

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Config says whom a [Client] asks, as whom, and how patiently. Only URL is required.
type Config struct {
	// URL is where the API answers: http://127.0.0.1:8080, or a gateway's URL with
	// its stage.
	URL string

	// Tokens are the user's. nil: no token is sent, and only what needs none is answered.
	Tokens TokenSource

	// HTTP sends the requests. It decides on proxies, on which certificates are
	// trusted, and on how long an answer may take. nil: the environment's proxies, the
	// system's certificates, and [Timeout].
	HTTP *http.Client

	// Retry says how often a request is repeated. The zero value is a good choice.
	Retry Retry
}

// Timeout is how long an answer may take when [Config.HTTP] is nil. It is longer than
// the server's own limit.
const Timeout = 30 * time.Second

// Client asks one server on behalf of one user. It is safe for concurrent use,
// and keeps connections, so that one client is made for many requests.
type Client struct {
	base   string // without a slash at the end
	tokens TokenSource
	http   *http.Client
	stream *http.Client // the same without a limit on the whole answer
	retry  Retry
}

// New returns a client. It sends nothing yet.
func New(c Config) (*Client, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.User != nil {
		return nil, fmt.Errorf("make a client: URL %q must be a server's, such as http://127.0.0.1:8080", c.URL)
	}
	out := &Client{base: strings.TrimRight(c.URL, "/"), tokens: c.Tokens, http: sender(c.HTTP), retry: c.Retry.withDefaults()}
	unlimited := *out.http
	unlimited.Timeout = 0
	out.stream = &unlimited
	return out, nil
}

// URL returns where the client asks, without a slash at the end.
func (c *Client) URL() string { return c.base }

// sender returns what sends requests. The API has no redirects: one comes from
// something else, and is better seen than followed.
func sender(given *http.Client) *http.Client {
	if given != nil {
		return given
	}
	return &http.Client{Timeout: Timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}
