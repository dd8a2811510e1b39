package main

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	otlp "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector takes traces, as OpenTelemetry's does.
type collector struct {
	*httptest.Server
	mu       sync.Mutex
	raw      strings.Builder // everything that came
	resource map[string]string
	spans    []*tracepb.Span
}

func newCollector(t *testing.T) *collector {
	c := &collector{resource: map[string]string{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/traces" || r.Header.Get("X-Key") != "hush" {
			t.Errorf("the collector got %s with key %q, want /v1/traces with hush", r.URL.Path, r.Header.Get("X-Key"))
		}
		body, err := io.ReadAll(r.Body)
		var batch otlp.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &batch)
		}
		if err != nil {
			t.Errorf("the collector got %v, want spans", err)
		}
		c.take(body, &batch)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *collector) take(body []byte, batch *otlp.ExportTraceServiceRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(body)
	for _, of := range batch.ResourceSpans {
		for _, a := range of.Resource.Attributes {
			c.resource[a.Key] = a.Value.GetStringValue()
		}
		for _, scope := range of.ScopeSpans {
			c.spans = append(c.spans, scope.Spans...)
		}
	}
}

// find returns the spans of a name, of one trace if it isn't "".
func (c *collector) find(trace, name string) (found []*tracepb.Span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.spans {
		if s.Name == name && (trace == "" || hex.EncodeToString(s.TraceId) == trace) {
			found = append(found, s)
		}
	}
	return found
}

// told returns an attribute of a span as text.
func told(s *tracepb.Span, key string) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			if text, ok := a.Value.Value.(*common.AnyValue_StringValue); ok {
				return text.StringValue
			}
			return strconv.FormatInt(a.Value.GetIntValue(), 10)
		}
	}
	return ""
}

// The trace that a client begins, and its span.
const (
	clientTrace = "0af7651916cd43dd8448eb211c80319c"
	clientSpan  = "b7ad6b7169203331"
)

// placeTraced places an order full of what is private, and returns the
// request's id.
func (s *served) placeTraced(token string) string {
	s.t.Helper()
	const body = `{"orderId": "private-order", "restaurantId": 1, "totalAmount": 19.97, "note": "private note",
		"deliveryAddress": "12 Private Street", "orderItems": [{"id": 1, "name": "Private Soup", "price": 19.97, "quantity": 1}]}`
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+"/orders?private=query", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Authorization": token, "Traceparent": "00-" + clientTrace + "-" + clientSpan + "-01", "User-Agent": "Private/1.0",
		"X-Forwarded-For": "203.0.113.77", "Forwarded": "for=203.0.113.77", "Cookie": "private=cookie", "Baggage": "user=private",
		"Idempotency-Key": "private-key", "Referer": "https://private.example.com/",
	} {
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	if text := readAll(s.t, resp.Body); resp.StatusCode != http.StatusOK {
		s.t.Fatalf("place: got %s, %s, want 200", resp.Status, text)
	}
	return resp.Header.Get("X-Request-Id")
}

// TestATraceShowsARequestAndNothingPersonal serves an order, a receiver of webhooks
// and some refusals, and then reads all that has left the process.
func TestATraceShowsARequestAndNothingPersonal(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	delivered := make(chan struct{}, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		delivered <- struct{}{}
	}))
	t.Cleanup(receiver.Close)
	s := serveIn(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + c.URL, "OTEL_EXPORTER_OTLP_HEADERS=x-key=hush"}, newData(t), "--log-level", "debug", "--log-format", "json")
	id := strings.Fields(must(t, "", nil, "webhooks", "add", receiver.URL+"/private-hook", "--allow-private", "--data", s.data))[1]
	token := s.token(ana, anaPassword)
	request := s.placeTraced(token)
	<-delivered
	s.status(http.MethodGet, "/users/private-user/orders/private-order", token)
	s.status(http.MethodGet, "/private-path", token)
	s.status(http.MethodGet, "/orders", "private-token")
	s.stop() // sends what it has

	span := c.request(t, request)
	c.commit(t, span)
	if got := c.find("", "webhook attempt"); len(got) != 1 || told(got[0], "http.response.status_code") != "204" || told(got[0], "comanda.webhook.receiver") != id {
		t.Errorf("attempts: got %v, want one that %s answered with 204", got, id)
	}
	for _, name := range []string{"GET /users/{userid}/orders/{orderId}", "GET", "GET /orders", "POST /"} {
		if len(c.find("", name)) == 0 {
			t.Errorf("spans: got none %q, want one", name)
		}
	}
	if c.resource["service.name"] != "comanda" || c.resource["service.version"] == "" {
		t.Errorf("resource: got %v, want the service and its version", c.resource)
	}
	c.nothingPersonal(t, token, "ana", anaPassword, receiver.URL, "203.0.113.77", "127.0.0.1", "Go-http-client", "19.97")
	s.lineOf(request)
}

// request checks the span of the placement, and returns it.
func (c *collector) request(t *testing.T, id string) *tracepb.Span {
	t.Helper()
	spans := c.find(clientTrace, "POST /orders")
	if len(spans) != 1 {
		t.Fatalf("got %d spans of the client's trace, want 1", len(spans))
	}
	s := spans[0]
	if got := hex.EncodeToString(s.ParentSpanId); got != clientSpan || s.Kind != tracepb.Span_SPAN_KIND_SERVER {
		t.Errorf("span: got parent %s and kind %v, want %s and a server's", got, s.Kind, clientSpan)
	}
	for key, want := range map[string]string{
		"http.request.method": "POST", "http.route": "/orders", "http.response.status_code": "200", "url.scheme": "http", "comanda.request_id": id,
	} {
		if got := told(s, key); got != want || want == "" {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
	return s
}

// commit checks the span of the placement's commit.
func (c *collector) commit(t *testing.T, request *tracepb.Span) {
	t.Helper()
	spans := c.find(clientTrace, "commit orders")
	if len(spans) != 1 || string(spans[0].ParentSpanId) != string(request.SpanId) {
		t.Fatalf("commits of the request: got %v, want one below it", spans)
	}
	if s := spans[0]; told(s, "db.collection.name") != "orders" || told(s, "comanda.writes") != "1" {
		t.Errorf("commit: got %v, want its table and 1 write", s.Attributes)
	}
}

// nothingPersonal looks for texts in all that came, as bytes, and for attributes that
// are not expected.
func (c *collector) nothingPersonal(t *testing.T, texts ...string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, text := range append(texts, "private", "Private", "hush", "eyJ") {
		if strings.Contains(c.raw.String(), text) {
			t.Errorf("traces: got %q in them, want it nowhere", text)
		}
	}
	expected := []string{
		"http.request.method", "http.route", "http.response.status_code", "http.request.body.size", "http.response.body.size", "url.scheme",
		"network.protocol.version", "comanda.request_id", "db.operation.name", "db.collection.name", "comanda.writes", "comanda.records",
		"comanda.outcome", "comanda.webhook.receiver", "comanda.webhook.attempt",
	}
	for _, s := range c.spans {
		for _, a := range s.Attributes {
			if !slices.Contains(expected, a.Key) {
				t.Errorf("span %s: got attribute %s, want none but %v", s.Name, a.Key, expected)
			}
		}
		if len(s.Events) != 0 {
			t.Errorf("span %s: got events %v, want none", s.Name, s.Events)
		}
	}
}

// lineOf checks that the log line about a request names its trace.
func (s *served) lineOf(request string) {
	s.t.Helper()
	for line := range strings.Lines(s.log.String()) {
		var fields struct {
			Request string `json:"request_id"`
			Trace   string `json:"trace_id"`
		}
		if json.Unmarshal([]byte(line), &fields) == nil && fields.Request == request {
			if fields.Trace != clientTrace {
				s.t.Errorf("log line: got %s, want trace_id %s", line, clientTrace)
			}
			return
		}
	}
	s.t.Errorf("log: got %s, want a line about request %s", s.log, request)
}

func TestServeGoesOnWithoutItsCollector(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(nil)
	gone.Close()
	s := serveIn(t, []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + gone.URL + "/hidden-path", "OTEL_EXPORTER_OTLP_HEADERS=x-key=hush",
		"OTEL_BSP_SCHEDULE_DELAY=1", "OTEL_BSP_MAX_QUEUE_SIZE=1", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=1",
	}, newData(t))
	token := s.token(ana, anaPassword)
	for range 50 {
		if got := s.status(http.MethodGet, "/orders", token); got != http.StatusOK {
			t.Fatalf("GET /orders: got %d, want 200", got)
		}
	}
	s.stop()
	log := s.log.String()
	if got := strings.Count(log, "traces could not be exported"); got != 1 {
		t.Errorf("lines about the collector: got %d, want 1: %s", got, log)
	}
	if strings.Contains(log, "hush") || strings.Contains(log, "hidden") {
		t.Errorf("log: got %s, want neither the key nor the path", log)
	}
}

func TestServeRefusesACollectorThatItCantReach(t *testing.T) {
	t.Parallel()
	env := []string{"OTEL_EXPORTER_OTLP_ENDPOINT=collector:4318", "OTEL_TRACES_SAMPLER=sometimes"}
	r := run(t, "", env, "serve", "--listen", "127.0.0.1:0", "--data", t.TempDir())
	want := `OTEL_EXPORTER_OTLP_ENDPOINT "collector:4318": must be the URL of a collector, such as http://127.0.0.1:4318`
	if r.code != 2 || !strings.Contains(r.err, want) || !strings.Contains(r.err, `OTEL_TRACES_SAMPLER "sometimes"`) {
		t.Errorf("got %+v, want code 2 and %q", r, want)
	}
}
