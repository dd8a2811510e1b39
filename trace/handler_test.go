package trace

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
)

func TestSpansAreNamedByTheirRoute(t *testing.T) {
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Request-Id", "abc")
		w.WriteHeader(http.StatusTeapot)
	}
	for _, pattern := range []string{"POST /{$}", "GET /orders/{orderId}", "/orders/{orderId}", "/"} {
		mux.HandleFunc(pattern, answer)
	}
	tests := map[string]struct{ method, path, name, route, recorded string }{
		"a route":           {"GET", "/orders/42?secret=1", "GET /orders/{orderId}", "/orders/{orderId}", "GET"},
		"of another method": {"HEAD", "/orders/42", "HEAD /orders/{orderId}", "/orders/{orderId}", "HEAD"},
		"a wrong method":    {"PATCH", "/orders/42", "PATCH /orders/{orderId}", "/orders/{orderId}", "PATCH"},
		"an unknown method": {"SECRET", "/orders/42", "HTTP /orders/{orderId}", "/orders/{orderId}", "_OTHER"},
		"the root":          {"POST", "/", "POST /", "/", "POST"},
		"no route":          {"GET", "/secret", "GET", "", "GET"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			r := httptest.NewRequest(tt.method, tt.path, strings.NewReader("secret"))
			for _, header := range []string{"User-Agent", "X-Forwarded-For", "Forwarded", "Referer", "Baggage", "Authorization"} {
				r.Header.Set(header, "secret=1")
			}
			b.Handler(mux).ServeHTTP(httptest.NewRecorder(), r)
			spans := b.spans()
			if len(spans) != 1 || spans[0].Name != tt.name {
				t.Fatalf("got %v, want one span %q", spans, tt.name)
			}
			got := attributes(spans[0])
			want := map[string]string{
				"http.request.method": tt.recorded, "http.route": tt.route, "http.response.status_code": "418", "comanda.request_id": "abc",
				"url.scheme": "http", "network.protocol.version": "1.1",
			}
			for key, value := range want {
				if got[key] != value {
					t.Errorf("%s: got %q, want %q", key, got[key], value)
				}
			}
			for key, value := range got {
				if _, known := want[key]; !known && !strings.HasSuffix(key, ".body.size") || strings.Contains(strings.ToLower(value), "secret") {
					t.Errorf("attribute %s: got %q, want none", key, value)
				}
			}
		})
	}
}

func TestAPanicLeavesNoTextBehind(t *testing.T) {
	b := newBench(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic went no further, want it to")
			}
		}()
		b.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret") })).
			ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	}()
	spans := b.spans()
	if len(spans) != 1 {
		t.Fatalf("got %d spans, want 1", len(spans))
	}
	if s := spans[0]; len(s.Events) != 0 || strings.Contains(s.Status.Description, "secret") {
		t.Errorf("span: got events %v and status %v, want neither to have a text", s.Events, s.Status)
	}
}

func TestAClientsDecisionToRecordNothingIsKept(t *testing.T) {
	b := newBench(t)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")
	b.Handler(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), r)
	if spans := b.spans(); len(spans) != 0 {
		t.Errorf("got %v, want no span", spans)
	}
}

// TestStreamsStillStream needs a connection: flushing and deadlines are of it.
func TestStreamsStillStream(t *testing.T) {
	b := newBench(t)
	s := httptest.NewServer(b.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		control := http.NewResponseController(w)
		if err := control.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Errorf("SetWriteDeadline: got %v, want nil", err)
		}
		if err := control.Flush(); err != nil {
			t.Errorf("Flush: got %v, want nil", err)
		}
	})))
	defer s.Close()
	resp, err := http.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

func TestAttemptsOfWebhooks(t *testing.T) {
	tests := map[string]struct {
		status int
		code   codes.Code
		want   map[string]string
	}{
		"delivered": {204, codes.Unset, map[string]string{"http.response.status_code": "204"}},
		"refused":   {410, codes.Error, map[string]string{"http.response.status_code": "410", "error.type": "410"}},
		"no answer": {0, codes.Error, map[string]string{"error.type": "no_answer"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.Attempt("r1", 3)(tt.status)
			spans := b.spans()
			if len(spans) != 1 || spans[0].Status.Code != tt.code {
				t.Fatalf("got %v, want one span with status %v", spans, tt.code)
			}
			got := attributes(spans[0])
			tt.want["comanda.webhook.receiver"], tt.want["comanda.webhook.attempt"], tt.want["http.request.method"] = "r1", "3", "POST"
			if len(got) != len(tt.want) {
				t.Errorf("attributes: got %v, want %v", got, tt.want)
			}
			for key, value := range tt.want {
				if got[key] != value {
					t.Errorf("%s: got %q, want %q", key, got[key], value)
				}
			}
		})
	}
}
