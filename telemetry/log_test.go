package telemetry

import (
	"bytes"
	"log/slog"
	"regexp"
	"testing"
)

func TestLogLinesHaveThePowertoolsKeysInTheirOrder(t *testing.T) {
	var out bytes.Buffer
	log := NewLogger(&out, slog.LevelInfo, true, "orders")
	log.With("request_id", "r1").Error("operation failed", "level", 7, slog.Group("g", "time", 1))
	want := regexp.MustCompile(`^\{"level":"ERROR","location":"TestLogLinesHaveThePowertoolsKeysInTheirOrder:\d+",` +
		`"message":"operation failed","timestamp":"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}[+-]\d{4}","service":"orders",` +
		`"request_id":"r1","g":\{"time":1\}\}\n$`)
	if got := out.String(); !want.MatchString(got) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestLogLinesBelowTheLevelAreLeftOut(t *testing.T) {
	var out bytes.Buffer
	NewLogger(&out, slog.LevelWarn, true, "orders").Info("not wanted")
	if out.Len() > 0 {
		t.Errorf("got %s, want nothing", out.String())
	}
}
