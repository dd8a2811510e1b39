package acceptance

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"testing"

	typed "comanda/client"
)

var (
	forbidden = want{status: 403, problem: "forbidden"}
	// validatedFirst: a gateway looks at the body before the program knows the role.
	validatedFirst = want{status: 403, problem: "forbidden", gateway: &want{status: 400, problem: "invalid-input"}}
	userMissing    = want{status: 404, problem: "user-not-found"}
	changed        = want{status: 412, problem: "precondition-failed"}
)

// ifMatch is the header that insists on a version.
func ifMatch(version int) map[string]string {
	return map[string]string{"If-Match": fmt.Sprintf("%q", fmt.Sprint(version))}
}

func userScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	u, other, admin := c.signUp(t, "ana"), c.signUp(t, "bea"), c.signUp(t, "admin", "aaa", "apiAdmins", "zzz")
	c.strangers(t, s, other)
	c.regularUsers(t, u, other)
	c.ownProfile(t, u)
	c.ownVersions(t, c.signUp(t, "vera"))
	c.ownName(t, c.signUp(t, "alias"), u, admin)
	s.scenario(t, "a customer's orders come with the customer", func(t *testing.T) { c.ordersOfUser(t, admin) })
	s.scenario(t, "nobody has no list of orders", func(t *testing.T) { c.ordersOfNobody(t, admin) })
}

// strangers have no token.
func (c *client) strangers(t *testing.T, s *suite, u *user) {
	for _, r := range []request{
		{method: "GET", path: "/users"}, {method: "POST", path: "/users", body: `{"name":"John Doe"}`},
		{method: "GET", path: "/users/" + u.id}, {method: "PUT", path: "/users/" + u.id, body: `{"name":"x"}`},
		{method: "PATCH", path: "/users/" + u.id, body: `{"name":"x"}`}, {method: "DELETE", path: "/users/" + u.id},
		{method: "GET", path: "/users/" + u.id + "/orders"},
	} {
		s.scenario(t, "without a token, "+r.method+" "+strings.ReplaceAll(r.path, u.id, "{userid}")+" is refused", func(t *testing.T) {
			c.send(t, r).expect(t, want{status: 401, problem: "unauthenticated"})
		})
	}
}

func (c *client) regularUsers(t *testing.T, u, other *user) {
	theirs := "/users/" + other.id
	c.exchanges(t, u, []exchange{
		{"a regular user lists no users", request{method: "GET", path: "/users"}, forbidden},
		{"a regular user creates no users", request{method: "POST", path: "/users", body: `{"name":"John Doe"}`}, forbidden},
		{"a regular user is refused before the body is read", request{method: "POST", path: "/users", body: `{`}, validatedFirst},
		{"a regular user reads nobody else's profile", request{method: "GET", path: theirs}, forbidden},
		{"a regular user puts nobody else's profile", request{method: "PUT", path: theirs, body: `{"name":"x"}`}, forbidden},
		{"a regular user patches nobody else's profile", request{method: "PATCH", path: theirs, body: `{"name":"x"}`}, forbidden},
		{"a regular user deletes nobody else's profile", request{method: "DELETE", path: theirs}, forbidden},
		{"a regular user lists nobody else's orders", request{method: "GET", path: theirs + "/orders"}, forbidden},
		{"a regular user doesn't learn who exists", request{method: "GET", path: "/users/nobody"}, forbidden},
		{"somebody else's username is no alias", request{method: "GET", path: "/users/" + other.username}, forbidden},
	})
}

// ownProfile follows a profile from the token to its deletion.
func (c *client) ownProfile(t *testing.T, u *user) {
	own := "/users/" + u.id
	now := c.presently()
	upper := strings.ToUpper(u.email)
	c.suite.scenario(t, "a profile that was never stored comes from the token", func(t *testing.T) { c.profileFromToken(t, u) })
	c.exchanges(t, u, []exchange{
		{"a profile that was never stored isn't patched", request{method: "PATCH", path: own, body: `{"name":"x"}`}, userMissing},
		{"a profile that was never stored isn't deleted", request{method: "DELETE", path: own}, userMissing},
		{"one's own profile is put", request{method: "PUT", path: own, body: `{"name":"Ana","email":"` + u.email + `","address":"1 Quay Street","userid":"other","version":9}`},
			want{status: 200, header: map[string]string{"ETag": `"1"`}, json: fields{"userid": u.id, "name": "Ana", "email": u.email,
				"address": "1 Quay Street", "username": absent, "version": 1, "createdAt": now, "timestamp": now}}},
		{"one's own profile is read", request{method: "GET", path: own + "/"}, want{status: 200, header: map[string]string{"ETag": `"1"`}, json: fields{"name": "Ana", "version": 1}}},
		{"one's own profile is patched", request{method: "PATCH", path: own, body: `{"email":"` + upper + `","address":null}`, header: map[string]string{"Content-Type": "application/merge-patch+json"}},
			want{status: 200, header: map[string]string{"ETag": `"2"`}, json: fields{"name": "Ana", "email": upper, "address": absent, "version": 2}}},
		{"an address that isn't proved is claimed", request{method: "PATCH", path: own, body: `{"email":"new.` + u.email + `"}`}, unproved("$.email verified for your account")},
		{"an address that isn't proved is put", request{method: "PUT", path: own, body: `{"name":"Ana","email":"ceo@corp.example"}`}, unproved("$.email verified for your account")},
		{"a username that isn't one's own is claimed", request{method: "PATCH", path: own, body: `{"username":"admin"}`}, unproved("$.username username of your account")},
		{"one's own profile is put without a name", request{method: "PUT", path: own, body: `{"Name":"Ana"}`}, want{status: 400, problem: "invalid-input", violations: []string{"$.name is required"}}},
		{"one's own name isn't removed", request{method: "PATCH", path: own, body: `{"name":null}`}, want{status: 400, problem: "invalid-input", violations: []string{"$.name is required"}}},
		{"every violation of a patch is named", request{method: "PATCH", path: own, body: `{"username":"a b","email":"x","address":""}`},
			want{status: 400, problem: "invalid-input", violations: []string{"$.username spaces", "$.email e-mail", "$.address 1 to 500"}}},
		{"one's own profile is deleted", request{method: "DELETE", path: own}, want{status: 200, json: fields{"userid": u.id, "name": absent}}},
		{"one's own profile is deleted again", request{method: "DELETE", path: own}, want{status: 200, json: fields{"userid": u.id}}},
	})
	c.suite.scenario(t, "a deleted profile comes from the token", func(t *testing.T) { c.profileFromToken(t, u) })
	c.exchanges(t, u, []exchange{
		{"a deleted profile isn't patched", request{method: "PATCH", path: own, body: `{"name":"x"}`}, userMissing},
		{"a deleted profile isn't put again by who insists on it", request{method: "PUT", path: own, body: `{"name":"Ana"}`, header: map[string]string{"If-Match": "*"}}, changed},
		{"a deleted profile is put again", request{method: "PUT", path: own, body: `{"name":"Ana"}`}, want{status: 200, json: fields{"version": 4, "email": absent}}},
	})
}

// unproved is the answer to a claim without proof, whether another has what is claimed or not.
func unproved(violation string) want {
	return want{status: 400, problem: "invalid-input", violations: []string{violation}}
}

// profileFromToken reads a profile that isn't stored. It has no version, and so
// no ETag.
func (c *client) profileFromToken(t *testing.T, u *user) {
	c.send(t, request{method: "GET", path: "/users/" + u.id, as: u}).expect(t, want{status: 200, header: map[string]string{"ETag": ""}, json: fields{
		"userid": u.id, "name": u.name, "username": u.username, "email": u.email, "version": absent, "createdAt": absent, "timestamp": absent,
	}})
}

// ownVersions sends the conditions that a profile's writes and readings can have.
func (c *client) ownVersions(t *testing.T, u *user) {
	own := "/users/" + u.id
	named := func(name string) string { return fmt.Sprintf(`{"name":%q}`, name) }
	have := func(tag string) map[string]string { return map[string]string{"If-None-Match": tag} }
	c.exchanges(t, u, []exchange{
		{"a profile that isn't there has no version to match", request{method: "PUT", path: own, body: named("A"), header: ifMatch(1)}, changed},
		{"a profile is put without a condition", request{method: "PUT", path: own, body: named("A")}, want{status: 200, json: fields{"version": 1}}},
		{"a profile is put again without a change", request{method: "PUT", path: own, body: named("A")}, want{status: 200, json: fields{"version": 1}}},
		{"a profile is put at its version", request{method: "PUT", path: own, body: named("B"), header: ifMatch(1)}, want{status: 200, json: fields{"version": 2}}},
		{"a profile isn't put at an earlier version", request{method: "PUT", path: own, body: named("C"), header: ifMatch(1)}, changed},
		{"a profile isn't patched at an earlier version", request{method: "PATCH", path: own, body: named("C"), header: ifMatch(1)}, changed},
		{"a profile isn't deleted at an earlier version", request{method: "DELETE", path: own, header: ifMatch(1)}, changed},
		{"a profile isn't put at a weak version", request{method: "PUT", path: own, body: named("C"), header: map[string]string{"If-Match": `W/"2"`}}, changed},
		{"a version without quotes matches nothing", request{method: "PUT", path: own, body: named("C"), header: map[string]string{"If-Match": "2"}}, changed},
		{"an empty condition matches nothing", request{method: "PATCH", path: own, body: named("C"), header: map[string]string{"If-Match": ""}}, changed},
		{"a version with a zero in front matches nothing", request{method: "PATCH", path: own, body: named("C"), header: map[string]string{"If-Match": `"02"`}}, changed},
		{"no version is meant for any", request{method: "DELETE", path: own, header: map[string]string{"If-Match": `"-1"`}}, changed},
		{"a profile isn't put that must not be there", request{method: "PUT", path: own, body: named("C"), header: have("*")}, changed},
		{"a profile isn't patched in a version that is excluded", request{method: "PATCH", path: own, body: named("C"), header: have(`W/"2"`)}, changed},
		{"a profile isn't deleted in a version that is excluded", request{method: "DELETE", path: own, header: have(`"1", "2"`)}, changed},
		{"whoever has the version gets no body", request{method: "GET", path: own, header: have(`"2"`)}, want{status: 304, header: map[string]string{"ETag": `"2"`}}},
		{"whoever has another version gets the profile", request{method: "GET", path: own, header: have(`"1"`)}, want{status: 200, json: fields{"name": "B", "version": 2}}},
		{"a profile is patched at its version", request{method: "PATCH", path: own, body: named("C"), header: ifMatch(2)}, want{status: 200, json: fields{"name": "C", "version": 3}}},
		{"a profile is deleted at its version", request{method: "DELETE", path: own, header: ifMatch(3)}, want{status: 200}},
		{"a deleted profile has no version to match", request{method: "PUT", path: own, body: named("D"), header: ifMatch(4)}, changed},
		{"a profile is put that must not be there", request{method: "PUT", path: own, body: named("D"), header: have("*")}, want{status: 200, json: fields{"name": "D", "version": 5}}},
		{"a profile that was put so isn't put again", request{method: "PUT", path: own, body: named("D"), header: have("*")}, changed},
	})
}

// ownName uses one's username in place of one's id.
func (c *client) ownName(t *testing.T, u, other, admin *user) {
	own := "/users/" + u.username
	toAdmin := userMissing
	if c.suite.target.differs(usernamesAreIDs) {
		toAdmin = want{status: 200, json: fields{"userid": u.id}}
	}
	c.exchanges(t, u, []exchange{
		{"one's username is an alias when putting", request{method: "PUT", path: own, body: `{"name":"Ana"}`}, want{status: 200, json: fields{"userid": u.id}}},
		{"one's username is an alias when reading", request{method: "GET", path: own}, want{status: 200, json: fields{"userid": u.id, "name": "Ana"}}},
		{"one's username is an alias when patching", request{method: "PATCH", path: own, body: `{"name":"Bea"}`}, want{status: 200, json: fields{"userid": u.id, "version": 2}}},
		{"one's username is an alias when listing orders", request{method: "GET", path: own + "/orders"}, want{status: 200, json: fields{"user.userid": u.id, "orders.#": 0}}},
		{"one's id has the same profile", request{method: "GET", path: "/users/" + u.id}, want{status: 200, json: fields{"name": "Bea"}}},
		{"one's username is nobody else's alias", request{method: "GET", path: own, as: other}, forbidden},
		{"one's username is no id to an administrator", request{method: "GET", path: own, as: admin}, toAdmin},
		{"one's username is an alias when deleting", request{method: "DELETE", path: own}, want{status: 200, json: fields{"userid": u.id}}},
	})
}

func (c *client) ordersOfUser(t *testing.T, admin *user) {
	u, other, staff := c.signUp(t, "orla"), c.signUp(t, "otto"), c.signUp(t, "staff", "restaurant-1")
	first, second := c.place(t, u, soup), c.place(t, u, of("2", soup))
	c.place(t, other, soup)
	c.remove(t, u, "/orders/"+second).expect(t, want{status: 200})
	path := "/users/" + u.id + "/orders"
	c.get(t, admin, path).expect(t, want{status: 200, json: fields{"user.userid": u.id, "user.name": absent, "orders.#": 2}}) // there is no profile yet
	c.get(t, u, path).expect(t, want{status: 200, json: fields{"user.userid": u.id, "user.name": u.name}})
	c.put(t, u, "/users/"+u.id, `{"name":"Orla","address":"1 Quay Street"}`).expect(t, want{status: 200})
	customer := fields{"user.userid": u.id, "user.name": "Orla", "user.address": "1 Quay Street", "user.version": 1}
	for _, as := range []*user{u, admin} {
		a := c.get(t, as, path).expect(t, want{status: 200, json: customer})
		if got := ids(t, a); !sameSet(got, []string{first, second}) {
			t.Errorf("orders: got %v, want %v", got, []string{first, second})
		}
		canceled := c.get(t, as, path+"?status=CANCELED").expect(t, want{status: 200, json: fields{"orders.#": 1, "orders.0.orderId": second, "user.name": "Orla"}})
		by := map[*user]string{u: "owner", admin: u.id}[as]
		canceled.expect(t, want{status: 200, json: fields{"orders.0.history.0.by": by}})
		page := c.get(t, as, path+"?limit=1").expect(t, want{status: 200, json: fields{"orders.#": 1}})
		next := c.get(t, as, path+"?limit=1&nextToken="+url.QueryEscape(page.str(t, "nextToken"))).expect(t, want{status: 200, json: customer})
		if got := append(ids(t, page), ids(t, next)...); !sameSet(got, []string{first, second}) {
			t.Errorf("pages: got %v, want %v", got, []string{first, second})
		}
	}
	c.get(t, other, path).expect(t, forbidden)
	c.get(t, staff, path).expect(t, forbidden)
	c.remove(t, u, "/users/"+u.id).expect(t, want{status: 200})
	c.get(t, admin, path).expect(t, want{status: 200, json: fields{"user.userid": u.id, "user.address": absent, "orders.#": 2}}) // orders stay
}

// ordersOfNobody lists the orders of a person who never ordered and has no profile.
// That differs from a customer without orders, and from one whose orders a filter leaves out.
func (c *client) ordersOfNobody(t *testing.T, admin *user) {
	for _, query := range []string{"", "?status=PLACED", "?from=2026-01-01", "?limit=1"} {
		c.get(t, admin, "/users/nobody/orders"+query).expect(t, userMissing)
	}
	c.get(t, admin, "/users/nobody/orders?status=x").expect(t, want{status: 400, problem: "invalid-input"})
	quiet, guest := c.signUp(t, "quiet"), c.signUp(t, "guest")
	theirs := "/users/" + quiet.id + "/orders"
	c.get(t, quiet, theirs).expect(t, want{status: 200, json: fields{"orders.#": 0}})
	c.get(t, admin, theirs).expect(t, userMissing)
	c.put(t, quiet, "/users/"+quiet.id, `{"name":"Q"}`).expect(t, want{status: 200})
	c.get(t, admin, theirs).expect(t, want{status: 200, json: fields{"orders.#": 0, "user.name": "Q"}})
	c.remove(t, quiet, "/users/"+quiet.id).expect(t, want{status: 200})
	c.get(t, admin, theirs).expect(t, userMissing)
	c.place(t, guest, soup)
	c.get(t, admin, "/users/"+guest.id+"/orders?status=DELIVERED").expect(t, want{status: 200, json: fields{"orders.#": 0, "user.userid": guest.id}})
}

// userCreationScenarios are about POST /users and the list of users.
func userCreationScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	admin := c.signUp(t, "admin", "aaa", "apiAdmins", "zzz")
	c.creations(t, admin)
	c.creationsAgain(t, s, admin)
	s.scenario(t, "an address goes to one of two who want it, and is free when its user is gone", func(t *testing.T) { c.oneAddress(t, admin) })
	s.scenario(t, "a username goes to one of two who want it at once", func(t *testing.T) { c.oneUsername(t, admin) })
	s.scenario(t, "pages of users show everybody once", func(t *testing.T) { c.pagesOfUsers(t, admin) })
	s.scenario(t, "an administrator finds a user by username or e-mail address", func(t *testing.T) { c.findUsers(t, admin) })
}

func (c *client) findUsers(t *testing.T, admin *user) {
	made := c.post(t, admin, "/users", `{"name":"Jo","username":"Josefine","email":"jo.finder@example.com"}`).expect(t, want{status: 200})
	found := want{status: 200, json: fields{"users.#": 1, "users.0.userid": made.str(t, "userid"), "users.0.name": "Jo", "nextToken": absent}}
	none := want{status: 200, json: fields{"users.#": 0, "nextToken": absent}}
	for query, w := range map[string]want{
		"username=Josefine": found, "username=josefine": found, "email=jo.finder%40example.com": found, "email=JO.Finder%40example.com&limit=1": found,
		"username=jose": none, "email=nobody%40example.com": none, "username=jo.finder%40example.com": none,
		"username=a&email=b%40example.com": {status: 400, violations: []string{"query.email excludes username: give one of them"}},
		"mail=x":                           {status: 400, violations: []string{"query.mail is unknown: did you mean email?"}},
		"username=josefine&nextToken=x":    {status: 400, violations: []string{"query.nextToken"}},
	} {
		c.get(t, admin, "/users?"+query).expect(t, w)
	}
	page, err := c.by(t, admin).Users(t.Context(), typed.UserFilter{Email: "Jo.Finder@example.com"})
	if err != nil || len(page.Users) != 1 || page.Users[0].UserID != made.str(t, "userid") {
		t.Errorf("by the client: got %+v, %v, want the one who was created", page, err)
	}
	c.remove(t, admin, "/users/"+made.str(t, "userid")).expect(t, want{status: 200})
	c.get(t, admin, "/users?username=josefine").expect(t, none)
	c.get(t, c.signUp(t, "curious"), "/users?username=josefine").expect(t, forbidden)
}

func (c *client) creations(t *testing.T, admin *user) {
	create := func(body string, header map[string]string) request {
		return request{method: "POST", path: "/users", body: body, header: header}
	}
	noName := want{status: 400, problem: "invalid-input", violations: []string{"$.name is required"}}
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	c.exchanges(t, admin, []exchange{
		{"an administrator in the second of three groups lists users", request{method: "GET", path: "/users"}, want{status: 200, json: fields{"users.#": 0}}},
		{"a user with a name", create(`{"name":"John Doe"}`, nil), want{status: 200, header: map[string]string{"ETag": `"1"`, "Idempotent-Replayed": ""}, json: fields{"name": "John Doe", "version": 1, "email": absent}}},
		{"a user sent as a form", create(`{"name":"John Doe"}`, form), want{status: 200, json: fields{"name": "John Doe"}}},
		{"a user with a trailing slash", request{method: "POST", path: "/users/", body: `{"name":"John Doe"}`}, want{status: 200}},
		{"Name instead of name", create(`{"Name":"John Doe"}`, nil), noName},
		{"Name instead of name, sent as a form", create(`{"Name":"John Doe"}`, form), noName},
		{"every violation is named", create(`{"userid":"a/b","name":"","email":"x","username":" ","address":1}`, nil), want{status: 400, problem: "invalid-input",
			violations: []string{"$.userid characters", "$.name 1 to 200", "$.username spaces", "$.email e-mail", "$.address string"}}},
		{"a user with everything", create(`{"userid":"john@work:1","name":"John","username":"john","email":"john@example.com","address":"1 Quay Street"}`, nil),
			want{status: 200, json: fields{"userid": "john@work:1", "username": "john", "email": "john@example.com", "address": "1 Quay Street"}}},
		{"a userid that exists", create(`{"userid":"john@work:1","name":"John","username":"john","email":"john@example.com","address":"1 Quay Street"}`, nil), want{status: 409, problem: "user-exists"}},
		{"an e-mail that is taken", create(`{"name":"J","email":"JOHN@example.com"}`, nil), want{status: 409, problem: "taken", detail: []string{"email"}}},
		{"a username that is taken", create(`{"name":"J","username":"John"}`, nil), want{status: 409, problem: "taken", detail: []string{"username"}}},
		{"an e-mail that is taken, by PUT", request{method: "PUT", path: "/users/jane", body: `{"name":"J","email":"john@EXAMPLE.com"}`}, want{status: 409, problem: "taken"}},
		{"a user that isn't there", request{method: "GET", path: "/users/jane"}, userMissing},
		{"a userid that nobody can have", request{method: "GET", path: "/users/a%20b"}, want{status: 400, problem: "invalid-input", violations: []string{"path.userid characters"}}},
		{"a user read by an administrator", request{method: "GET", path: "/users/john@work:1"}, want{status: 200, json: fields{"name": "John"}}},
		{"a user patched by an administrator", request{method: "PATCH", path: "/users/john@work:1", body: `{"username":null}`}, want{status: 200, json: fields{"username": absent, "version": 2}}},
		{"a username that was given up", create(`{"name":"J","username":"JOHN"}`, nil), want{status: 200}},
		{"a user put by an administrator", request{method: "PUT", path: "/users/john@work:1", body: `{"name":"John"}`}, want{status: 200, json: fields{"email": absent, "version": 3}}},
		{"a user deleted by an administrator", request{method: "DELETE", path: "/users/john@work:1"}, want{status: 200, json: fields{"userid": "john@work:1"}}},
		{"a deleted user", request{method: "GET", path: "/users/john@work:1"}, userMissing},
		{"a userid that was deleted", create(`{"userid":"john@work:1","name":"John"}`, nil), want{status: 409, problem: "user-exists"}},
		{"a deleted user put again", request{method: "PUT", path: "/users/john@work:1", body: `{"name":"John"}`}, want{status: 200, json: fields{"version": 5}}},
	})
}

// creationsAgain repeats a creation under its key.
func (c *client) creationsAgain(t *testing.T, s *suite, admin *user) {
	const body = `{"name":"Kay","email":"kay@example.com"}`
	send := func(as *user, key, body string) request {
		return request{method: "POST", path: "/users", as: as, body: body, header: map[string]string{"Idempotency-Key": key}}
	}
	s.scenario(t, "a creation repeated under its key answers as the first time", func(t *testing.T) {
		first := c.send(t, send(admin, "kay", body)).expect(t, want{status: 200, header: map[string]string{"Idempotent-Replayed": ""}})
		again := func() {
			t.Helper()
			a := c.send(t, send(admin, `"kay"`, `{ "email" : "kay@example.com", "name" : "K\u0061y" }`))
			a.expect(t, want{status: 200, header: map[string]string{"Idempotent-Replayed": "true", "ETag": `"1"`}})
			if !bytes.Equal(a.body, first.body) {
				t.Errorf("got %s, want %s", a.body, first.body)
			}
		}
		again()
		path := "/users/" + first.str(t, "userid")
		c.send(t, request{method: "PATCH", path: path, as: admin, body: `{"email":null,"name":"Kai"}`}).expect(t, want{status: 200, json: fields{"version": 2}})
		again()
		c.send(t, send(admin, "kay", `{"name":"Kay"}`)).expect(t, want{status: 422, problem: "key-reused"})
		c.remove(t, admin, path).expect(t, want{status: 200})
		c.send(t, send(admin, "kay", body)).expect(t, want{status: 409, problem: "user-exists"})
		c.get(t, admin, path).expect(t, userMissing)
	})
	s.scenario(t, "two administrators' equal keys are two users", func(t *testing.T) {
		other := c.signUp(t, "other", "apiAdmins")
		mine := c.send(t, send(admin, "shared", `{"name":"L"}`)).expect(t, want{status: 200})
		theirs := c.send(t, send(other, "shared", `{"name":"M"}`)).expect(t, want{status: 200, header: map[string]string{"Idempotent-Replayed": ""}})
		if mine.str(t, "userid") == theirs.str(t, "userid") {
			t.Error("both users have the same id")
		}
	})
	s.scenario(t, "many equal creations at once under one key are one user", func(t *testing.T) {
		var first answer
		for i, a := range c.storm(t, 16, func(int) request { return send(admin, "storm", `{"name":"S","email":"storm@example.com"}`) }) {
			if i == 0 {
				first = a
			}
			if a.expect(t, want{status: 200}); !bytes.Equal(a.body, first.body) {
				t.Errorf("got %s, want %s", a.body, first.body)
			}
		}
	})
}

// oneOfTwo sends two creations at once, of which one is made. It returns that one.
func (c *client) oneOfTwo(t *testing.T, admin *user, bodies [2]string) answer {
	t.Helper()
	var won, lost []answer
	for _, a := range c.storm(t, 2, func(i int) request { return request{method: "POST", path: "/users", as: admin, body: bodies[i]} }) {
		if a.status == 200 {
			won = append(won, a)
			continue
		}
		lost = append(lost, a.expect(t, want{status: 409, problem: "taken"}))
	}
	if len(won) != 1 || len(lost) != 1 {
		t.Fatalf("got %d creations made and %d refused, want one of each", len(won), len(lost))
	}
	return won[0]
}

func (c *client) oneAddress(t *testing.T, admin *user) {
	for i := range 5 {
		bodies := [2]string{fmt.Sprintf(`{"name":"A","email":"josé.%d@example.com"}`, i), fmt.Sprintf(`{"name":"B","email":"JOSE\u0301.%d@Example.com"}`, i)}
		winner := "/users/" + c.oneOfTwo(t, admin, bodies).str(t, "userid")
		c.remove(t, admin, winner).expect(t, want{status: 200})
		c.post(t, admin, "/users", bodies[1]).expect(t, want{status: 200})
		c.post(t, admin, "/users", bodies[0]).expect(t, want{status: 409, problem: "taken"})
	}
}

func (c *client) oneUsername(t *testing.T, admin *user) {
	winner := c.oneOfTwo(t, admin, [2]string{`{"name":"A","username":"Straße"}`, `{"name":"B","username":"STRASSE"}`})
	c.send(t, request{method: "PATCH", path: "/users/" + winner.str(t, "userid"), as: admin, body: `{"username":"gasse"}`}).expect(t, want{status: 200})
	c.post(t, admin, "/users", `{"name":"B","username":"strasse"}`).expect(t, want{status: 200})
}

func (c *client) pagesOfUsers(t *testing.T, admin *user) {
	wanted := c.allUsers(t, admin, 100)
	for i := range 7 {
		id := fmt.Sprintf("page-%d", i)
		c.put(t, admin, "/users/"+id, `{"name":"P"}`).expect(t, want{status: 200})
		wanted = append(wanted, id)
	}
	c.put(t, admin, "/users/page-gone", `{"name":"P"}`).expect(t, want{status: 200})
	c.remove(t, admin, "/users/page-gone").expect(t, want{status: 200})
	if page, err := c.by(t, admin).Users(t.Context(), typed.UserFilter{Limit: len(wanted)}); err != nil || len(page.Users) != len(wanted) {
		t.Errorf("a page of as many as there are: got %d users, %v, want %d", len(page.Users), err, len(wanted))
	}
	for _, limit := range []int{1, 3, 100} {
		if got := c.allUsers(t, admin, limit); !sameSet(got, wanted) {
			t.Errorf("pages of %d: got %d users %v, want %d", limit, len(got), got, len(wanted))
		}
	}
	token := url.QueryEscape(c.get(t, admin, "/users?limit=1").str(t, "nextToken"))
	other := c.signUp(t, "other", "apiAdmins")
	refused := func(name string) want {
		return want{status: 400, problem: "invalid-input", violations: []string{"query." + name}}
	}
	c.get(t, other, "/users?limit=1&nextToken="+token).expect(t, refused("nextToken"))
	c.get(t, admin, "/orders?nextToken="+token).expect(t, refused("nextToken"))
	c.get(t, admin, "/users?nextToken=x").expect(t, refused("nextToken"))
	for _, limit := range []string{"0", "101", "-1", "x", "1.5"} {
		c.get(t, admin, "/users?limit="+limit).expect(t, refused("limit"))
	}
}

// allUsers goes through the pages of the list of users and returns their ids.
func (c *client) allUsers(t *testing.T, admin *user, limit int) []string {
	t.Helper()
	var all []string
	for f := (typed.UserFilter{Limit: limit}); ; {
		page, err := c.by(t, admin).Users(t.Context(), f)
		if err != nil || len(page.Users) > limit {
			t.Fatalf("got %d users of at most %d, %v", len(page.Users), limit, err)
		}
		for _, u := range page.Users {
			all = append(all, u.UserID)
		}
		if f.NextToken = page.NextToken; f.NextToken == "" {
			return all
		}
	}
}
