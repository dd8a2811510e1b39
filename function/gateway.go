package function

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	lambda "github.com/aws/aws-lambda-go/events"

	"comanda/api"
	"comanda/telemetry"
)

// gateway answers requests that come by way of API Gateway, with the API's own
// handler.
func (h *Handler) gateway(version string) (event, error) {
	operations, err := h.operations(version)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, payload []byte) ([]byte, error) {
		var e lambda.APIGatewayProxyRequest
		if err := json.Unmarshal(payload, &e); err != nil {
			return nil, fmt.Errorf("read the event: %w", err)
		}
		r, err := request(ctx, &e)
		if err != nil {
			return nil, fmt.Errorf("read the event: %w", err)
		}
		w := &response{header: http.Header{}}
		operations.ServeHTTP(w, r)
		return w.proxy()
	}, nil
}

// request makes a request of an event of a REST API with proxy integration.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format
func request(ctx context.Context, e *lambda.APIGatewayProxyRequest) (*http.Request, error) {
	if e.HTTPMethod == "" || e.RequestContext.RequestID == "" {
		return nil, errors.New("it isn't a request of a REST API with proxy integration")
	}
	target, err := target(e)
	if err != nil {
		return nil, err
	}
	body := []byte(e.Body)
	if e.IsBase64Encoded {
		if body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			return nil, errors.New("the body isn't base64, as the event says")
		}
	}
	ctx = withAuthorizer(api.WithRequestID(ctx, e.RequestContext.RequestID), e.RequestContext.Authorizer)
	ctx = telemetry.WithCorrelation(ctx, e.RequestContext.RequestID)
	r, err := http.NewRequestWithContext(ctx, e.HTTPMethod, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the method isn't one of HTTP")
	}
	r.Header = headers(e)
	r.Host = r.Header.Get("Host")
	r.RequestURI = target.RequestURI()
	r.RemoteAddr = net.JoinHostPort(e.RequestContext.Identity.SourceIP, "0")
	return r, nil
}

// target returns path and query. REST APIs hand the path on as the client
// spelled it, percent-encoded, and the query decoded.
func target(e *lambda.APIGatewayProxyRequest) (*url.URL, error) {
	u, err := url.ParseRequestURI(withoutBase(e.Path, e.Resource))
	if err != nil || u.Host != "" || u.RawQuery != "" {
		return nil, errors.New("the path isn't one of a URL")
	}
	query := url.Values(e.MultiValueQueryStringParameters)
	if query == nil {
		query = url.Values{}
		for name, value := range e.QueryStringParameters {
			query.Set(name, value)
		}
	}
	u.RawQuery = query.Encode()
	return u, nil
}

// withoutBase takes the base path of a custom domain off a path: what is in front of
// as many segments as the resource has. A greedy resource has any number.
func withoutBase(path, resource string) string {
	if resource == "" || strings.Contains(resource, "+}") || !strings.HasPrefix(path, "/") {
		return path
	}
	surplus := strings.Count(strings.TrimRight(path, "/"), "/") - strings.Count(strings.TrimSuffix(resource, "/"), "/")
	for range surplus {
		path = path[1+strings.IndexByte(path[1:], '/'):]
	}
	return path
}

// headers returns the client's headers. What is between the client and the
// gateway only is left out: nothing here compresses, the gateway does.
func headers(e *lambda.APIGatewayProxyRequest) http.Header {
	out := http.Header{}
	for name, value := range e.Headers {
		out.Set(name, value)
	}
	for name, values := range e.MultiValueHeaders {
		out.Del(name)
		for _, v := range values {
			out.Add(name, v)
		}
	}
	for _, name := range []string{"Accept-Encoding", "Connection", "Content-Length", "Transfer-Encoding"} {
		out.Del(name)
	}
	return out
}

// response takes an answer down. It implements [http.ResponseWriter].
type response struct {
	header http.Header
	status int
	sent   http.Header // as of WriteHeader
	body   bytes.Buffer
}

func (w *response) Header() http.Header { return w.header }

func (w *response) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status, w.sent = status, w.header.Clone()
	}
}

func (w *response) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// proxy returns the answer as the gateway wants it. Text goes as text; the
// gateway knows the rest by base64. Connection and length are the gateway's business.
func (w *response) proxy() ([]byte, error) {
	w.WriteHeader(http.StatusOK)
	w.sent.Del("Connection")
	w.sent.Del("Content-Length")
	answer := lambda.APIGatewayProxyResponse{StatusCode: w.status, MultiValueHeaders: w.sent}
	if body := w.body.Bytes(); w.sent.Get("Content-Encoding") == "" && utf8.Valid(body) {
		answer.Body = string(body)
	} else {
		answer.Body, answer.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // it isn't shown in a page, and 6 MB is all there is room for
	if err := encoder.Encode(answer); err != nil {
		return nil, fmt.Errorf("write the answer: %w", err)
	}
	return out.Bytes(), nil
}
