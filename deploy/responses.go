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
	Status int      // 0: the gateway's own
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
	"DEFAULT_4XX":             otherwise,
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

// otherwise is the response to every refusal of a request that has none of its own, such as
// UNSUPPORTED_MEDIA_TYPE or WAF_FILTERED. Their statuses differ: a status here would become that of all, so
// the body can't repeat it. messageString has its quotes already.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
var otherwise = gateway.Response{
	Header: gateway.Refusals[gateway.AccessDenied].Header,
	Body:   `{"type":"about:blank","title":$context.error.messageString,"requestId":"$context.requestId"}`,
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
