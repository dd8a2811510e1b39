package gateway

import (
	"slices"
	"strings"

	"comanda/api"
	"comanda/function"
)

// Authorizer is who looks at a caller's token before a request is let through.
type Authorizer int

// The authorizers.
const (
	Nobody  Authorizer = iota
	Cognito            // the gateway itself, with the user pool's keys
	Token              // the function that is the TOKEN authorizer
)

// Route is a method of a resource.
type Route struct {
	api.Operation
	Function   string
	Authorizer Authorizer
}

// Routes returns a route for every operation: orders behind the Cognito
// authorizer, what is public behind none, and the rest behind the function.
func Routes() []Route {
	var out []Route
	for _, op := range api.Operations() {
		r := Route{op, servedBy(op.ID), Token}
		switch {
		case op.Public:
			r.Authorizer = Nobody
		case strings.HasPrefix(op.Path, "/orders"):
			r.Authorizer = Cognito
		}
		out = append(out, r)
	}
	return out
}

func servedBy(operation string) string {
	for _, f := range function.Functions {
		if slices.Contains(f.Operations, operation) {
			return f.Name
		}
	}
	return ""
}

// node is a resource: one segment of a path.
type node struct {
	fixed     map[string]*node // by the segment's text
	parameter *node            // for any segment
	name      string           // of the parameter that this node is
	routes    []*Route
}

func (n *node) add(r Route) {
	for segment := range strings.SplitSeq(strings.Trim(r.Path, "/"), "/") {
		n = n.child(segment)
	}
	n.routes = append(n.routes, &r)
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
func (n *node) method(name string) *Route {
	if n == nil {
		return nil
	}
	i := slices.IndexFunc(n.routes, func(r *Route) bool { return r.Method == name })
	if i < 0 {
		return nil
	}
	return n.routes[i]
}
