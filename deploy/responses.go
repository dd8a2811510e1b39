package deploy

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"comanda/api"
)

// Response is a gateway response: what the gateway answers by itself to one type
// of refusal. In Body, $context.requestId stands for the request's id, and
// $context.error.messageString for the gateway's own message, as a JSON string.
type Response struct {
	Type   string   // such as UNAUTHORIZED
	Status int      // 0: the gateway's own
	Header []Header // sorted by name
	Body   string   // JSON, with $context variables of the gateway
}

// Header is a header with a fixed value.
type Header struct{ Name, Value string }

// requestID is the gateway's word for the request's id. It is in the body alone, because a
// gateway response can set headers to fixed values and to parts of the request only. The
// access log has it, too.
const requestID = "$context.requestId"

// refusals are the types of refusals with the problem that the API would answer. A
// gateway has statuses of its own for what befalls it behind the API's back.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
var refusals = []struct {
	kind    string
	problem string // the last part of its type
	status  int    // 0: the problem's
}{
	{"ACCESS_DENIED", "forbidden", 0},
	{"API_CONFIGURATION_ERROR", "internal", 0},
	{"AUTHORIZER_CONFIGURATION_ERROR", "internal", 0},
	{"AUTHORIZER_FAILURE", "busy", 0},
	{"BAD_REQUEST_BODY", "invalid-input", 0},
	{"BAD_REQUEST_PARAMETERS", "invalid-input", 0},
	{"DEFAULT_5XX", "internal", 0},
	{"EXPIRED_TOKEN", "unauthenticated", 0},
	{"INTEGRATION_FAILURE", "internal", http.StatusBadGateway},
	{"INTEGRATION_TIMEOUT", "unknown-outcome", http.StatusGatewayTimeout},
	{"INVALID_SIGNATURE", "no-route", 0},
	{"MISSING_AUTHENTICATION_TOKEN", "no-route", 0},
	{"REQUEST_TOO_LARGE", "too-large", 0},
	{"UNAUTHORIZED", "unauthenticated", 0},
}

// throttled is the response to more requests than the stage takes. The API refuses
// no caller for that, so it has no such problem.
func throttled(kind string) Response {
	return Response{
		Type: kind, Status: http.StatusTooManyRequests,
		Header: []Header{{"Content-Type", "application/problem+json"}, {"Retry-After", "1"}},
		Body:   `{"type":"urn:comanda:problem:too-many-requests","title":"Too many requests: repeat the request later","status":429,"requestId":"` + requestID + `"}`,
	}
}

// otherwise is the response to every refusal of a request that has none of its own, such as
// UNSUPPORTED_MEDIA_TYPE or WAF_FILTERED. Their statuses differ: a status here would become that of all, so
// the body can't repeat it. messageString has its quotes already.
func otherwise(like Response) Response {
	return Response{
		Type: "DEFAULT_4XX", Header: like.Header,
		Body: `{"type":"about:blank","title":$context.error.messageString,"requestId":"` + requestID + `"}`,
	}
}

// Responses returns the gateway responses of the deployment, sorted by type.
func Responses() ([]Response, error) {
	out := []Response{throttled("QUOTA_EXCEEDED"), throttled("THROTTLED")}
	for _, r := range refusals {
		refusal, err := api.RefusalOf(r.problem, r.status, requestID)
		if err != nil {
			return nil, fmt.Errorf("gateway response %s: %w", r.kind, err)
		}
		response := Response{Type: r.kind, Status: refusal.Status, Header: headersOf(refusal.Header), Body: refusal.Body}
		if r.kind == "ACCESS_DENIED" {
			out = append(out, otherwise(response))
		}
		out = append(out, response)
	}
	slices.SortFunc(out, func(a, b Response) int { return cmp.Compare(a.Type, b.Type) })
	return out, nil
}

func headersOf(h http.Header) []Header {
	var out []Header
	for name, values := range h {
		out = append(out, Header{name, values[0]})
	}
	slices.SortFunc(out, func(a, b Header) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
