package telemetry

import (
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Units of metrics, as CloudWatch names them.
const (
	Count        = "Count"
	Milliseconds = "Milliseconds"
)

// Metric is one value of one metric.
type Metric struct {
	Name  string // also a key of the line, so it may not be service, _aws or a dimension's name
	Unit  string // [Count] or [Milliseconds]
	Value string // a JSON number: an amount of money stays exact
}

// Dimension is what a metric is told apart by, beside the service.
type Dimension struct {
	Name, Value string
}

// Metrics writes metrics in the embedded metric format, one line for each set:
// CloudWatch makes metrics of the lines that it finds in a function's log.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
type Metrics struct {
	namespace, service string
	now                func() time.Time

	mu  sync.Mutex
	out io.Writer
}

// NewMetrics returns a writer of metrics in a namespace, which all have the
// dimension service.
func NewMetrics(out io.Writer, namespace, service string, now func() time.Time) *Metrics {
	return &Metrics{out: out, namespace: namespace, service: service, now: now}
}

// Put writes a set of metrics with dimensions beside the service. CloudWatch takes
// at most 100 metrics and 30 dimensions. Like a log line, a set that can't be written is lost.
func (m *Metrics) Put(dimensions []Dimension, metrics ...Metric) {
	dimensions = append([]Dimension{{"service", m.service}}, dimensions...)
	b := append([]byte(nil), `{"_aws":{"Timestamp":`...)
	b = strconv.AppendInt(b, m.now().UnixMilli(), 10)
	b = append(b, `,"CloudWatchMetrics":[{"Namespace":`...)
	b = quote(b, m.namespace)
	b = append(b, `,"Dimensions":[[`...)
	for i, d := range dimensions {
		b = quote(comma(b, i), d.Name)
	}
	b = append(b, `]],"Metrics":[`...)
	for i, v := range metrics {
		b = quote(append(comma(b, i), `{"Name":`...), v.Name)
		b = quote(append(b, `,"Unit":`...), v.Unit)
		b = append(b, '}')
	}
	b = append(b, `]}]}`...)
	for _, d := range dimensions {
		b = quote(append(quote(append(b, ','), d.Name), ':'), d.Value)
	}
	for _, v := range metrics {
		b = append(quote(append(b, ','), v.Name), ":["...)
		b = append(append(b, v.Value...), ']')
	}
	b = append(b, "}\n"...)
	m.mu.Lock()
	defer m.mu.Unlock()
	_, _ = m.out.Write(b) // there is nowhere else to complain to
}

func comma(b []byte, i int) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return b
}

// quote appends text as a JSON string. What isn't valid UTF-8 is replaced.
func quote(b []byte, text string) []byte {
	b, _ = jsontext.AppendQuote(b, text) // its error says that something was replaced
	return b
}
