package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"path"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"comanda/feed"
	"comanda/identity"
	"comanda/order"
	"comanda/report"
	"comanda/user"
)

// MaxBody is the largest body that an operation reads, in bytes.
const MaxBody = 256 << 10

// Authenticator says who is calling. Its error matches
// [identity.ErrUnauthenticated], or is a failure of the authenticator itself.
type Authenticator interface {
	Verify(ctx context.Context, authorization string) (identity.Principal, error)
}

// Observer is told, for metrics, how requests were answered. It must return at once.
type Observer interface {
	Answered(operation string, status int, took time.Duration)
}

// Config is what the API works with. All fields but CORSOrigins and Only are required.
type Config struct {
	Orders      *order.Service
	Users       *user.Service
	Callers     Authenticator
	Ready       func(context.Context) error // nil: ready to serve
	Degraded    func() bool                 // whether orders are taken, but something behind them needs a look; nil: never
	Version     string
	Zone        *time.Location // in which a date without a time is read
	CORSOrigins []string       // exact origins, or "*"; none: no cross-origin browser calls
	Only        []string       // ids of the operations to serve; nil: all, and there is nothing at the paths of others
	Observer    Observer
	Logger      *slog.Logger

	UnknownFields UnknownFields // what happens to members of bodies that no operation knows; "" for ReportUnknown

	Reports   *report.Service   // what GET /monitor reads; nil: there is nothing at that path
	Rebuilder *report.Rebuilder // what POST /monitor/rebuild asks; likewise

	Events    *feed.Tail    // what GET /events follows; nil: there is nothing at that path
	Heartbeat time.Duration // between signs of life on it; 0: 15 s
}

// API serves the operations of the route table.
type API struct {
	Config
	mux     *http.ServeMux
	cors    CORS
	streams streams
}

// New returns the API, or an error that names a route without a rule.
func New(c Config) (*API, error) {
	a := &API{Config: c, mux: http.NewServeMux(), cors: corsOf(c.CORSOrigins)}
	methods := map[string][]string{}
	for _, rt := range routes {
		if c.Only != nil && !slices.Contains(c.Only, rt.operation) || rt.needs != nil && !rt.needs(c) {
			continue
		}
		if rt.access.name == "" {
			return nil, fmt.Errorf("route %s %s has no authorization rule", rt.method, rt.path)
		}
		for _, p := range rt.patterns() {
			a.mux.Handle(rt.method+" "+p, a.serve(rt))
			methods[p] = append(methods[p], rt.method)
		}
	}
	for p, allowed := range methods {
		a.mux.Handle(p, a.serve(wrongMethod(allowed)))
	}
	a.mux.Handle("/", a.serve(noRoute))
	return a, nil
}

// ServeHTTP implements [http.Handler].
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if len(r.URL.Path) > 1 && !strings.HasPrefix(r.URL.Path, docsPath) {
		if strings.HasSuffix(r.URL.EscapedPath(), "/") { // and not %2F, which is part of a name
			r.URL.Path = strings.TrimSuffix(r.URL.Path, "/")
			r.URL.RawPath = strings.TrimSuffix(r.URL.RawPath, "/")
		}
		if path.Clean(r.URL.Path) != r.URL.Path { // ServeMux would redirect
			a.serve(noRoute).ServeHTTP(w, r)
			return
		}
	}
	if a.cors.Answer(w, r) {
		return
	}
	a.mux.ServeHTTP(w, r)
}

// serve returns the handler of one route: the steps that every request takes.
func (a *API) serve(rt route) http.Handler {
	if rt.page != nil {
		return rt.page
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		c := &call{api: a, Request: r, response: w, id: requestID(r.Context()), ctx: r.Context()}
		w.Header().Set("X-Request-Id", c.id)
		ans, err := a.answer(rt, c)
		if err != nil {
			ans = a.problem(rt, c, err)
			c.answerAtOnce()
		}
		status := ans.write(w, r)
		took := time.Since(start)
		a.Observer.Answered(rt.operation, status, took)
		if a.Logger.Enabled(r.Context(), slog.LevelDebug) {
			a.Logger.DebugContext(r.Context(), "answered", "operation", rt.operation, "status", status, "took", took, "request_id", c.id)
		}
		if ans.stream != nil {
			ans.stream(w)
		}
	})
}

// answerAtOnce lets a refusal go out although the body hasn't been read. On a
// connection that is to be used again, net/http reads the rest of the body
// before it answers, and a client without a token that never sends the body that was announced
// would hold a connection and a request for that long.
func (c *call) answerAtOnce() {
	if !c.consumed && c.ContentLength != 0 {
		c.response.Header().Set("Connection", "close")
	}
}

// answer authorizes the call and does it, in time. A panic becomes an error.
func (a *API) answer(rt route, c *call) (ans answer, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{value: v, stack: debug.Stack()}
		}
	}()
	c.limit()
	defer c.unlimit()
	if !rt.access.public {
		if c.caller, err = a.Callers.Verify(c.Context(), c.Header.Get("Authorization")); err != nil {
			return answer{}, err
		}
		if !rt.access.allow(c) {
			return answer{}, errForbidden
		}
	}
	if err := c.readQuery(rt); err != nil {
		return answer{}, err
	}
	if rt.unlimited {
		c.unlimit()
	}
	ans, err = rt.do(c)
	return ans, c.explain(err)
}

// panicError is a panic on its way to the log.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

type requestIDKey struct{}

// WithRequestID returns a context for a request that has a name already, from
// whatever took it in. Clients have no say in it.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// requestID returns what names a request in answers and logs: what it was given,
// or 16 hexadecimal digits. It is no secret.
func requestID(ctx context.Context) string {
	if id, ok := ctx.Value(requestIDKey{}).(string); ok && id != "" {
		return id
	}
	s := strconv.FormatUint(rand.Uint64(), 16)
	return strings.Repeat("0", 16-len(s)) + s
}

var (
	errForbidden = errors.New("your role doesn't allow this operation, or not for this user or restaurant")
	errNoRoute   = errors.New("there is nothing at this path: see /docs")
)

// methodError says that a path exists, but not with this method.
type methodError struct{ allowed []string }

func (e *methodError) Error() string {
	return "this path answers to " + strings.Join(e.allowed, ", ")
}

func wrongMethod(allowed []string) route {
	return route{operation: "none", access: anybody, do: func(c *call) (answer, error) {
		c.response.Header().Set("Allow", strings.Join(allowed, ", "))
		return answer{}, &methodError{allowed}
	}}
}

var noRoute = route{operation: "none", access: anybody, do: func(*call) (answer, error) {
	return answer{}, errNoRoute
}}
