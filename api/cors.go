package api

import (
	"net/http"
	"slices"
	"strings"
)

// CORS lets pages of other origins call (Fetch Standard, section 3.3). A
// handler that answers browsers asks [CORS.Answer] first, so that refusals can be read, too.
type CORS struct {
	Origins  []string // exact origins, or "*"; none: no page of another origin may call
	Methods  string   // that pages may use
	Allow    string   // headers that pages may send
	Prefixes []string // in lower case: pages may send headers that begin with one, too
	Expose   string   // headers that pages may read
}

func corsOf(origins []string) CORS {
	return CORS{
		Origins: origins,
		Methods: "GET, POST, PUT, PATCH, DELETE",
		Allow:   "Authorization, Cache-Control, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID",
		Expose:  ignoredHeader + ", ETag, Idempotent-Replayed, Location, Retry-After, X-Request-Id",
	}
}

// Answer answers a preflight request, and allows the configured origins to read
// other answers. It reports whether the request is answered.
func (c CORS) Answer(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || len(c.Origins) == 0 {
		return false
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	if !slices.Contains(c.Origins, origin) && !slices.Contains(c.Origins, "*") {
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", c.Expose)
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", c.Methods)
	h.Set("Access-Control-Allow-Headers", strings.Join(append([]string{c.Allow}, c.prefixed(r)...), ", "))
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}

// prefixed returns the headers that a page asks to send and that have one of the
// prefixes: a browser takes no pattern for an answer.
func (c CORS) prefixed(r *http.Request) []string {
	var out []string
	allowed := strings.Split(strings.ToLower(c.Allow), ", ")
	for name := range strings.SplitSeq(strings.ToLower(r.Header.Get("Access-Control-Request-Headers")), ",") {
		name = strings.TrimSpace(name)
		known := slices.ContainsFunc(c.Prefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
		plain := strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
		if known && plain && !slices.Contains(allowed, name) && len(out) < 20 {
			out = append(out, name)
		}
	}
	return out
}
