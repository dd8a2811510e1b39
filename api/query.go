package api

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"comanda/order"
	"comanda/payload"
)

// query is the parameters of a request's query, and what is wrong with them.
type query struct {
	values     url.Values
	violations []payload.Violation
}

// newQuery reads a query. A parameter that isn't known is a violation, and so is
// one that is given twice: a client that misspells a filter would take the whole list for what it asked for.
func newQuery(raw string, parameters func() []parameter) *query {
	values, err := url.ParseQuery(raw)
	q := &query{values: values}
	if err != nil {
		q.reject("", "is not a valid query string")
	}
	var known []parameter
	if len(values) > 0 && parameters != nil {
		known = parameters()
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		i := slices.IndexFunc(known, func(p parameter) bool { return p.name == name })
		switch {
		case i < 0:
			q.reject(name, unknownParameter(name, known))
		case len(values[name]) > 1:
			q.reject(name, "is given more than once")
		case values.Get(name) == "" && !known[i].blank():
			q.reject(name, "is empty: give it a value, or leave it out")
		}
	}
	return q
}

// blank reports whether the parameter may be there without a value. So may a plain text, which the
// first of many requests hasn't yet; anything else that is empty is a filter which the caller believes in.
func (p parameter) blank() bool {
	return p.schema["type"] == "string" && p.schema["enum"] == nil && p.schema["pattern"] == nil && p.schema["minLength"] == nil
}

// readQuery reads the query of a request. It is looked at where the operation has
// parameters, and for every GET.
func (c *call) readQuery(rt route) error {
	if rt.method != http.MethodGet && rt.query == nil {
		return nil
	}
	c.query = newQuery(c.URL.RawQuery, rt.query)
	if rt.query != nil {
		return nil // the operation has more to say
	}
	return c.query.err()
}

func unknownParameter(name string, known []parameter) string {
	if len(known) == 0 {
		return "is unknown: this operation has no parameters"
	}
	var names []string
	for _, p := range known {
		names = append(names, p.name)
	}
	if nearest := payload.Nearest(name, names); nearest != "" {
		return "is unknown: did you mean " + nearest + "? There are " + strings.Join(names, ", ")
	}
	return "is unknown: there are " + strings.Join(names, ", ")
}

// reject reports a violation of a parameter, or of the query as a whole.
func (q *query) reject(name, message string) {
	path := "query"
	switch {
	case name == "":
	case len(name) <= 40 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == "":
		path += "." + name
	default:
		path += "[" + payload.Show(name) + "]"
	}
	q.violations = append(q.violations, payload.Violation{Path: path, Message: message})
}

func (q *query) err() error {
	if len(q.violations) == 0 {
		return nil
	}
	return &payload.Invalid{Violations: q.violations}
}

// text returns a parameter, "" when it isn't given.
func (q *query) text(name string) string { return q.values.Get(name) }

// integer returns a parameter between least and most, or otherwise when it isn't given.
func (q *query) integer(name string, least, most, otherwise int) int {
	s := q.text(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		q.reject(name, payload.Show(s)+" must be a whole number from "+strconv.Itoa(least)+" to "+strconv.Itoa(most))
	}
	return n
}

// moment returns a parameter that is an RFC 3339 time, or a date. It is zero when
// it isn't given.
func (q *query) moment(name string) order.Moment {
	s := q.text(name)
	if s == "" {
		return order.Moment{}
	}
	m, err := order.ParseMoment(s)
	if err != nil {
		q.reject(name, err.Error())
	}
	return m
}

// status returns a parameter that is an order status, "" when it isn't given.
func (q *query) status(name string) order.Status {
	s := q.text(name)
	if s == "" {
		return ""
	}
	status, err := order.ParseStatus(s)
	if err != nil {
		q.reject(name, err.Error())
	}
	return status
}
