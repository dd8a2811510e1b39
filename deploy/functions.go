package deploy

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"comanda/api"
	"comanda/function"
)

// Function is one function with what AWS Lambda has to know of it.
type Function struct {
	function.Function
	Memory  int // MB; the share of a processor follows it
	Timeout int // seconds
}

// sizes are those of functions that need more than [usual]. Erasing goes through all
// orders of a person; the gateway waits 29 s at most.
var sizes = map[string]Function{
	"erasure": {Memory: 512, Timeout: 29},
	"reports": {Memory: 512, Timeout: 60},
}

// usual is enough for a request: the program needs about 30 MB, and a start of
// some tens of milliseconds wants a share of a processor.
var usual = Function{Memory: 256, Timeout: 10}

// Functions returns all functions in the order of [function.Functions].
func Functions() []Function {
	var out []Function
	for _, f := range function.Functions {
		size, ok := sizes[f.Name]
		if !ok {
			size = usual
		}
		out = append(out, Function{f, size.Memory, size.Timeout})
	}
	return out
}

// ID returns the name with which the resources of the function begin in the SAM
// template: AddOrder.
func (f Function) ID() string { return pascal(f.Name) }

// Statement is a statement of a role's policy on one table or one index.
type Statement struct {
	Actions []string // without "dynamodb:", sorted
	Table   string   // declared name
	Index   string   // "" for the table itself
}

// Statements returns the function's [Grants], put together by table and index.
func (f Function) Statements() []Statement {
	var out []Statement
	for _, g := range Grants[f.Name] {
		if n := len(out); n > 0 && out[n-1].Table == g.Table && out[n-1].Index == g.Index {
			out[n-1].Actions = append(out[n-1].Actions, g.Action)
			continue
		}
		out = append(out, Statement{[]string{g.Action}, g.Table, g.Index})
	}
	return out
}

// Authorizer is what looks at a caller's token before a request is let through.
type Authorizer string

// The authorizers.
const (
	Nobody  Authorizer = "none"
	Cognito Authorizer = "cognito" // the gateway itself, with the user pool's keys
	Token   Authorizer = "token"   // our function
)

// Route is one method of one path.
type Route struct {
	Method, Path string
	Operation    string // id of the API's operation
	Function     string
	Authorizer   Authorizer
	Model        string // name of the body's schema, "" for none
}

// Routes returns the routes of the gateway in the order of the API's table. An
// operation that no function serves isn't there on AWS.
func Routes() []Route {
	var out []Route
	for _, op := range api.Operations() {
		i := slices.IndexFunc(function.Functions, func(f function.Function) bool { return slices.Contains(f.Operations, op.ID) })
		if i < 0 {
			continue
		}
		out = append(out, Route{op.Method, op.Path, op.ID, function.Functions[i].Name, authorizerOf(op), op.Body})
	}
	return out
}

func authorizerOf(op api.Operation) Authorizer {
	switch {
	case op.Public:
		return Nobody
	case op.Path == "/orders" || strings.HasPrefix(op.Path, "/orders/"):
		return Cognito
	}
	return Token
}

// preflights is the function that answers what browsers ask before a page of another
// origin calls the API. Every function could: api answers that before it looks for a route. A
// mock integration could not, as API Gateway has no text to make its template of
// when all media types are binary.
const preflights = "system"

// Preflights returns a route for the method OPTIONS of every path.
func Preflights() []Route {
	var out []Route
	for _, r := range Routes() {
		p := Route{Method: http.MethodOptions, Path: r.Path, Operation: "preflight" + wordsOf(r.Path), Function: preflights, Authorizer: Nobody}
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// wordsOf returns /users/{userid}/orders as UsersUseridOrders.
func wordsOf(path string) string {
	words := strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune("/{}.", r) })
	return pascal(strings.Join(words, "_"))
}

// RoutesOf returns the routes that a function serves.
func RoutesOf(name string) []Route {
	return slices.DeleteFunc(Routes(), func(r Route) bool { return r.Function != name })
}

// Name returns the route as people write it: POST /orders.
func (r Route) Name() string { return r.Method + " " + r.Path }

// ID returns the operation as the SAM template names events: PlaceOrder.
func (r Route) ID() string { return strings.ToUpper(r.Operation[:1]) + r.Operation[1:] }

// pascal returns add_order as AddOrder.
func pascal(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

// check returns an error if a permission is for a function that there isn't.
func check() error {
	for name := range Grants {
		if !slices.ContainsFunc(function.Functions, func(f function.Function) bool { return f.Name == name }) {
			return fmt.Errorf("there are permissions for %s, which is no function", name)
		}
	}
	return nil
}
