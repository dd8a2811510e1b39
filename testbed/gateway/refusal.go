package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"comanda/deploy"
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

// responsesOf returns the deployment's gateway responses by type. It is an error if there is
// none of a type that can come up here.
func responsesOf(deployed []deploy.Response) (map[Refusal]deploy.Response, error) {
	out := map[Refusal]deploy.Response{}
	for _, r := range deployed {
		out[Refusal(r.Type)] = r
	}
	var errs []error
	for _, kind := range []Refusal{
		AccessDenied, AuthorizerConfigurationError, AuthorizerFailure, BadRequestBody, IntegrationFailure,
		IntegrationTimeout, InvalidSignature, MissingAuthenticationToken, RequestTooLarge, Unauthorized,
	} {
		if _, ok := out[kind]; !ok {
			errs = append(errs, fmt.Errorf("the deployment has no gateway response for %s", kind))
		}
	}
	return out, errors.Join(errs...)
}

// refuse answers by itself.
func (x *exchange) refuse(why Refusal, message string) {
	response, ok := x.gateway.Refusals[why]
	if !ok {
		response = x.gateway.responses[why]
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
	for _, h := range response.Header {
		x.response.Header().Set(h.Name, h.Value)
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
