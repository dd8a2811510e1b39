package gateway

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// Refusal is a type of gateway response: why the gateway answers by itself.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
type Refusal string

// The types of gateway responses that can come up here.
const (
	AccessDenied                 Refusal = "ACCESS_DENIED"
	AuthorizerConfigurationError Refusal = "AUTHORIZER_CONFIGURATION_ERROR"
	AuthorizerFailure            Refusal = "AUTHORIZER_FAILURE"
	BadRequestBody               Refusal = "BAD_REQUEST_BODY"
	IntegrationFailure           Refusal = "INTEGRATION_FAILURE"
	IntegrationTimeout           Refusal = "INTEGRATION_TIMEOUT"
	InvalidSignature             Refusal = "INVALID_SIGNATURE"
	MissingAuthenticationToken   Refusal = "MISSING_AUTHENTICATION_TOKEN"
	RequestTooLarge              Refusal = "REQUEST_TOO_LARGE"
	Unauthorized                 Refusal = "UNAUTHORIZED"
)

// Response is what the gateway answers to one type of refusal. Headers have fixed
// values. In Body, $context.requestId stands for the request's id, and
// $context.error.messageString for the gateway's own message, as a JSON string.
type Response struct {
	Status int
	Header map[string]string
	Body   string
}

// Refusals are the deployment's gateway responses: problems as the service itself
// would answer them, as far as a gateway knows.
var Refusals = map[Refusal]Response{
	Unauthorized:               problem(401, "unauthenticated", "A valid ID token is required", "WWW-Authenticate", `Bearer realm="comanda"`),
	AccessDenied:               problem(403, "forbidden", "Not allowed"),
	MissingAuthenticationToken: problem(404, "no-route", "There is nothing at this path"),
	InvalidSignature:           problem(404, "no-route", "There is nothing at this path"),
	RequestTooLarge:            problem(413, "too-large", "The body is too large"),
	BadRequestBody:             problem(400, "invalid-input", "The request breaks one or more rules"),
	IntegrationTimeout: problem(504, "unknown-outcome",
		"It is not known whether the change was stored: repeat the request if it names an id or a key, otherwise look first", "Retry-After", "1"),
	IntegrationFailure:           problem(502, "internal", "Something went wrong inside: the log knows it by the requestId"),
	AuthorizerFailure:            problem(503, "busy", "The service is busy: repeat the request, that is safe", "Retry-After", "1"),
	AuthorizerConfigurationError: problem(500, "internal", "Something went wrong inside: the log knows it by the requestId"),
}

// problem returns a response as RFC 9457 has it, with further headers.
func problem(status int, name, title string, header ...string) Response {
	r := Response{Status: status, Header: map[string]string{
		"Content-Type":           "application/problem+json",
		"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache",
	}}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header[header[i]] = header[i+1]
	}
	r.Body = `{"type":"urn:comanda:problem:` + name + `","title":` + strconv.Quote(title) + `,"status":` + strconv.Itoa(status) + `,"requestId":"$context.requestId"}`
	return r
}

// refuse answers by itself.
func (x *exchange) refuse(why Refusal, message string) {
	response, ok := x.gateway.Refusals[why]
	if !ok {
		response = Refusals[why]
	}
	text, err := json.Marshal(message)
	if err != nil {
		text = []byte(`""`) // a string is always JSON
	}
	fill := strings.NewReplacer("$context.requestId", x.id, "$context.error.messageString", string(text))
	if origin := x.gateway.AllowOrigin; origin != "" {
		x.response.Header().Set("Access-Control-Allow-Origin", origin)
		x.response.Header().Set("Access-Control-Expose-Headers", "Retry-After, x-amzn-RequestId")
	}
	for k, v := range response.Header {
		x.response.Header().Set(k, v)
	}
	x.write(response.Status, []byte(fill.Replace(response.Body)))
}

// plain answers what can't be configured: nothing of the API is asked yet.
func (x *exchange) plain(status int, message string) {
	x.response.Header().Set("Content-Type", "application/json")
	x.write(status, []byte(`{"message":`+strconv.Quote(message)+`}`))
}

// write sends the answer. A client that has gone is no news.
func (x *exchange) write(status int, body []byte) {
	x.status = status
	if rest := x.request.ContentLength != 0 && x.body == nil; rest {
		x.response.Header().Set("Connection", "close") // a refusal doesn't wait for a body
	}
	x.response.WriteHeader(status)
	if x.request.Method != http.MethodHead {
		_, _ = x.response.Write(body)
	}
}
