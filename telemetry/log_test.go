package telemetry

import (
	"bytes"
	"context"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

func TestLogLinesHaveThePowertoolsKeysInTheirOrder(t *testing.T) {
	var out bytes.Buffer
	log := NewLogger(&out, slog.LevelInfo, true, "orders")
	log.With("request_id", "r1").Error("operation failed", "level", 7, slog.Group("g", "time", 1), "took", 1500*time.Microsecond)
	want := regexp.MustCompile(`^\{"level":"ERROR","location":"TestLogLinesHaveThePowertoolsKeysInTheirOrder:\d+",` +
		`"message":"operation failed","timestamp":"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}[+-]\d{4}","service":"orders",` +
		`"request_id":"r1","attr_level":7,"g":\{"time":1\},"took_ms":1.5\}\n$`)
	if got := out.String(); !want.MatchString(got) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestNoKeyOccursTwiceInALogLine(t *testing.T) {
	inner := slog.GroupValue(slog.Int("a", 1), slog.Int("a", 2), slog.Duration("b", time.Second), slog.Int("b_ms", 3))
	ctx := WithInvocation(context.Background(), Invocation{RequestID: "r"})
	tests := map[string]struct {
		attrs []any
		want  string
	}{
		"ours":                {[]any{"message", 1, "service", 2, "timestamp", 3, "location", 4}, `"attr_message":1,"attr_service":2,"attr_timestamp":3,"attr_location":4`},
		"slog's":              {[]any{"time", 1, "msg", "", "source", 2}, `"time":1,"msg":"","source":2`},
		"the invocation's":    {[]any{"function_request_id", 1}, `"attr_function_request_id":1`},
		"the logger's":        {[]any{"operation", "x"}, `"attr_operation":"x"`},
		"a line's own, twice": {[]any{"a", 1, "a", 2, "a", 3}, `"a":1,"attr_a":2,"attr_attr_a":3`},
		"a duration's":        {[]any{"took", time.Second, "took_ms", 5}, `"took_ms":1000,"attr_took_ms":5`},
		"in a group":          {[]any{"g", inner}, `"g":{"a":1,"attr_a":2,"b_ms":1000,"attr_b_ms":3}`},
		"of an open group":    {[]any{slog.Group("", "message", 1, "x", 2)}, `"attr_message":1,"x":2`},
		"nothing":             {[]any{slog.Attr{}, slog.Group("empty")}, ``},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			log := NewLogger(&out, slog.LevelInfo, true, "orders").With("operation", "placeOrder")
			log.InfoContext(ctx, "placed", tt.attrs...)
			want := `"operation":"placeOrder"`
			if tt.want != "" {
				want += "," + tt.want
			}
			if got := out.String(); !strings.HasSuffix(got, want+"}\n") {
				t.Errorf("got %s, want it to end with %s", got, want)
			}
			if line := jsontext.Value(out.Bytes()); !line.IsValid() { // which a name that occurs twice isn't
				t.Errorf("got %s, want valid JSON with no name twice", line)
			}
		})
	}
}

func TestClosuresGoByTheFunctionAroundThem(t *testing.T) {
	var out bytes.Buffer
	log := NewLogger(&out, slog.LevelInfo, true, "orders")
	func() { func() { log.Info("deep") }() }()
	want := regexp.MustCompile(`"location":"TestClosuresGoByTheFunctionAroundThem:\d+",`)
	if got := out.String(); !want.MatchString(got) {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestLogLinesBelowTheLevelAreLeftOut(t *testing.T) {
	var out bytes.Buffer
	NewLogger(&out, slog.LevelWarn, true, "orders").Info("not wanted")
	if out.Len() > 0 {
		t.Errorf("got %s, want nothing", out.String())
	}
}

func TestLogLinesOfAnInvocationTellIt(t *testing.T) {
	var out bytes.Buffer
	log := NewLogger(&out, slog.LevelInfo, true, "orders")
	ctx := WithInvocation(context.Background(), Invocation{
		ColdStart: true, Function: "shop-add_order", MemorySize: "128", ARN: "arn:aws:lambda:us-west-2:123456789012:function:shop-add_order",
		RequestID: "f1763161", TraceID: TraceRoot("Self=1-2; Root=1-64ffdacc-654530bc2c48565614713731;Sampled=1"), CorrelationID: "api-1",
	})
	log.With("operation", "placeOrder").InfoContext(ctx, "placed")
	want := regexp.MustCompile(`"service":"orders","cold_start":true,"function_name":"shop-add_order","function_memory_size":"128",` +
		`"function_arn":"arn:aws:lambda:us-west-2:123456789012:function:shop-add_order","function_request_id":"f1763161",` +
		`"xray_trace_id":"1-64ffdacc-654530bc2c48565614713731","correlation_id":"api-1","operation":"placeOrder"\}\n$`)
	if got := out.String(); !want.MatchString(got) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	out.Reset()
	log.InfoContext(WithInvocation(context.Background(), Invocation{RequestID: "r", TraceID: TraceRoot("Sampled=0")}), "placed")
	want = regexp.MustCompile(`"service":"orders","cold_start":false,"function_request_id":"r"\}\n$`)
	if got := out.String(); !want.MatchString(got) {
		t.Errorf("with little known: got %s, want %s", got, want)
	}
}
