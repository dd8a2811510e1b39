// Package api is the HTTP face of Comanda.
//
// One table (routes.go) lists every operation: method, path, who may call it,
// what it takes and answers, and the function that does it. The same table
// serves requests, generates the OpenAPI document, and is what the tests of
// authorization go through, so that none of them can drift from the others. A
// route without a rule doesn't start.
//
// A request passes through the same steps whatever it asks (handler.go):
// find the route, verify the caller and apply the route's rule before a byte of
// the body is read, read the body strictly, call the function, render its answer
// or its error. Functions return errors; one table (problem.go) says what each
// kind becomes on the wire, and everything that isn't in it is a 500 whose text stays inside.
//
// The package knows nothing of listeners, TLS, stores or clouds: it is an
// [net/http.Handler] over the domain's services.
package api
