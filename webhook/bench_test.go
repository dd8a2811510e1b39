package webhook

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"comanda/feed"
	"comanda/order"
	"comanda/payload"
	"comanda/sqlite"
)

// BenchmarkDelivery places orders and waits until a receiver on this machine has
// been told of each: go test ./webhook -run '^$' -bench Delivery.
func BenchmarkDelivery(b *testing.B) {
	file, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "w.db"), append(Tables(), order.Table, feed.Table), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	told := make(chan struct{}, 1<<16)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		told <- struct{}{}
	}))
	defer receiver.Close()
	store := feed.NewNotifier(file, order.TableName)
	logger := slog.New(slog.DiscardHandler)
	hooks, err := New(Config{Store: store, Now: time.Now, Logger: logger})
	if err != nil {
		b.Fatal(err)
	}
	if _, _, err := hooks.Add(b.Context(), receiver.URL, nil, true); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() { hooks.Run(ctx) })
	running.Go(func() {
		feed.NewDispatcher(feed.Config{
			Store: store, Feed: feed.NewLocal(file, order.TableName).Feed(), Consumers: []feed.Consumer{hooks}, Dead: feed.NewDeadLetters(store),
			Observer: &witness{}, Now: time.Now, Logger: logger, Changed: store.Subscribe(),
		}).Run(ctx)
	})
	orders := order.NewService(store, order.AcceptTotal, time.Now)
	p := order.ReadPlacement(payload.Parse([]byte(`{"restaurantId":1,"orderItems":[{"id":1,"name":"Soup","price":9.99}],"totalAmount":9.99}`), &payload.Report{}), order.AcceptTotal)
	var ids atomic.Int64
	b.SetParallelism(32)
	b.ResetTimer()
	begin := time.Now()
	b.RunParallel(func(pb *testing.PB) {
		for mine := p; pb.Next(); {
			mine.OrderID = strconv.FormatInt(ids.Add(1), 10)
			if _, _, err := orders.Place(b.Context(), "ana", mine, "", ""); err != nil {
				b.Error(err)
			}
		}
	})
	n := int(ids.Load())
	placed := time.Since(begin)
	for range n {
		<-told
	}
	b.ReportMetric(float64(n)/time.Since(begin).Seconds(), "told/s")
	b.ReportMetric(float64(n)/placed.Seconds(), "placed/s")
	cancel()
	running.Wait()
}
