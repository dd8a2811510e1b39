package acceptance

import (
	"strings"
	"testing"
)

// queryScenarios send query parameters that an operation doesn't have, or has once.
func queryScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{follow: true})
	admin := c.signUp(t, "admin", "apiAdmins")
	id := c.place(t, admin, soup)
	for _, d := range c.describedOperations(t) {
		if d.Method != "GET" || s.target.lacks(d.ID) {
			continue
		}
		path := strings.NewReplacer("{userid}", admin.id, "{orderId}", id, "{restaurantId}", "1").Replace(d.Path)
		s.scenario(t, "GET "+d.Path+" refuses parameters that it doesn't know", func(t *testing.T) {
			for _, name := range []string{"staus", "page", "Limit"} {
				a := c.get(t, admin, path+"?"+name+"=1").expect(t, want{status: 400, problem: "invalid-input", violations: []string{"query." + name + " is unknown"}})
				for _, p := range d.Parameters {
					if p.In == "query" && !strings.Contains(a.at("violations.0.message"), p.Name) {
						t.Errorf("?%s=1: got %s, want it to name %s", name, a.body, p.Name)
					}
				}
			}
		})
		s.scenario(t, "GET "+d.Path+" refuses a parameter that is there twice", func(t *testing.T) {
			for _, p := range d.Parameters {
				if p.In == "query" {
					c.get(t, admin, path+"?"+p.Name+"=&"+p.Name+"=").expect(t, want{status: 400, problem: "invalid-input", violations: []string{"query." + p.Name + " is given more than once"}})
				}
			}
		})
	}
	c.nearest(t, admin, id)
}

// nearest misspells parameters.
func (c *client) nearest(t *testing.T, admin *user, id string) {
	unknown := func(path, violation string) exchange {
		return exchange{"a misspelt parameter is named: " + path, request{method: "GET", path: path}, want{status: 400, problem: "invalid-input", violations: []string{violation}}}
	}
	c.exchanges(t, admin, []exchange{
		unknown("/orders?state=PLACED", "query.state is unknown: did you mean status? There are status, from, to, limit, nextToken"),
		unknown("/orders?Status=PLACED", "query.Status is unknown: did you mean status?"),
		unknown("/orders?form=2026-01-31", "query.form is unknown: did you mean from?"),
		unknown("/orders?next_token=x", "query.next_token is unknown: did you mean nextToken?"),
		unknown("/orders?token=x", "query.token is unknown: did you mean nextToken?"),
		unknown("/orders?limits=1", "query.limits is unknown: did you mean limit?"),
		unknown("/orders?page=2", "query.page is unknown: there are status, from, to, limit, nextToken"),
		unknown("/monitor?fron=2026-01-31", "query.fron is unknown: did you mean from? There are top, from, to"),
		unknown("/orders/"+id+"?fields=status", "query.fields is unknown: this operation has no parameters"),
		unknown("/healthz?probe=1", "query.probe is unknown: this operation has no parameters"),
		unknown("/orders?a%2Bb=1", `query["a+b"] is unknown`),
		unknown("/orders?%3Cscript%3E=1", `query["<script>"] is unknown`),
		unknown("/orders?"+strings.Repeat("x", 60)+"=1", `query["`+strings.Repeat("x", 40)+`…"] is unknown`),
		{"everything that is wrong with a query is said at once", request{method: "GET", path: "/orders?sort=asc&limit=0&status=EATEN&from=x&from=y"},
			want{status: 400, violations: []string{"query.from is given more than once", "query.sort is unknown", "query.status is no status", "query.from must be a time", "query.limit must be a whole number"}}},
		{"without a token nothing is said about a query", request{method: "GET", path: "/orders?state=x", header: map[string]string{"Authorization": ""}}, want{status: 401}},
		{"a query of a placement is not looked at", request{method: "POST", path: "/orders?channel=web", body: soup}, want{status: 200}},
	})
	if !c.suite.target.lacks("rebuildReports") {
		c.exchanges(t, admin, []exchange{
			{"a recount isn't begun by who misspells that it is to verify only", request{method: "POST", path: "/monitor/rebuild?verfy=true"}, want{status: 400, violations: []string{"query.verfy is unknown: did you mean verify?"}}},
		})
	}
}
