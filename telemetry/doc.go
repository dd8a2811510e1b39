// Package telemetry is how the program tells what it does: log lines with the
// keys of AWS Lambda Powertools, and metrics in the embedded metric format of
// Amazon CloudWatch. It knows nothing of orders.
package telemetry
