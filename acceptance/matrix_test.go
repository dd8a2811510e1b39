package acceptance

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// actor is a caller in the authorization matrix.
type actor int

const (
	nobody        actor = iota // without a token
	owner                      // whose order, profile and path it is
	otherCustomer              // who has nothing to do with it
	staffHere                  // of the order's restaurant, which is the path's
	staffThere                 // of another restaurant
	administrator
	deleted // whose sign-in account was deleted after signing in
	expired // whose token has expired
	actors
)

var actorNames = [actors]string{"nobody", "the owner", "another customer", "staff of this restaurant", "staff of another restaurant", "an administrator", "a deleted account", "an expired token"}

// row is what the actors are answered: 401, 403, 404, or allowed.
type row [actors]int

const (
	allowed = 0
	missing = -1 // the operation isn't there, for no actor
)

// matrix says for every rule of the API's description what the actors are
// answered. Rules on operations of one order are rows of their own, because
// there a role that may use the operation gets 404 for orders that aren't its own.
var matrix = map[string]row{
	"anybody":                 {},
	"user":                    {nobody: 401, deleted: 401, expired: 401},
	"user, one order":         {nobody: 401, otherCustomer: 404, staffHere: 404, staffThere: 404, administrator: 404, deleted: 401, expired: 401},
	"owner, staff, one order": {nobody: 401, otherCustomer: 403, staffThere: 404, deleted: 401, expired: 401},
	"staff, one order":        {nobody: 401, owner: 403, otherCustomer: 403, staffThere: 404, deleted: 401, expired: 401},
	"owner, admin":            {nobody: 401, otherCustomer: 403, staffHere: 403, staffThere: 403, deleted: 401, expired: 401},
	"staff of the restaurant": {nobody: 401, owner: 403, otherCustomer: 403, staffThere: 403, deleted: 401, expired: 401},
	"admin":                   {nobody: 401, owner: 403, otherCustomer: 403, staffHere: 403, staffThere: 403, deleted: 401, expired: 401},
}

// exceptions are operations that differ from their rule's row, by operationId.
var exceptions = map[string]row{}

// endsOwner are the operations after which the owner can't go on.
var endsOwner = []string{"eraseUser"}

// examples are bodies that every allowed actor can send, by the name of their schema.
var examples = map[string]string{
	"Placement": soup, "OrderContent": pie, "Step": `{"status":"ACKNOWLEDGED"}`,
	"UserCreation": `{"name":"John Doe"}`, "UserContent": `{"name":"Owner","address":"1 Quay Street"}`, "UserPatch": `{"address":"2 Quay Street"}`,
}

// described is an operation as the API's description shows it.
type described struct {
	Method, Path string
	ID           string           `json:"operationId"`
	Access       string           `json:"x-access"`
	Security     []map[string]any `json:"security"`
	Parameters   []struct{ Name, In string }
	RequestBody  *struct {
		Content map[string]struct {
			Schema struct {
				Ref string `json:"$ref"`
			}
		}
	}
}

// rule returns the name of the operation's row in the matrix.
func (d described) rule() string {
	if strings.Contains(d.Path, "{orderId}") {
		return d.Access + ", one order"
	}
	return d.Access
}

// body returns an example of the operation's body, "" when it has none.
func (d described) body(t *testing.T) string {
	t.Helper()
	if d.RequestBody == nil {
		return ""
	}
	schema := strings.TrimPrefix(d.RequestBody.Content["application/json"].Schema.Ref, "#/components/schemas/")
	example, ok := examples[schema]
	if !ok {
		t.Fatalf("there is no example of schema %q: add one, so that the operation is in the matrix", schema)
	}
	return example
}

// describedOperations reads the operations from the API's own description.
func (c *client) describedOperations(t *testing.T) []described {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]described
	}
	if err := json.Unmarshal(c.get(t, nil, "/openapi.json").body, &doc); err != nil {
		t.Fatal(err)
	}
	var all []described
	for path, methods := range doc.Paths {
		for method, d := range methods {
			d.Method, d.Path = strings.ToUpper(method), path
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b described) int { return strings.Compare(a.Path+a.Method, b.Path+b.Method) })
	return all
}

// cast is the people of the matrix.
type cast struct {
	*client
	users [actors]*user
}

func newCast(t *testing.T, s *suite) cast {
	m := cast{client: s.open(t, options{follow: true})}
	late := m.signUpBefore(t, "late", 2*time.Hour) // longer than any token lives
	m.users = [actors]*user{
		owner: m.signUp(t, "owner"), otherCustomer: m.signUp(t, "other"), staffHere: m.signUp(t, "here", "restaurant-1"),
		staffThere: m.signUp(t, "there", "restaurant-2"), administrator: m.signUp(t, "admin", "apiAdmins"), deleted: m.signUp(t, "gone"), expired: late,
	}
	gone := object{"UserPoolId": m.pool().id, "Username": m.users[deleted].username}
	if err := m.pool().call("AdminDeleteUser", gone, nil); err != nil {
		t.Fatal(err)
	}
	return m
}

func matrixScenarios(t *testing.T, s *suite) {
	m := newCast(t, s)
	for _, d := range m.describedOperations(t) {
		s.scenario(t, d.Method+" "+d.Path+" is for "+d.Access, func(t *testing.T) {
			expected, ok := matrix[d.rule()]
			if exception, excepted := exceptions[d.ID]; excepted {
				expected, ok = exception, true
			}
			if !ok {
				t.Fatalf("there is no row %q in the matrix: say there what each actor is answered", d.rule())
			}
			if public := d.Access == "anybody"; public != (len(d.Security) == 0) {
				t.Errorf("it is for %s, and its description asks for %v", d.Access, d.Security)
			}
			for who := range actors {
				m.cell(t, d, who, expected)
			}
		})
	}
}

// cell sends one request and compares its answer with the row.
func (m cast) cell(t *testing.T, d described, who actor, expected row) {
	t.Helper()
	wanted := expected[who]
	if m.suite.target.lacks(d.ID) {
		wanted = missing
	}
	if wanted != missing && who == deleted && m.suite.target.differs(tokensOutliveRevocation) {
		wanted = expected[otherCustomer]
	}
	got, problem, challenge := m.outcome(t, m.request(t, d, who, wanted))
	switch {
	case wanted == allowed && got/100 == 2:
	case wanted == missing && got == 404 && problem == "urn:comanda:problem:no-route":
	case wanted == 404 && got == 404 && strings.HasSuffix(problem, "not-found"):
	case wanted == 403 && got == 403 && problem == "urn:comanda:problem:forbidden":
	case wanted == 401 && got == 401 && problem == "urn:comanda:problem:unauthenticated" && challenge != "":
	default:
		t.Errorf("%s is answered %d %s, want %s", actorNames[who], got, problem, map[int]string{allowed: "success", missing: "that it isn't there", 401: "401", 403: "403", 404: "404"}[wanted])
	}
}

// request makes the request of a cell, about an order and a profile of the owner
// that were never changed.
func (m cast) request(t *testing.T, d described, who actor, wanted int) request {
	t.Helper()
	subject := m.users[owner]
	if wanted == allowed && slices.Contains(endsOwner, d.ID) {
		subject = m.signUp(t, "brief")
	}
	m.put(t, m.users[administrator], "/users/"+subject.id, `{"name":"Owner"}`).expect(t, want{status: 200})
	values := []string{"{userid}", subject.id, "{restaurantId}", "1"}
	if strings.Contains(d.Path, "{orderId}") {
		values = append(values, "{orderId}", m.place(t, subject, soup))
	}
	path := strings.NewReplacer(values...).Replace(d.Path)
	if strings.Contains(path, "{") {
		t.Fatalf("there is no value for a parameter of %s: add one, so that the operation is in the matrix", d.Path)
	}
	return request{method: d.Method, path: path, as: m.users[who], body: d.body(t)}
}

// outcome sends a request and returns the status, the type of the problem and
// what a refused token is told. It doesn't wait for the end of a success, because a stream has none.
func (m cast) outcome(t *testing.T, r request) (status int, problem, challenge string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if r.as != nil {
		r.header = map[string]string{"Authorization": "Bearer " + r.as.idToken}
	}
	resp, err := r.to(ctx, m.url())
	if err != nil {
		t.Fatalf("%s %s: %v", r.method, r.path, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode < 400 {
		return resp.StatusCode, "", ""
	}
	var p struct{ Type string }
	if err := json.NewDecoder(resp.Body).Decode(&p); err != nil {
		p.Type = fmt.Sprintf("with a body that is no problem (%v)", err)
	}
	return resp.StatusCode, p.Type, resp.Header.Get("WWW-Authenticate")
}
