package trace

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"comanda/storage"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// bench is a Tracer whose spans a test can look at.
type bench struct {
	*Tracer
	t         *testing.T
	collector *tracetest.InMemoryExporter
}

func newBench(t *testing.T) *bench {
	t.Helper()
	collector := tracetest.NewInMemoryExporter()
	b := &bench{newTracer(collector, resource.Empty(), config(&bytes.Buffer{})), t, collector}
	t.Cleanup(func() { b.Close(context.Background()) })
	return b
}

func config(log *bytes.Buffer) Config {
	return Config{Version: "1.2.3", Now: time.Now, Logger: slog.New(slog.NewTextHandler(log, nil))}
}

// spans returns what the collector has, in the order in which it ended.
func (b *bench) spans() tracetest.SpanStubs {
	b.t.Helper()
	if err := b.provider.ForceFlush(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	return b.collector.GetSpans()
}

// attributes returns a span's attributes as text.
func attributes(s tracetest.SpanStub) map[string]string {
	all := map[string]string{}
	for _, a := range s.Attributes {
		all[string(a.Key)] = a.Value.String()
	}
	return all
}

func TestWithoutACollectorNothingIsWrapped(t *testing.T) {
	for name, env := range map[string]map[string]string{
		"no variable":    nil,
		"disabled":       {endpointVariable: "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"},
		"no exporter":    {tracesEndpointVariable: "http://127.0.0.1:1", "OTEL_TRACES_EXPORTER": "none"},
		"another signal": {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "here", "OTEL_TRACES_SAMPLER": "whatever"},
	} {
		t.Run(name, func(t *testing.T) {
			for k, v := range env {
				t.Setenv(k, v)
			}
			var log bytes.Buffer
			if err := Validate(); err != nil {
				t.Errorf("Validate: got %v, want nil", err)
			}
			tracer, err := Open(t.Context(), config(&log))
			if tracer != nil || err != nil {
				t.Fatalf("Open: got %v, %v, want nil", tracer, err)
			}
			mux, logger := http.NewServeMux(), slog.New(slog.DiscardHandler)
			var records storage.Store = &scripted{}
			if got := tracer.Handler(mux); got != mux {
				t.Errorf("Handler: got %T, want the one given", got)
			}
			if got := tracer.Store(records); got != records {
				t.Errorf("Store: got %T, want the one given", got)
			}
			if got := tracer.Logger(logger); got != logger {
				t.Error("Logger: got another, want the one given")
			}
			tracer.Close(t.Context())
		})
	}
}

// silent never answers.
type silent struct{ asked atomic.Int64 }

func (s *silent) ExportSpans(ctx context.Context, _ []sdk.ReadOnlySpan) error {
	s.asked.Add(1)
	<-ctx.Done()
	return ctx.Err()
}

func (*silent) Shutdown(context.Context) error { return nil }

// TestASilentCollectorDelaysNobody makes more spans than the queue has room for. In the bubble,
// time stands still unless everybody waits.
func TestASilentCollectorDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		collector := &silent{}
		tracer := newTracer(collector, resource.Empty(), config(&log))
		handler := tracer.Handler(http.NotFoundHandler())
		begin := time.Now()
		for range 3 * sdk.DefaultMaxQueueSize {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
			if w.Code != http.StatusNotFound {
				t.Fatalf("status: got %d, want %d", w.Code, http.StatusNotFound)
			}
		}
		if took := time.Since(begin); took != 0 {
			t.Errorf("requests took %s, want no time", took)
		}
		synctest.Wait()
		if collector.asked.Load() == 0 {
			t.Error("the collector was never asked")
		}
		begin = time.Now()
		tracer.Close(t.Context())
		if took := time.Since(begin); took != flushTime {
			t.Errorf("Close took %s, want %s", took, flushTime)
		}
		synctest.Wait()
		if got := strings.Count(log.String(), "\n"); got != 1 || !strings.Contains(log.String(), "did not answer in time") || strings.Contains(log.String(), "spans=") {
			t.Errorf("log: got %q, want one line that says why, and no number that nobody knows", log.String())
		}
	})
}

// counting counts what it is given.
type counting struct{ spans, ends int }

func (c *counting) ExportSpans(_ context.Context, spans []sdk.ReadOnlySpan) error {
	c.spans += len(spans)
	return nil
}

func (c *counting) Shutdown(context.Context) error { c.ends++; return nil }

func TestCloseSendsWhatHasEnded(t *testing.T) {
	var log bytes.Buffer
	collector := &counting{}
	tracer := newTracer(collector, resource.Empty(), config(&log))
	const want = sdk.DefaultMaxExportBatchSize + 1
	for range want {
		tracer.Attempt("r1", 1)(200)
	}
	tracer.Close(t.Context())
	if collector.spans != want || collector.ends != 1 || log.Len() != 0 {
		t.Errorf("got %d spans, %d ends and log %q, want %d, 1 and nothing", collector.spans, collector.ends, log.String(), want)
	}
}

func TestTheLogIsToldOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		e := newExporter(failing{}, config(&log))
		batch := make([]sdk.ReadOnlySpan, 10)
		for range 60 * 3 {
			if err := e.ExportSpans(t.Context(), batch); err != nil {
				t.Fatalf("to the SDK: got %v, want nil", err)
			}
			time.Sleep(time.Second)
		}
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		if len(lines) != 3 {
			t.Fatalf("lines in 3 minutes: got %d, want 3: %q", len(lines), lines)
		}
		if !strings.HasSuffix(lines[0], "spans=10") || !strings.HasSuffix(lines[1], "spans=600") {
			t.Errorf("lost spans: got %q, want 10 and 600", lines)
		}
	})
}

type failing struct{}

func (failing) ExportSpans(context.Context, []sdk.ReadOnlySpan) error { return errors.New("refused") }
func (failing) Shutdown(context.Context) error                        { return nil }

// TestReasonsHaveNoSecrets asks collectors that fail, by way of the real exporter.
func TestReasonsHaveNoSecrets(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	status := func(code int) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			w.Write([]byte("not with secret-header"))
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	tests := map[string]struct{ url, want string }{
		"nobody there": {gone.URL, "there was no answer: dial tcp"},
		"refused":      {status(http.StatusUnauthorized), "the collector answered 401"},
		"wrong path":   {status(http.StatusNotFound), "the collector answered 404"},
		"overloaded":   {status(http.StatusServiceUnavailable), "the collector is busy"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			collector, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL(tt.url+"/secret-path"),
				otlptracehttp.WithHeaders(map[string]string{"key": "secret-header"}), otlptracehttp.WithRetry(otlptracehttp.RetryConfig{}))
			if err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			tracer := newTracer(collector, resource.Empty(), config(&log))
			tracer.Attempt("r1", 1)(200)
			tracer.Close(t.Context())
			if !strings.Contains(log.String(), tt.want) || strings.Contains(log.String(), "secret") {
				t.Errorf("log: got %q, want %q and nothing secret", log.String(), tt.want)
			}
		})
	}
}

func TestLogLinesOfARequestHaveItsTrace(t *testing.T) {
	b := newBench(t)
	var text bytes.Buffer
	logger := b.Logger(slog.New(slog.NewTextHandler(&text, nil))).With("a", 1)
	b.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		logger.InfoContext(r.Context(), "inside")
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	logger.Info("outside")
	inside, outside, _ := strings.Cut(text.String(), "\n")
	if want := " trace_id=" + b.spans()[0].SpanContext.TraceID().String(); !strings.HasSuffix(inside, want) {
		t.Errorf("line of a request: got %q, want %q at its end", inside, want)
	}
	if strings.Contains(outside, "trace_id") {
		t.Errorf("other line: got %q, want no trace", outside)
	}
}
