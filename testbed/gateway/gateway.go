package gateway

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"comanda/deploy"
	"comanda/function"
)

// Config is what a [Gateway] works with. Functions and Pool are required.
type Config struct {
	Functions *Functions
	Pool      UserPool // of the Cognito authorizer

	Routes      []deploy.Route // nil: those of the deployment, without preflights
	Stage       string         // first segment of every path; "": Prod
	CacheTime   time.Duration  // of a TOKEN authorizer's answer; 0: 5 minutes, as on AWS; negative: not at all
	AllowOrigin string         // that may read what the gateway refuses, or *; "": none
	Binary      bool           // the API's binary media types are */*: bodies arrive as the bytes they are

	// Validate stands for the request validator: it says what is wrong with a body of
	// type application/json, given the name of its model; nil for nothing. nil: there is none.
	Validate func(model string, body []byte) error

	Refusals  map[Refusal]deploy.Response // in place of the deployment's
	AccessLog io.Writer                   // a line of JSON per request, as on AWS; nil: none
	Now       func() time.Time            // nil: time.Now
}

// Limits of API Gateway.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
const (
	maxBody    = 10 << 20 // bytes of a request
	maxHeaders = 10240    // bytes of the request line and the values of headers
)

// Gateway is one stage of a REST API. It is safe for concurrent use.
type Gateway struct {
	Config
	root       *node
	responses  map[Refusal]deploy.Response // the deployment's
	accessLog  *serial
	cognito    *cognito
	authorizer *authorizer
}

// New returns a gateway. Its error names routes that no function serves.
func New(c Config) (*Gateway, error) {
	c.Stage = cmp.Or(c.Stage, "Prod")
	if c.Now == nil {
		c.Now = time.Now
	}
	g := &Gateway{Config: c, root: &node{}, accessLog: &serial{w: c.AccessLog}, cognito: &cognito{pool: c.Pool, now: c.Now}}
	g.authorizer = &authorizer{functions: c.Functions, keep: cmp.Or(c.CacheTime, 5*time.Minute), now: c.Now, answers: map[string]grant{}}
	var errs []error
	deployed, err := deploy.Responses()
	if err != nil {
		return nil, err
	}
	if g.responses, err = responsesOf(deployed); err != nil {
		return nil, err
	}
	if c.Routes == nil {
		c.Routes = deploy.Routes()
	}
	for _, r := range c.Routes {
		if r.Function == "" {
			errs = append(errs, fmt.Errorf("no function serves %s", r.Name()))
		}
		g.root.add(r)
	}
	for _, f := range function.Functions {
		if f.Trigger == function.Authorizer {
			g.authorizer.function = f.Name
		}
	}
	return g, errors.Join(errs...)
}

// ServeHTTP implements [http.Handler].
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{gateway: g, request: r, response: w, id: newRequestID(), began: g.Now()}
	w.Header().Set("x-amzn-RequestId", x.id)
	x.handle()
	x.log()
}

// exchange is one request and its answer.
type exchange struct {
	gateway  *Gateway
	request  *http.Request
	response http.ResponseWriter
	id       string
	began    time.Time

	path     string // below the stage, as the client spelled it
	route    *deploy.Route
	values   map[string]string // of the path's parameters
	found    map[string]any    // by the authorizer
	body     []byte
	function string // that was invoked
	status   int    // of the answer
}

// handle takes the steps in API Gateway's order: route, authorizer, validator,
// integration.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html
func (x *exchange) handle() {
	g, r := x.gateway, x.request
	if headersOf(r) > maxHeaders {
		x.plain(http.StatusRequestHeaderFieldsTooLarge, "Request Header Or Cookie Too Large") // before anything of the API is asked
		return
	}
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/"+g.Stage)
	if !ok || rest != "" && rest[0] != '/' {
		x.plain(http.StatusForbidden, "Forbidden")
		return
	}
	x.path = "/" + strings.TrimLeft(rest, "/") // see [node.find]
	at, values := g.root.find(x.path)
	if x.route = at.method(r.Method); x.route == nil {
		x.refuse(unknownRoute(r), "Missing Authentication Token")
		return
	}
	x.values = values
	if refusal, message := x.authorize(); refusal != "" {
		x.refuse(refusal, message)
		return
	}
	if !x.readBody() {
		return
	}
	x.integrate()
}

// unknownRoute is what a request is refused as that has no route. With an
// Authorization header, API Gateway takes it for one signed by IAM, badly.
func unknownRoute(r *http.Request) Refusal {
	if r.Header.Get("Authorization") != "" {
		return InvalidSignature
	}
	return MissingAuthenticationToken
}

// readBody reads and validates the body, or refuses the request.
func (x *exchange) readBody() bool {
	body, err := io.ReadAll(io.LimitReader(x.request.Body, maxBody+1))
	switch {
	case err != nil:
		x.plain(http.StatusBadRequest, "Bad Request")
		return false
	case len(body) > maxBody:
		x.refuse(RequestTooLarge, "Request Too Long")
		return false
	}
	if validate := x.gateway.Validate; validate != nil && x.route.Model != "" && isJSON(x.request) {
		if err := validate(x.route.Model, body); err != nil {
			x.refuse(BadRequestBody, "Invalid request body")
			return false
		}
	}
	x.body = body
	return true
}

// isJSON reports whether API Gateway takes the body for JSON, which it does
// without a type, too.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
func isJSON(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(cmp.Or(r.Header.Get("Content-Type"), "application/json"))
	return err == nil && kind == "application/json"
}

// headersOf returns the size that API Gateway limits.
func headersOf(r *http.Request) int {
	n := len(r.Method) + len(r.RequestURI) + len(r.Host)
	for _, values := range r.Header {
		for _, v := range values {
			n += len(v)
		}
	}
	return n
}
