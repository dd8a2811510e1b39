package api

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"
)

// Refusal is an answer with a problem that is given in the place of the API: by a
// gateway, to requests that never reach it.
type Refusal struct {
	Status int
	Header http.Header
	Body   string
}

// RefusalOf returns how the API refuses a request without a token for a kind of problem,
// which is the last part of the problem's type. A status other than 0 replaces the
// kind's own. requestID is how the gateway spells the request's id.
func RefusalOf(kind string, status int, requestID string) (Refusal, error) {
	kinds := append(slices.Clone(problems), internalError)
	i := slices.IndexFunc(kinds, func(k problemKind) bool { return k.name == kind })
	if i < 0 {
		return Refusal{}, fmt.Errorf("make a refusal: %q is no problem of the API: see the table in api/problem.go", kind)
	}
	p := kinds[i].problem(requestID)
	p.Status = cmp.Or(status, p.Status)
	body, err := json.Marshal(&p)
	if err != nil {
		return Refusal{}, fmt.Errorf("make a refusal: %w", err)
	}
	header := http.Header{"Content-Type": {problemType}}
	answer{retryAfter: kinds[i].retryAfter()}.describe(header)
	if kinds[i].status == http.StatusUnauthorized {
		header["WWW-Authenticate"] = []string{realm} // as RFC 9110 spells it, and net/http doesn't
	}
	return Refusal{p.Status, header, string(body)}, nil
}
