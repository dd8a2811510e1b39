package trace

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	oteltrace "go.opentelemetry.io/otel/trace"
)

// Config is what a [Tracer] works with beside the environment. All fields are required.
type Config struct {
	Version string // of the program
	Now     func() time.Time
	Logger  *slog.Logger // is told when spans don't arrive
}

// Tracer makes spans and sends them. It is safe for concurrent use. A nil Tracer
// makes none and costs nothing.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   oteltrace.Tracer
	exporter *exporter
}

// Open returns what the environment asks for, which is nil without a collector. Its
// error is [Validate]'s. The collector need not be there.
func Open(ctx context.Context, c Config) (*Tracer, error) {
	if !configured() {
		return nil, nil
	}
	if err := Validate(); err != nil {
		return nil, err
	}
	otel.SetLogger(logr.FromSlogHandler(errorsOnly{c.Logger.Handler()}))
	collector, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("export traces: %w: check the OTEL_EXPORTER_OTLP_ variables", err)
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", "comanda"), attribute.String("service.version", c.Version)),
		resource.WithFromEnv()) // the last one counts
	if err != nil {
		return nil, fmt.Errorf("describe this server in traces: %w: check OTEL_RESOURCE_ATTRIBUTES", err)
	}
	t := newTracer(collector, about, c)
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { t.exporter.complain(err, 0) }))
	return t, nil
}

// newTracer returns a Tracer that gives spans to collector.
func newTracer(collector sdk.SpanExporter, about *resource.Resource, c Config) *Tracer {
	e := newExporter(collector, c)
	provider := sdk.NewTracerProvider(sdk.WithBatcher(e), sdk.WithResource(about))
	return &Tracer{provider: provider, tracer: provider.Tracer("comanda"), exporter: e}
}

// flushTime is how long the end of a server waits for the collector at most.
const flushTime = 3 * time.Second

// Close sends the spans that have ended, until ctx is done or the collector has had 3 s. What
// the collector hasn't taken by then is lost, and the log says so.
func (t *Tracer) Close(ctx context.Context) {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, flushTime)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		t.exporter.complain(err, 0)
	}
	t.exporter.cut() // what still waits for an answer
}

// Logger returns l, with trace_id in lines about a request whose trace is recorded.
func (t *Tracer) Logger(l *slog.Logger) *slog.Logger {
	if t == nil {
		return l
	}
	return slog.New(lines{l.Handler()})
}

// lines adds the trace to log lines.
type lines struct{ slog.Handler }

// Handle implements [slog.Handler].
func (h lines) Handle(ctx context.Context, r slog.Record) error {
	if span := oteltrace.SpanContextFromContext(ctx); span.IsSampled() {
		r = r.Clone()
		r.AddAttrs(slog.String("trace_id", span.TraceID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h lines) WithAttrs(attrs []slog.Attr) slog.Handler { return lines{h.Handler.WithAttrs(attrs)} }

// WithGroup implements [slog.Handler].
func (h lines) WithGroup(name string) slog.Handler { return lines{h.Handler.WithGroup(name)} }

// errorsOnly keeps the SDK's remarks about itself out of the log.
type errorsOnly struct{ slog.Handler }

// Enabled implements [slog.Handler].
func (h errorsOnly) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelError && h.Handler.Enabled(ctx, l)
}

// WithAttrs implements [slog.Handler].
func (h errorsOnly) WithAttrs(attrs []slog.Attr) slog.Handler {
	return errorsOnly{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (h errorsOnly) WithGroup(name string) slog.Handler { return errorsOnly{h.Handler.WithGroup(name)} }
