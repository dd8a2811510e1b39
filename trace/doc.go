// Package trace shows what a server does with a request as spans of OpenTelemetry, and
// sends them to a collector by OTLP over HTTP. Nothing else links OpenTelemetry; the functions on
// AWS Lambda have X-Ray.
//
// There are no settings of ours. The standard variables of the SDK
// (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/)
// say where spans go and which; without OTEL_EXPORTER_OTLP_ENDPOINT and
// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT there is no [Tracer]. All methods of a nil Tracer return
// what they are given, so that a server without traces has nothing wrapped.
//
// # Spans
//
// A request is one span, named by its route: "POST /orders". A traceparent of the
// client (W3C Trace Context) is continued. Below it there is a span for each commit and each read
// of the store, "commit orders". What runs without a request, such as the
// dispatcher's reads, has no spans, because they would belong to nothing. A
// request to the receiver of a webhook is a trace of its own.
//
// # What is never sent
//
// A span leaves the process with the attributes of a list (allowed) and no others: no path,
// query, header, address or agent of a client, no key, no document, no message of an error
// and no event, whatever a library has recorded. What is on the list are words of ours, numbers and
// ids that are drawn at random.
package trace
