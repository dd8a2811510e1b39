package trace

import (
	"net/http"
	"slices"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	oteltrace "go.opentelemetry.io/otel/trace"
)

const keyRequestID attribute.Key = "comanda.request_id" // as in the answer and in log lines

// Handler returns next, with a span for each request. What next routes by must be
// [http.ServeMux], and it must be given the request as it comes: the mux notes its
// pattern in it.
func (t *Tracer) Handler(next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	described := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer describe(w, r)
		next.ServeHTTP(w, r)
	})
	return otelhttp.NewHandler(described, "",
		otelhttp.WithTracerProvider(t.provider), otelhttp.WithMeterProvider(noop.NewMeterProvider()),
		otelhttp.WithPropagators(propagation.TraceContext{}),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return name(r) }))
}

// describe adds what is known after a request.
func describe(w http.ResponseWriter, r *http.Request) {
	span := oteltrace.SpanFromContext(r.Context())
	if !span.IsRecording() {
		return
	}
	if at := route(r); at != "" {
		span.SetAttributes(attribute.String("http.route", at))
	}
	for _, header := range []string{"X-Request-Id", "X-Amzn-Requestid"} {
		if id := w.Header().Get(header); id != "" {
			span.SetAttributes(keyRequestID.String(id))
		}
	}
}

// methods are those that a span may be named by. Anything else is the client's text.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	http.MethodOptions, http.MethodConnect, http.MethodTrace,
}

// name returns what a request's span is called: its method and its route, if it has one. The path
// would be as many names as there are orders.
func name(r *http.Request) string {
	method := r.Method
	if !slices.Contains(methods, method) {
		method = "HTTP" // as the semantic conventions have it
	}
	return strings.TrimSpace(method + " " + route(r))
}

// route returns the path of the pattern that a mux has found, without its method, or "" when
// it found nothing but its last resort.
func route(r *http.Request) string {
	path := r.Pattern
	if i := strings.IndexByte(path, ' '); i >= 0 {
		path = strings.TrimSpace(path[i:])
	} else if path == "/" {
		return ""
	}
	return strings.TrimSuffix(path, "{$}")
}
