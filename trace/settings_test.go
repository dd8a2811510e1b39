package trace

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBadVariablesAreNamedWithTheirRemedy(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ variable, value, want string }{
		"no scheme":               {endpointVariable, "127.0.0.1:4318", `OTEL_EXPORTER_OTLP_ENDPOINT "127.0.0.1:4318": must be the URL of a collector, such as http://127.0.0.1:4318`},
		"a name for a scheme":     {tracesEndpointVariable, "localhost:4318", `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT "localhost:4318": must be the URL`},
		"another scheme":          {endpointVariable, "grpc://collector:4317", "must be the URL"},
		"no host":                 {endpointVariable, "http://", "must be the URL"},
		"a broken escape":         {endpointVariable, "http://me:secret@host/%zz", `"***@host/%zz": must be the URL`},
		"a password":              {endpointVariable, "https://me:secret@host", `"***@host": must have no user, password`},
		"a key in the query":      {tracesEndpointVariable, "https://host/v1/traces?key=secret", `"https://host/v1/traces?***": must have no user`},
		"gRPC":                    {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", `"grpc": must be one of http/protobuf, http/json`},
		"another exporter":        {"OTEL_TRACES_EXPORTER", "zipkin", "must be one of otlp, none"},
		"another compression":     {"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "zstd", "must be one of gzip, none"},
		"a time with a unit":      {"OTEL_EXPORTER_OTLP_TIMEOUT", "5s", `"5s": must be a whole number`},
		"a queue of no size":      {"OTEL_BSP_MAX_QUEUE_SIZE", "0", "must be a whole number from 1"},
		"a bare header":           {"OTEL_EXPORTER_OTLP_HEADERS", "secret", "OTEL_EXPORTER_OTLP_HEADERS: must be name=value"},
		"a header with a colon":   {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "api-key: secret=", "must be name=value"},
		"a header of bad escapes": {"OTEL_EXPORTER_OTLP_HEADERS", "key=secret%z", "percent-encoded"},
		"a bare attribute":        {"OTEL_RESOURCE_ATTRIBUTES", "shop", "OTEL_RESOURCE_ATTRIBUTES: must be name=value"},
		"an unknown sampler":      {"OTEL_TRACES_SAMPLER", "sometimes", `"sometimes": must be one of always_on`},
		"no certificate file":     {"OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere", `OTEL_EXPORTER_OTLP_CERTIFICATE "/nowhere": must be a PEM file`},
		"a file of something":     {"OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", text, "there is no certificate in it"},
		"half a client pair":      {"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", text, "must be PEM files that belong together"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Setenv(endpointVariable, "http://127.0.0.1:4318")
			t.Setenv(tt.variable, tt.value)
			tracer, err := Open(t.Context(), config(&bytes.Buffer{}))
			if tracer != nil || err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), tt.variable) {
				t.Fatalf("got %v, want %s and %q", err, tt.variable, tt.want)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v, want nothing secret in it", err)
			}
		})
	}
}

func TestARatioIsAShare(t *testing.T) {
	t.Setenv(endpointVariable, "http://127.0.0.1:4318")
	t.Setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
	for value, good := range map[string]bool{"0": true, "0.25": true, "1": true, "": true, "2": false, "-1": false, "NaN": false, "half": false} {
		t.Setenv("OTEL_TRACES_SAMPLER_ARG", value)
		if err := Validate(); (err == nil) != good {
			t.Errorf("OTEL_TRACES_SAMPLER_ARG %q: got %v, want it to be right: %v", value, err, good)
		}
	}
}

func TestGoodVariablesAreTaken(t *testing.T) {
	for variable, value := range map[string]string{
		tracesEndpointVariable: "https://collector.example.com/ingest/v1/traces", endpointVariable: "http://[::1]:4318/base",
		"OTEL_EXPORTER_OTLP_HEADERS": "authorization=Basic%20eDp5, x-team=shop", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
		"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "5000", "OTEL_SERVICE_NAME": "shop",
		"OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test", "OTEL_TRACES_SAMPLER": "Always_On", "OTEL_SDK_DISABLED": "false",
	} {
		t.Setenv(variable, value)
	}
	tracer, err := Open(t.Context(), config(&bytes.Buffer{}))
	if err != nil || tracer == nil {
		t.Fatalf("got %v, %v, want a Tracer", tracer, err)
	}
	tracer.Close(t.Context())
}
