package telemetry

import (
	"bytes"
	"context"
	"log/slog"
	"regexp"
	"testing"
	"time"
)

func TestLogLinesHaveThePowertoolsKeysInTheirOrder(t *testing.T) {
	var out bytes.Buffer
	log := NewLogger(&out, slog.LevelInfo, true, "orders")
	log.With("request_id", "r1").Error("operation failed", "level", 7, slog.Group("g", "time", 1), "took", 1500*time.Microsecond)
	want := regexp.MustCompile(`^\{"level":"ERROR","location":"TestLogLinesHaveThePowertoolsKeysInTheirOrder:\d+",` +
		`"message":"operation failed","timestamp":"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}[+-]\d{4}","service":"orders",` +
		`"request_id":"r1","g":\{"time":1\},"took_ms":1.5\}\n$`)
	if got := out.String(); !want.MatchString(got) {
		t.Errorf("got  %s\nwant %s", got, want)
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
