package deploy

import (
	"cmp"
	"slices"
	"strings"

	"comanda/gateway"
)

// Response is a gateway response: what the gateway answers by itself to one type
// of refusal.
type Response struct {
	Type   string
	Status int
	Header []Header // sorted by name
	Body   string   // JSON, with $context variables of the gateway
}

// Header is a header with a fixed value.
type Header struct{ Name, Value string }

// further are the refusals that the test gateway, which has the others, never
// comes to.
var further = map[gateway.Refusal]gateway.Response{
	"API_CONFIGURATION_ERROR": like(gateway.AuthorizerConfigurationError, 500),
	"BAD_REQUEST_PARAMETERS":  like(gateway.BadRequestBody, 400),
	"DEFAULT_5XX":             like(gateway.AuthorizerConfigurationError, 500),
	"EXPIRED_TOKEN":           like(gateway.Unauthorized, 401),
	"QUOTA_EXCEEDED":          throttled,
	"THROTTLED":               throttled,
}

var throttled = gateway.Response{
	Status: 429,
	Header: map[string]string{"Content-Type": "application/problem+json", "X-Request-Id": "$context.requestId", "Retry-After": "1"},
	Body:   `{"type":"urn:comanda:problem:too-many-requests","title":"Too many requests: repeat the request later","status":429,"requestId":"$context.requestId"}`,
}

// like returns the response to another refusal.
func like(r gateway.Refusal, status int) gateway.Response {
	out := gateway.Refusals[r]
	out.Status = status
	return out
}

// Responses returns the gateway responses of the deployment, sorted by type. The
// request's id is the gateway's, which is also in the access log; it is a header
// of the body alone, because a gateway response can set headers to fixed values and
// to parts of the request only.
func Responses() []Response {
	var out []Response
	for _, all := range []map[gateway.Refusal]gateway.Response{gateway.Refusals, further} {
		for kind, r := range all {
			one := Response{Type: string(kind), Status: r.Status, Body: r.Body}
			for name, value := range r.Header {
				if !strings.HasPrefix(value, "$context.") {
					one.Header = append(one.Header, Header{name, value})
				}
			}
			slices.SortFunc(one.Header, func(a, b Header) int { return cmp.Compare(a.Name, b.Name) })
			out = append(out, one)
		}
	}
	slices.SortFunc(out, func(a, b Response) int { return cmp.Compare(a.Type, b.Type) })
	return out
}
