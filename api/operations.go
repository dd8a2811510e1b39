package api

// Operation is what others may know of one row of the route table: gateways and
// templates are made from it.
type Operation struct {
	ID     string // operationId of the OpenAPI document
	Method string
	Path   string // with parameters in braces: /orders/{orderId}
	Public bool   // no credential is looked at
	Body   string // name of the body's schema in the OpenAPI document; "" for none
}

// Operations returns every operation that has no need of a feed in the same
// process, in the order of the table.
func Operations() []Operation {
	var out []Operation
	for _, rt := range routes {
		if rt.local {
			continue
		}
		out = append(out, Operation{ID: rt.operation, Method: rt.method, Path: rt.path, Public: rt.access.public, Body: rt.body})
	}
	return out
}
