package api

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"comanda/order"
	"comanda/payload"
	"comanda/user"
)

// etag returns the strong entity tag of an order's version (RFC 9110, section 8.8.3).
func etag(version int) string { return `"` + strconv.Itoa(version) + `"` }

// tags is what a header with entity tags says.
type tags struct {
	given bool // the header is there
	any   bool // it is *
	valid bool // it is *, or a list of tags, which may be empty
	list  []string
}

// tags reads a header that holds entity tags.
func (c *call) tags(header string) tags {
	values := c.Header.Values(header)
	rest := strings.Trim(strings.Join(values, ","), " \t")
	t := tags{given: len(values) > 0, any: rest == "*", valid: true}
	if t.any {
		return t
	}
	for rest = strings.TrimLeft(rest, " \t,"); rest != ""; rest = strings.TrimLeft(rest, " \t,") {
		tag, ok := firstTag(rest)
		if rest = rest[len(tag):]; !ok || rest != "" && !strings.ContainsAny(rest[:1], " \t,") {
			return tags{given: true}
		}
		t.list = append(t.list, tag)
	}
	return t
}

// firstTag returns the entity tag with which a text begins.
func firstTag(text string) (string, bool) {
	opening := len(text) - len(strings.TrimPrefix(text, "W/"))
	if !strings.HasPrefix(text[opening:], `"`) {
		return "", false
	}
	end := strings.IndexByte(text[opening+1:], '"')
	if end < 0 {
		return "", false
	}
	return text[:opening+1+end+1], true
}

// ifMatch returns the versions on which the request's If-Match insists: nil for
// none, or for any, which If-Match: * says of what exists. A tag matches if it is
// what [etag] writes, to the character; a weak one never does (RFC 9110, section 13.1.1). So a header that is there
// and empty, or isn't one of entity tags, matches nothing.
func (c *call) ifMatch() []int {
	t := c.tags("If-Match")
	if !t.given || t.any {
		return nil
	}
	versions := []int{}
	for _, tag := range t.list {
		if n, err := strconv.Atoi(strings.Trim(tag, `"`)); err == nil && n > 0 && tag == etag(n) {
			versions = append(versions, n)
		}
	}
	c.tagless = len(versions) == 0
	return versions
}

// readUnless takes If-None-Match into the terms of a write. * excludes whatever
// is there, and tags exclude the versions that they name (RFC 9110, section 13.1.2).
func (c *call) readUnless() error {
	t, err := c.ifNoneMatch()
	if err == nil && t.given {
		c.terms.Unless = func(version int) bool { return version > 0 && t.has(version) }
	}
	return err
}

// unchanged reports whether the request's If-None-Match already has this version.
func (c *call) unchanged(version int) (bool, error) {
	t, err := c.ifNoneMatch()
	return err == nil && t.has(version), err
}

func (c *call) ifNoneMatch() (tags, error) {
	t := c.tags("If-None-Match")
	if t.given && !t.valid {
		return t, payload.Refuse("header.If-None-Match", `must be * or entity tags in double quotes, as an ETag came: "3"`)
	}
	return t, nil
}

// has reports whether one of the tags is that of a version, be it a weak one.
func (t tags) has(version int) bool {
	return t.any || slices.ContainsFunc(t.list, func(tag string) bool { return strings.TrimPrefix(tag, "W/") == etag(version) })
}

var (
	errTagless  = errors.New(`If-Match names no version as this service writes it: send an ETag as it came, in double quotes: "3"`)
	errExcluded = errors.New("there is what If-None-Match excludes: read it, or leave the header out")
)

// explain says more exactly why a precondition failed.
func (c *call) explain(err error) error {
	switch {
	case !errors.Is(err, order.ErrPrecondition) && !errors.Is(err, user.ErrPrecondition):
		return err
	case c.tagless:
		return errTagless
	case c.terms.Unless != nil && c.Header.Get("If-Match") == "":
		return errExcluded
	}
	return err
}
