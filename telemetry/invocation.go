package telemetry

import (
	"context"
	"log/slog"
	"strings"
)

// Invocation is what a log line says of the invocation of a Lambda function in
// which it was written. Empty fields are left out.
type Invocation struct {
	ColdStart     bool   // the process was started for it
	Function      string // name of the function
	MemorySize    string // of the function, in MB
	ARN           string // by which the function was invoked
	RequestID     string // of the invocation
	TraceID       string // of X-Ray, see [TraceRoot]
	CorrelationID string // of the request to the API that caused the invocation
}

type invocationKey struct{}

// WithInvocation returns a context whose log lines tell the invocation, when
// they are written in JSON.
func WithInvocation(ctx context.Context, in Invocation) context.Context {
	return context.WithValue(ctx, invocationKey{}, &in)
}

// attrs returns the keys in the order in which Powertools has them.
func (in *Invocation) attrs() []slog.Attr {
	out := []slog.Attr{slog.Bool("cold_start", in.ColdStart)}
	for _, a := range [...]struct{ key, value string }{
		{"function_name", in.Function},
		{"function_memory_size", in.MemorySize},
		{"function_arn", in.ARN},
		{"function_request_id", in.RequestID},
		{"xray_trace_id", in.TraceID},
		{"correlation_id", in.CorrelationID},
	} {
		if a.value != "" {
			out = append(out, slog.String(a.key, a.value))
		}
	}
	return out
}

// TraceRoot returns the trace id in a tracing header of X-Ray, which is its field
// Root, or "". https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
func TraceRoot(header string) string {
	for field := range strings.SplitSeq(header, ";") {
		if id, ok := strings.CutPrefix(strings.TrimSpace(field), "Root="); ok {
			return id
		}
	}
	return ""
}

// WithCorrelation returns a context whose log lines have another correlation id
// beside the rest of the invocation.
func WithCorrelation(ctx context.Context, id string) context.Context {
	var in Invocation
	if outer, ok := ctx.Value(invocationKey{}).(*Invocation); ok {
		in = *outer
	}
	in.CorrelationID = id
	return WithInvocation(ctx, in)
}
