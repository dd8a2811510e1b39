package app

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strconv"
	"sync"
	"time"

	"comanda/order"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics counts what happens. Names are those of the metrics on AWS.
type metrics struct {
	registry *prometheus.Registry
	placed   prometheus.Counter
	total    prometheus.Counter
	replayed prometheus.Counter
	canceled prometheus.Counter
	latency  *prometheus.HistogramVec
	answers  *prometheus.CounterVec
	lag      *prometheus.GaugeVec
	failures *prometheus.CounterVec
	dead     *prometheus.CounterVec
	leftOut  *prometheus.CounterVec
	hooks    *prometheus.CounterVec
	hookTime *prometheus.HistogramVec

	mu   sync.Mutex
	lags map[string]time.Duration // by consumer, as lag has them
}

func newMetrics() *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	m := &metrics{
		registry: prometheus.NewRegistry(), lags: map[string]time.Duration{},
		placed:   counter("SuccessfulOrder", "Orders placed."),
		total:    counter("OrderTotal", "Sum of the total amounts of orders placed, in the currency's unit."),
		replayed: counter("OrderReplayed", "Placements that repeated an earlier one."),
		canceled: counter("OrderCanceled", "Orders canceled, by owners and by staff."),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "Latency", Help: "Seconds from the first byte of a request to its answer, by operation.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"operation"}),
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "Answers", Help: "Answers by operation and status.",
		}, []string{"operation", "status"}),
		lag: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "FeedLag", Help: "Seconds from the commit of a change until a consumer was done with it, at its last change.",
		}, []string{"consumer"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "FeedFailures", Help: "Failures of a consumer of changes, each of which is tried again.",
		}, []string{"consumer"}),
		dead: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "DeadLetters", Help: "Changes that could not be read and were put aside.",
		}, []string{"consumer"}),
	}
	m.leftOut = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "LeftOut", Help: "Records that lists left out because they can't be read, each time, by table.",
	}, []string{"table"})
	m.hooks = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "Webhooks", Help: "What came of notifications by receiver: delivered, failed (and tried again), died, or disabled by the receiver.",
	}, []string{"receiver", "result"})
	m.hookTime = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "WebhookLatency", Help: "Seconds that receivers took for notifications which they accepted.",
		Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 15},
	}, []string{"receiver"})
	m.registry.MustRegister(m.hooks, m.hookTime)
	m.registry.MustRegister(m.placed, m.total, m.replayed, m.canceled, m.latency, m.answers, m.lag, m.failures, m.dead, m.leftOut,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}

// leastMetricsToken is the least length of a token in characters.
const leastMetricsToken = 16

// metricsGuard lets only those see the metrics who have the token, if there is one.
func (s Settings) metricsGuard(next http.Handler) http.Handler {
	if s.MetricsToken == "" {
		return next
	}
	want := sha256.Sum256([]byte("Bearer " + s.MetricsToken))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := sha256.Sum256([]byte(r.Header.Get("Authorization")))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "send the token of --metrics-token as Authorization: Bearer", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Answered implements [comanda/api.Observer].
func (m *metrics) Answered(operation string, status int, took time.Duration) {
	m.latency.WithLabelValues(operation).Observe(took.Seconds())
	m.answers.WithLabelValues(operation, strconv.Itoa(status)).Inc()
}

// OrderPlaced implements [comanda/order.Observer].
func (m *metrics) OrderPlaced(total order.Money) {
	m.placed.Inc()
	m.total.Add(float64(total) / float64(order.Unit))
}

// OrderReplayed implements [comanda/order.Observer].
func (m *metrics) OrderReplayed() { m.replayed.Inc() }

// OrderCanceled implements [comanda/order.Observer].
func (m *metrics) OrderCanceled() { m.canceled.Inc() }

// Lagged implements [comanda/feed.Observer].
func (m *metrics) Lagged(consumer string, lag time.Duration) {
	m.lag.WithLabelValues(consumer).Set(lag.Seconds())
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lags[consumer] = lag
}

// Failed implements [comanda/feed.Observer].
func (m *metrics) Failed(consumer string) { m.failures.WithLabelValues(consumer).Inc() }

// Died implements [comanda/feed.Observer].
func (m *metrics) Died(consumer string) { m.dead.WithLabelValues(consumer).Inc() }

// LeftOut counts a record that a list left out.
func (m *metrics) LeftOut(table string) { m.leftOut.WithLabelValues(table).Inc() }

// WebhookDelivered implements [comanda/webhook.Observer].
func (m *metrics) WebhookDelivered(receiver string, took time.Duration) {
	m.hooks.WithLabelValues(receiver, "delivered").Inc()
	m.hookTime.WithLabelValues(receiver).Observe(took.Seconds())
}

// WebhookFailed implements [comanda/webhook.Observer].
func (m *metrics) WebhookFailed(receiver string) { m.hooks.WithLabelValues(receiver, "failed").Inc() }

// WebhookDied implements [comanda/webhook.Observer].
func (m *metrics) WebhookDied(receiver string) { m.hooks.WithLabelValues(receiver, "died").Inc() }

// WebhookDisabled implements [comanda/webhook.Observer].
func (m *metrics) WebhookDisabled(receiver string) {
	m.hooks.WithLabelValues(receiver, "disabled").Inc()
}
