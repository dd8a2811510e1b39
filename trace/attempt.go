package trace

import (
	"context"
	"net/http"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	oteltrace "go.opentelemetry.io/otel/trace"
)

// The attributes of an attempt to tell a receiver of webhooks.
const (
	keyReceiver attribute.Key = "comanda.webhook.receiver" // id, as comanda webhooks list shows it
	keyAttempt  attribute.Key = "comanda.webhook.attempt"  // number of it, from 1
)

// Attempt starts a trace for a request to a receiver of webhooks, and returns what ends it: a function
// that is called with the status of the answer, 0 without one. It is what
// webhook.Config.Attempt takes.
func (t *Tracer) Attempt(receiver string, attempt int) (done func(status int)) {
	_, span := t.tracer.Start(context.Background(), "webhook attempt",
		oteltrace.WithSpanKind(oteltrace.SpanKindClient),
		oteltrace.WithAttributes(attribute.String("http.request.method", http.MethodPost), keyReceiver.String(receiver), keyAttempt.Int(attempt)))
	return func(status int) {
		failure := ""
		if status == 0 {
			failure = "no_answer"
		} else {
			span.SetAttributes(attribute.Int("http.response.status_code", status))
		}
		if status >= http.StatusMultipleChoices {
			failure = strconv.Itoa(status)
		}
		if failure != "" {
			span.SetAttributes(attribute.String("error.type", failure))
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}
