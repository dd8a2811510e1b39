package telemetry

import (
	"bytes"
	"testing"
	"time"
)

func TestMetricsAreLinesOfTheEmbeddedFormat(t *testing.T) {
	cases := []struct {
		name       string
		dimensions []Dimension
		metrics    []Metric
		want       string
	}{
		{
			"the workshop's line", nil, []Metric{{"SuccessfulOrder", Count, "1"}, {"OrderTotal", Count, "14.99"}},
			`{"_aws":{"Timestamp":1681763692151,"CloudWatchMetrics":[{"Namespace":"ServerlessWorkshop","Dimensions":[["service"]],` +
				`"Metrics":[{"Name":"SuccessfulOrder","Unit":"Count"},{"Name":"OrderTotal","Unit":"Count"}]}]},` +
				`"service":"orders","SuccessfulOrder":[1],"OrderTotal":[14.99]}` + "\n",
		},
		{
			"another dimension", []Dimension{{"operation", "a\"b\n\xff"}}, []Metric{{"Latency", Milliseconds, "0.25"}},
			`{"_aws":{"Timestamp":1681763692151,"CloudWatchMetrics":[{"Namespace":"ServerlessWorkshop","Dimensions":[["service","operation"]],` +
				`"Metrics":[{"Name":"Latency","Unit":"Milliseconds"}]}]},` +
				`"service":"orders","operation":"a\"b\n` + "\ufffd" + `","Latency":[0.25]}` + "\n",
		},
	}
	for _, c := range cases {
		var out bytes.Buffer
		m := NewMetrics(&out, "ServerlessWorkshop", "orders", func() time.Time { return time.UnixMilli(1681763692151) })
		m.Put(c.dimensions, c.metrics...)
		if got := out.String(); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}
