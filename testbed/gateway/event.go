package gateway

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Made-up names of the deployment.
const (
	account = "123456789012"
	apiID   = "a1b2c3d4e5"
	region  = "us-east-1"
)

func newRequestID() string { return uuid.NewString() }

// proxyEvent is what a function is invoked with. Members that have no value are
// null, and present.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format
type proxyEvent struct {
	Resource          string              `json:"resource"`
	Path              string              `json:"path"` // as spelled, percent-encoded
	HTTPMethod        string              `json:"httpMethod"`
	Headers           map[string]string   `json:"headers"` // the last of each
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Query             map[string]string   `json:"queryStringParameters"` // decoded, the last of each
	MultiValueQuery   map[string][]string `json:"multiValueQueryStringParameters"`
	PathParameters    map[string]string   `json:"pathParameters"` // percent-encoded
	StageVariables    map[string]string   `json:"stageVariables"`
	RequestContext    map[string]any      `json:"requestContext"`
	Body              *string             `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded"`
}

// event returns the request as a proxy event.
func (x *exchange) event() ([]byte, error) {
	r := x.request
	e := proxyEvent{
		Resource: x.route.Path, Path: x.path, HTTPMethod: r.Method,
		MultiValueHeaders: x.headers(), MultiValueQuery: query(r.URL.RawQuery),
		PathParameters: x.values, RequestContext: x.context(),
	}
	e.Headers, e.Query = last(e.MultiValueHeaders), last(e.MultiValueQuery)
	if len(x.values) == 0 {
		e.PathParameters = nil
	}
	if len(x.body) > 0 {
		text := strings.ToValidUTF8(string(x.body), "\ufffd") // text is all that there can be, unless the API has binary media types
		if e.IsBase64Encoded = x.gateway.Binary; e.IsBase64Encoded {
			text = base64.StdEncoding.EncodeToString(x.body)
		}
		e.Body = &text
	}
	out, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("write the event: %w", err)
	}
	return out, nil
}

// betweenUs are the headers that don't get through.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
var betweenUs = []string{"Connection", "Content-Length", "Expect", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Via"}

// headers returns the request's headers, and those that the gateway adds.
func (x *exchange) headers() map[string][]string {
	out := maps.Clone(map[string][]string(x.request.Header))
	for _, name := range betweenUs {
		delete(out, name)
	}
	out["Host"] = []string{x.request.Host}
	out["X-Forwarded-For"] = append(slices.Clone(out["X-Forwarded-For"]), sourceIP(x.request))
	out["X-Forwarded-Port"], out["X-Forwarded-Proto"] = []string{"443"}, []string{"https"}
	out["X-Amzn-Trace-Id"] = []string{traceID(x.began)}
	return out
}

func traceID(at time.Time) string {
	id := strings.ReplaceAll(uuid.NewString(), "-", "")
	return fmt.Sprintf("Root=1-%08x-%s", at.Unix(), id[:24])
}

func sourceIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// last returns the last value of each name; nil when there are none.
func last(all map[string][]string) map[string]string {
	if len(all) == 0 {
		return nil
	}
	out := map[string]string{}
	for name, values := range all {
		out[name] = values[len(values)-1]
	}
	return out
}

// query decodes a query string. What isn't percent-encoding stays as it is; a
// semicolon is a character like others. Both are guesses: AWS doesn't say.
func query(raw string) map[string][]string {
	var out map[string][]string
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		if out == nil {
			out = map[string][]string{}
		}
		name = decoded(name)
		out[name] = append(out[name], decoded(value))
	}
	return out
}

func decoded(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return strings.ToValidUTF8(plain, "\ufffd")
	}
	return text
}

// context returns the event's requestContext.
func (x *exchange) context() map[string]any {
	r, at := x.request, x.began.UTC()
	out := map[string]any{
		"accountId": account, "apiId": apiID, "requestId": x.id, "extendedRequestId": "YXBpZ3c" + x.id[:9],
		"stage": x.gateway.Stage, "path": "/" + x.gateway.Stage + x.path, "resourcePath": x.route.Path, "resourceId": "r" + x.route.Operation,
		"httpMethod": r.Method, "protocol": r.Proto, "domainName": r.Host, "domainPrefix": apiID,
		"requestTime": at.Format("02/Jan/2006:15:04:05 +0000"), "requestTimeEpoch": at.UnixMilli(),
		"identity": map[string]any{
			"sourceIp": sourceIP(r), "userAgent": r.UserAgent(), "accountId": nil, "caller": nil, "user": nil, "userArn": nil,
			"cognitoIdentityId": nil, "cognitoIdentityPoolId": nil, "cognitoAuthenticationProvider": nil, "cognitoAuthenticationType": nil,
		},
	}
	if x.found != nil {
		out["authorizer"] = x.found
	}
	return out
}

// log writes the access log's line.
func (x *exchange) log() {
	resource := ""
	if x.route != nil {
		resource = x.route.Path
	}
	line, err := json.Marshal(map[string]any{
		"requestId": x.id, "ip": sourceIP(x.request), "requestTime": x.began.UTC().Format(time.RFC3339), "httpMethod": x.request.Method,
		"resourcePath": resource, "status": x.status, "protocol": x.request.Proto, "function": x.function,
	})
	if err == nil {
		_, _ = x.gateway.accessLog.Write(append(line, '\n')) // there is no one to tell
	}
}
