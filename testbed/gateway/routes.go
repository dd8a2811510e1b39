package gateway

import (
	"slices"
	"strings"

	"comanda/deploy"
)

// node is a resource: one segment of a path.
type node struct {
	fixed     map[string]*node // by the segment's text
	parameter *node            // for any segment
	name      string           // of the parameter that this node is
	routes    []*deploy.Route
}

func (n *node) add(r deploy.Route) {
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
func (n *node) method(name string) *deploy.Route {
	if n == nil {
		return nil
	}
	i := slices.IndexFunc(n.routes, func(r *deploy.Route) bool { return r.Method == name })
	if i < 0 {
		return nil
	}
	return n.routes[i]
}
