package function

import (
	"net/http"
	"strconv"
	"time"

	"comanda/feed"
	"comanda/order"
	"comanda/telemetry"
)

// observer writes metrics of what is done. Names and units are those of the
// workshop, where it has them.
type observer struct{ *telemetry.Metrics }

// OrderPlaced implements [order.Observer]. The total is exact.
func (o observer) OrderPlaced(total order.Money) {
	o.Put(nil,
		telemetry.Metric{Name: "SuccessfulOrder", Unit: telemetry.Count, Value: "1"},
		telemetry.Metric{Name: "OrderTotal", Unit: telemetry.Count, Value: total.String()})
}

// OrderReplayed implements [order.Observer].
func (o observer) OrderReplayed() { o.count("OrderReplayed") }

// OrderCanceled implements [order.Observer].
func (o observer) OrderCanceled() { o.count("OrderCanceled") }

// LeftOut counts a record that a list left out because it can't be read.
func (o observer) LeftOut(table string) {
	o.Put([]telemetry.Dimension{{Name: "table", Value: table}}, telemetry.Metric{Name: "LeftOut", Unit: telemetry.Count, Value: "1"})
}

func (o observer) count(name string) {
	o.Put(nil, telemetry.Metric{Name: name, Unit: telemetry.Count, Value: "1"})
}

// Answered implements [comanda/api.Observer]. Errors are ours, not the callers';
// an answer without one counts 0, so that the average is the rate.
func (o observer) Answered(operation string, status int, took time.Duration) {
	errors := "0"
	if status >= http.StatusInternalServerError {
		errors = "1"
	}
	o.Put([]telemetry.Dimension{{Name: "operation", Value: operation}},
		telemetry.Metric{Name: "Latency", Unit: telemetry.Milliseconds, Value: strconv.FormatFloat(float64(took.Microseconds())/1000, 'f', -1, 64)},
		telemetry.Metric{Name: "Errors", Unit: telemetry.Count, Value: errors})
}

var _ feed.Observer = observer{}

// Lagged implements [feed.Observer].
func (o observer) Lagged(consumer string, lag time.Duration) {
	o.Put(of(consumer), telemetry.Metric{Name: "FeedLag", Unit: telemetry.Milliseconds, Value: strconv.FormatInt(lag.Milliseconds(), 10)})
}

// Failed implements [feed.Observer].
func (o observer) Failed(consumer string) {
	o.Put(of(consumer), telemetry.Metric{Name: "FeedFailures", Unit: telemetry.Count, Value: "1"})
}

// Died implements [feed.Observer].
func (o observer) Died(consumer string) {
	o.Put(of(consumer), telemetry.Metric{Name: "DeadLetters", Unit: telemetry.Count, Value: "1"})
}

func of(consumer string) []telemetry.Dimension {
	return []telemetry.Dimension{{Name: "consumer", Value: consumer}}
}
