package acceptance

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// listed is what the scenarios of lists work on: orders of one customer, the
// newest first.
type listed struct {
	c      *client
	u      *user
	staff  *user
	orders []string // ids, newest first
}

// newListed places 12 orders, ten minutes apart but for three in one moment, and
// acknowledges every third.
func newListed(t *testing.T, c *client) listed {
	l := listed{c: c, u: c.signUp(t, "ana"), staff: c.signUp(t, "admin", "apiAdmins")}
	for i := range 12 {
		id := fmt.Sprintf("o-%02d", i)
		c.placeAt(t, l.u, named(id, soup), placedAt(i))
		if i%3 == 0 {
			c.step(t, l.staff, l.u, id, "ACKNOWLEDGED", "").expect(t, want{status: 200})
		}
		l.orders = append([]string{id}, l.orders...)
	}
	return l
}

// placedAt is when order i was placed: o-05 to o-08 share a moment, and are ordered
// by id.
func placedAt(i int) time.Time {
	return noon.Add(time.Duration(4*min(i, 5)+4*max(0, i-8)) * time.Minute)
}

// all follows nextToken from the first page to the last.
func (l listed) all(t *testing.T, query string) (got []string, pages int) {
	t.Helper()
	return l.from(t, query, l.c.get(t, l.u, "/orders?"+query))
}

// from does so from a page on.
func (l listed) from(t *testing.T, query string, page answer) (got []string, pages int) {
	t.Helper()
	for pages = 1; ; pages++ {
		got = append(got, ids(t, page.expect(t, want{status: 200}))...)
		if page.at("nextToken") == text(absent) {
			return got, pages
		}
		if pages > 100 {
			t.Fatalf("list %s has no end", query)
		}
		page = l.c.get(t, l.u, "/orders?"+query+"&nextToken="+url.QueryEscape(page.str(t, "nextToken")))
	}
}

func listScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	other := c.signUp(t, "bea")
	c.place(t, other, pie)
	l := newListed(t, c)
	s.scenario(t, "a list is newest first, and one's own", func(t *testing.T) {
		if got, _ := l.all(t, ""); !slices.Equal(got, l.orders) {
			t.Errorf("got %v, want %v", got, l.orders)
		}
	})
	s.scenario(t, "a list of nobody's orders is empty", func(t *testing.T) {
		c.get(t, c.signUp(t, "nobody"), "/orders").expect(t, want{status: 200, json: fields{"orders": []int{}, "nextToken": absent}})
	})
	for size := 1; size <= 13; size++ {
		s.scenario(t, fmt.Sprintf("pages of %d have every order once", size), func(t *testing.T) {
			got, pages := l.all(t, fmt.Sprintf("limit=%d", size))
			if most := 12/size + 1; !slices.Equal(got, l.orders) || pages > most {
				t.Errorf("got %v in %d pages, want %v in at most %d", got, pages, l.orders, most)
			}
		})
	}
	s.scenario(t, "a page goes on where it ended although orders come", func(t *testing.T) {
		first := c.get(t, l.u, "/orders?limit=5").expect(t, want{status: 200})
		extra := c.placeAt(t, l.u, soup, placedAt(12))
		if got, _ := l.from(t, "limit=5", first); !slices.Equal(got, l.orders) {
			t.Errorf("got %v, want %v without the new %s", got, l.orders, extra)
		}
		c.step(t, l.staff, l.u, extra, "CANCELED", "").expect(t, want{status: 200})
		l.orders = append([]string{extra}, l.orders...)
	})
	s.scenario(t, "an edit moves no order", func(t *testing.T) {
		c.put(t, l.u, "/orders/o-01", pie).expect(t, want{status: 200})
		if got, _ := l.all(t, "limit=7"); !slices.Equal(got, l.orders) {
			t.Errorf("got %v, want %v", got, l.orders)
		}
	})
	l.filters(t, s)
	l.badQueries(t)
	s.scenario(t, "a filtered page that looked at many orders is short and goes on", func(t *testing.T) { c.shortPage(t) })
}

// shortPage lists a status that none of a customer's many orders has.
func (c *client) shortPage(t *testing.T) {
	u := c.signUp(t, "eager")
	const examined = 1000 // orders that one page looks at, at most
	oldest := c.place(t, u, soup)
	c.tick(time.Second)
	for range 4 {
		for _, a := range c.storm(t, examined/4, func(int) request { return request{method: "POST", path: "/orders", as: u, body: pie} }) {
			a.expect(t, want{status: 200})
		}
	}
	c.remove(t, u, "/orders/"+oldest).expect(t, want{status: 200})
	first := c.get(t, u, "/orders?status=CANCELED").expect(t, want{status: 200, json: fields{"orders.#": 0}})
	next := url.QueryEscape(first.str(t, "nextToken"))
	c.get(t, u, "/orders?status=CANCELED&nextToken="+next).expect(t, want{status: 200, json: fields{"orders.#": 1, "orders.0.orderId": oldest, "nextToken": absent}})
}

func (l listed) filters(t *testing.T, s *suite) {
	stamp := func(i int) string { return placedAt(i).Format(time.RFC3339) }
	between := func(from, to int) []string { // orders from <= i < to, newest first; extra ones excluded
		return slices.DeleteFunc(slices.Clone(l.orders), func(id string) bool {
			var i int
			_, err := fmt.Sscanf(id, "o-%02d", &i)
			return err != nil || i < from || i >= to
		})
	}
	acknowledged := []string{"o-09", "o-06", "o-03", "o-00"}
	for _, x := range []struct {
		name, query string
		want        []string
	}{
		{"a status", "status=ACKNOWLEDGED", acknowledged},
		{"a status that no order has", "status=DELIVERED", nil},
		{"canceled orders", "status=CANCELED", l.orders[:1]},
		{"from is inclusive", "from=" + stamp(10) + "&to=" + stamp(11), between(10, 11)},
		{"to is exclusive", "to=" + stamp(3), between(0, 3)},
		{"a moment that orders share", "from=" + stamp(5) + "&to=" + placedAt(5).Add(time.Second).Format(time.RFC3339), between(5, 9)},
		{"a fraction of a second", "from=" + noon.Format("2006-01-02T15:04:05.001Z07:00") + "&to=" + stamp(2), between(1, 2)},
		{"another zone", "from=" + url.QueryEscape(placedAt(1).In(time.FixedZone("", 7200)).Format(time.RFC3339)) + "&to=" + stamp(2), between(1, 2)},
		{"letters in the other case", "from=" + strings.ToLower(stamp(1)) + "&to=" + strings.ToLower(stamp(2)), between(1, 2)},
		{"this day", "from=2026-01-31&to=2026-02-01", l.orders},
		{"from a date", "from=2026-01-31", l.orders},
		{"before a date", "to=2026-01-31", nil},
		{"the next day", "from=2026-02-01", nil},
		{"long ago", "from=0001-01-01&to=1969-12-31", nil},
		{"for ever", "from=1970-01-01&to=9999-12-31", l.orders},
		{"from after to", "from=" + stamp(3) + "&to=" + stamp(1), nil},
		{"status and time", "status=ACKNOWLEDGED&from=" + stamp(3) + "&to=" + stamp(9), []string{"o-06", "o-03"}},
		{"a token that there isn't yet", "nextToken=", l.orders},
	} {
		s.scenario(t, "a list filtered by "+x.name, func(t *testing.T) {
			for _, size := range []string{"", "&limit=1", "&limit=2", "&limit=5"} {
				query := x.query + size
				if x.query == "nextToken=" { // a page of it would have another token
					query = x.query
				}
				if got, _ := l.all(t, query); !slices.Equal(got, x.want) {
					t.Errorf("%s: got %v, want %v", query, got, x.want)
				}
			}
		})
	}
}

// onlyHere says what is answered where a gateway has read the query before.
func onlyHere(x exchange, gateway want) exchange {
	x.gateway = &gateway
	return x
}

func (l listed) badQueries(t *testing.T) {
	bad := func(query string, violations ...string) exchange {
		return exchange{"a list with " + query + " is refused", request{method: "GET", path: "/orders?" + query}, want{status: 400, problem: "invalid-input", violations: violations}}
	}
	l.c.exchanges(t, l.u, []exchange{
		bad("limit=0", `query.limit "0" must be a whole number from 1 to 100`), bad("limit=101", "query.limit 1 to 100"),
		bad("limit=-1", "query.limit 1 to 100"), bad("limit=1.5", "query.limit 1 to 100"), bad("limit=ten", "query.limit 1 to 100"),
		bad("limit=99999999999999999999", "query.limit 1 to 100"), bad("limit=1&limit=2", "query.limit more than once"),
		bad("status=EATEN", `query.status "EATEN" is no status`), bad("status=placed", "query.status is no status"),
		bad("from=yesterday", "query.from must be a time"), bad("to=2026-02-30", "query.to must be a time"),
		bad("from=2026-01-31T12:00:00", "query.from must be a time"), bad("from=1738324800", "query.from must be a time"),
		bad("status=&from=&to=&limit=", "query.from is empty: give it a value, or leave it out", "query.limit is empty", "query.status is empty", "query.to is empty"),
		bad("limit=0&status=x&from=x&to=x", "query.status is no status", "query.from must be", "query.to must be", "query.limit must be"),
		onlyHere(bad("limit=%zz", "query is not a valid query string"), want{status: 400, violations: []string{"query.limit 1 to 100"}}),
		onlyHere(bad("a;b=1", "query is not a valid query string"), want{status: 400, violations: []string{`query["a;b"] is unknown`}}),
	})
	l.c.exchanges(t, l.u, []exchange{
		{"the smallest limit", request{method: "GET", path: "/orders?limit=1"}, want{status: 200, json: fields{"orders.#": 1}}},
		{"the largest limit", request{method: "GET", path: "/orders?limit=100"}, want{status: 200, json: fields{"orders.#": 13}}},
	})
}
