package trace

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// allowed are the attributes that leave the process. None has a text in it that
// a client has chosen.
var allowed = []attribute.Key{
	"http.request.method", "http.route", "http.response.status_code", "http.request.body.size", "http.response.body.size",
	"url.scheme", "network.protocol.version", "error.type",
	keyRequestID, keyOperation, keyTable, keyWrites, keyRecords, keyOutcome, keyReceiver, keyAttempt,
}

// exporter gives spans to the collector without what must not leave the process, and
// says so when they don't arrive. To the SDK, all is well: it would log every batch.
type exporter struct {
	collector sdk.SpanExporter
	now       func() time.Time
	logger    *slog.Logger
	life      context.Context // of requests to the collector
	cut       context.CancelFunc

	mu   sync.Mutex
	told time.Time // when the log was last told
	lost int       // spans since then
}

func newExporter(collector sdk.SpanExporter, c Config) *exporter {
	e := &exporter{collector: collector, now: c.Now, logger: c.Logger}
	e.life, e.cut = context.WithCancel(context.Background())
	return e
}

// ExportSpans implements [sdk.SpanExporter].
func (e *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(e.life, cancel)()
	clean := make([]sdk.ReadOnlySpan, len(spans))
	for i, s := range spans {
		clean[i] = cleaned{s}
	}
	if err := e.collector.ExportSpans(ctx, clean); err != nil {
		e.complain(err, len(spans))
	}
	return nil
}

// Shutdown implements [sdk.SpanExporter].
func (e *exporter) Shutdown(ctx context.Context) error { return e.collector.Shutdown(ctx) }

// cleaned is a span as the collector may see it.
type cleaned struct{ sdk.ReadOnlySpan }

// Attributes returns those that are [allowed].
func (s cleaned) Attributes() []attribute.KeyValue {
	return slices.DeleteFunc(slices.Clone(s.ReadOnlySpan.Attributes()), func(a attribute.KeyValue) bool {
		return !slices.Contains(allowed, a.Key)
	})
}

// Events returns none. A library records a panic as one, with its text.
func (s cleaned) Events() []sdk.Event { return nil }

// complainEvery is the least time between two log lines.
const complainEvery = time.Minute

// complain tells the log that a number of spans is lost, 0 for an unknown one, once a
// minute at most.
func (e *exporter) complain(err error, spans int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lost += spans
	now := e.now()
	if !e.told.IsZero() && now.Sub(e.told).Abs() < complainEvery {
		return
	}
	attrs := []any{"reason", reason(err)}
	if e.lost > 0 {
		attrs = append(attrs, "spans", e.lost)
	}
	e.logger.Warn("traces could not be exported", attrs...)
	e.told, e.lost = now, 0
}

// answered is how the exporter tells of a status, with the collector's URL before and
// its own words after it.
var answered = regexp.MustCompile(`failed to send to \S+: (\d{3})\b`)

// reason says why spans didn't arrive, without the collector's URL, which may have a
// key of its owner in its path, and without what the collector says.
func reason(err error) string {
	var inner *url.Error
	var network net.Error
	status := answered.FindStringSubmatch(err.Error())
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.As(err, &network) && network.Timeout():
		return "the collector did not answer in time"
	case errors.As(err, &inner):
		return "there was no answer: " + inner.Err.Error()
	case status != nil:
		return "the collector answered " + status[1] + ": check OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS"
	}
	return "the collector is busy, or has refused some of them: its own log says more"
}
