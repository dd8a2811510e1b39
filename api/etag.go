package api

import (
	"strconv"
	"strings"

	"comanda/payload"
)

// etag returns the strong entity tag of an order's version (RFC 9110, section 8.8.3).
func etag(version int) string { return `"` + strconv.Itoa(version) + `"` }

// ifMatch returns the versions on which the request's If-Match insists: nil for
// none, or for any, which If-Match: * says of an order that exists. A weak tag matches nothing.
func (c *call) ifMatch() ([]int, error) {
	tags, any, err := c.tags("If-Match")
	if err != nil || any || tags == nil {
		return nil, err
	}
	versions := []int{}
	for _, t := range tags {
		if n, err := strconv.Atoi(strings.Trim(t, `"`)); err == nil && t[0] == '"' {
			versions = append(versions, n)
		}
	}
	return versions, nil
}

// unchanged reports whether the request's If-None-Match already has this version.
func (c *call) unchanged(version int) (bool, error) {
	tags, any, err := c.tags("If-None-Match")
	for _, t := range tags {
		any = any || strings.TrimPrefix(t, "W/") == etag(version)
	}
	return any, err
}

// tags splits a header that holds entity tags. any is true for *.
func (c *call) tags(header string) (tags []string, any bool, err error) {
	rest := strings.TrimSpace(strings.Join(c.Header.Values(header), ","))
	if rest == "" || rest == "*" {
		return nil, rest == "*", nil
	}
	for rest != "" {
		tag := rest
		opening := strings.TrimPrefix(tag, "W/")
		end := -1
		if strings.HasPrefix(opening, `"`) {
			end = strings.IndexByte(opening[1:], '"')
		}
		if end < 0 {
			return nil, false, payload.Refuse("header."+header, `must be * or entity tags in double quotes, as an ETag came: "3"`)
		}
		end += 2 + len(tag) - len(opening)
		tags = append(tags, tag[:end])
		rest = strings.TrimLeft(rest[end:], " \t,")
	}
	return tags, false, nil
}
