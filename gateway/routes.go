package gateway

import (
	"net/http"
	"slices"
	"strings"

	"comanda/api"
)

// route is a method of a resource.
type route struct {
	api.Operation
	function string
}

// node is a resource: one segment of a path.
type node struct {
	fixed     map[string]*node // by the segment's text
	parameter *node            // for any segment
	name      string           // of the parameter that this node is
	routes    []*route
}

func (n *node) add(op api.Operation, function string) {
	for segment := range strings.SplitSeq(strings.Trim(op.Path, "/"), "/") {
		n = n.child(segment)
	}
	n.routes = append(n.routes, &route{op, function})
}

func (n *node) child(segment string) *node {
	if name, ok := strings.CutPrefix(segment, "{"); ok {
		if n.parameter == nil {
			n.parameter = &node{name: strings.TrimSuffix(name, "}")}
		}
		return n.parameter
	}
	if n.fixed == nil {
		n.fixed = map[string]*node{}
	}
	if n.fixed[segment] == nil {
		n.fixed[segment] = &node{}
	}
	return n.fixed[segment]
}

// find returns the resource of a path, nil for none, and the values of its
// parameters, as they are spelled: percent-encoded. Slashes at the end make no difference, and
// several in front are one; that is as tests of others against AWS found it
// (localstack, services/apigateway/next_gen/execute_api/handlers).
func (n *node) find(path string) (*node, map[string]string) {
	values := map[string]string{}
	for segment := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		switch next := n.fixed[segment]; {
		case next != nil:
			n = next
		case n.parameter != nil && segment != "":
			n = n.parameter
			values[n.name] = segment
		default:
			return nil, nil
		}
	}
	if len(n.routes) == 0 {
		return nil, nil
	}
	return n, values
}

// method returns the route of a method, nil for none. HEAD and OPTIONS are methods
// like others.
func (n *node) method(name string) *route {
	if n == nil {
		return nil
	}
	i := slices.IndexFunc(n.routes, func(r *route) bool { return r.Method == name })
	if i < 0 {
		return nil
	}
	return n.routes[i]
}

// preflight answers a request that a browser sends before it sends one from a page of
// another origin. It reports whether it has. The deployment's method OPTIONS is
// a mock integration: nothing of the program is asked.
func (x *exchange) preflight(at *node) bool {
	origins := x.gateway.CORSOrigins
	if at == nil || len(origins) == 0 || x.request.Method != http.MethodOptions {
		return false
	}
	if x.allowOrigin() {
		h := x.response.Header()
		h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID")
		h.Set("Access-Control-Max-Age", "600")
	}
	x.write(http.StatusNoContent, nil)
	return true
}

// allowOrigin lets a page of a configured origin read the gateway's own answer. It
// reports whether it does.
func (x *exchange) allowOrigin() bool {
	origins, origin := x.gateway.CORSOrigins, x.request.Header.Get("Origin")
	if origin == "" || !slices.Contains(origins, "*") && !slices.Contains(origins, origin) {
		return false
	}
	x.response.Header().Set("Access-Control-Allow-Origin", origin)
	x.response.Header().Add("Vary", "Origin")
	return true
}
