package gateway

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// integrate hands the request on to the route's function and its answer back.
func (x *exchange) integrate() {
	event, err := x.event()
	if err != nil {
		x.refuse(IntegrationFailure, err.Error())
		return
	}
	x.function = x.route.Function
	payload, err := x.gateway.Functions.Invoke(x.request.Context(), x.function, event)
	var answer *proxyAnswer
	if err == nil {
		answer, err = readAnswer(payload)
	}
	switch {
	case errors.Is(err, ErrTimeout):
		x.refuse(IntegrationTimeout, "Endpoint request timed out")
	case errors.Is(err, ErrTooLarge):
		x.refuse(RequestTooLarge, "Request Too Long")
	case err != nil:
		x.refuse(IntegrationFailure, "Internal server error")
	default:
		for name, values := range answer.header() {
			x.response.Header()[name] = values
		}
		x.write(answer.StatusCode, answer.body)
	}
}

// proxyAnswer is what a function returns.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
type proxyAnswer struct {
	StatusCode        int                 `json:"statusCode"`
	Headers           map[string]any      `json:"headers"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Body              *string             `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded"`

	body []byte
}

func readAnswer(payload []byte) (*proxyAnswer, error) {
	var a proxyAnswer
	if err := json.Unmarshal(payload, &a); err != nil {
		return nil, fmt.Errorf("the function's answer isn't one of a proxy integration: %w", err)
	}
	if a.StatusCode < 100 || a.StatusCode > 599 {
		return nil, fmt.Errorf("the function's answer has status %d", a.StatusCode)
	}
	if a.Body == nil {
		return &a, nil
	}
	a.body = []byte(*a.Body)
	if a.IsBase64Encoded {
		var err error
		if a.body, err = base64.StdEncoding.DecodeString(*a.Body); err != nil {
			return nil, fmt.Errorf("the function's answer has a body that isn't base64: %w", err)
		}
	}
	return &a, nil
}

// remapped are the headers of an answer that the client sees under another name.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
var remapped = []string{"Connection", "Content-Length", "Date", "Server", "Www-Authenticate"}

// header returns the headers that the client sees.
func (a *proxyAnswer) header() http.Header {
	out := http.Header{}
	for name, v := range a.Headers {
		out.Set(name, fmt.Sprint(v))
	}
	for name, values := range a.MultiValueHeaders {
		out.Del(name)
		for _, v := range values {
			out.Add(name, v)
		}
	}
	for _, name := range remapped {
		if values := out.Values(name); len(values) > 0 {
			out["X-Amzn-Remapped-"+name] = values
			out.Del(name)
		}
	}
	out.Del("Transfer-Encoding")
	if out.Get("Content-Type") == "" {
		out.Set("Content-Type", "application/json")
	}
	if a.StatusCode != http.StatusNotModified && a.StatusCode != http.StatusNoContent {
		out.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	return out
}
