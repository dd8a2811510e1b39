package sqlite

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"comanda/storage"
)

// orders is a table as busy as the one of orders: a list by time, a sparse queue
// over all customers, and a feed.
var orders = storage.Table{
	Name: "orders", Partition: "userId", Sort: "orderId", Doc: "data", Feed: true,
	Indexes: []storage.Index{
		{Name: "placed", Partition: "userId", Sort: "placedAt"},
		{Name: "open", Partition: "queue", Sort: "queuedAt", Global: true},
	},
}

// placement returns the n-th order, of one customer in a thousand, in about 350 bytes.
func placement(customers []string, n int64) storage.Commit {
	id := uuid.Must(uuid.NewV7()).String()
	customer := customers[int(n)%len(customers)]
	at := time.UnixMilli(1_790_000_000_000 + n).UTC().Format("20060102T150405.000")
	doc := fmt.Sprintf(`{"format":1,"restaurantId":%d,"orderItems":[{"id":1,"name":"Spaghetti","price":9.99,"quantity":1},`+
		`{"id":%d,"name":"Pizza with everything on it","price":12.5,"quantity":2}],"totalAmount":34.99,"status":"PLACED",`+
		`"orderTime":%d,"updatedAt":%d,"version":1,"deliveryAddress":"%s Long Street, Springfield","history":[{"status":"PLACED","by":"owner"}]}`,
		n%50, n%500, 1_790_000_000_000+n, 1_790_000_000_000+n, rand.Text()[:8])
	return storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &storage.Record{
		Key: storage.Key{Table: "orders", Partition: customer, Sort: id},
		Doc: []byte(doc),
		Index: map[string]storage.IndexKey{
			"placed": {Partition: customer, Sort: at + id[24:]},
			"open":   {Partition: fmt.Sprint(n % 50), Sort: at + id[24:]},
		},
	}}}}
}

func newCustomers() []string {
	customers := make([]string, 1000)
	for i := range customers {
		customers[i] = uuid.NewString()
	}
	return customers
}

func openBench(tb testing.TB) (*Store, string) {
	path := filepath.Join(tb.TempDir(), "comanda.db")
	s, err := Open(context.Background(), path, []storage.Table{orders}, Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s, path
}

// place commits n orders from a number of goroutines.
func place(tb testing.TB, s *Store, customers []string, committers int, n int64) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range committers {
		wg.Go(func() {
			for i := next.Add(1); i <= n; i = next.Add(1) {
				if err := s.Commit(context.Background(), placement(customers, i)); err != nil {
					tb.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkPlace measures durable placements a second and bytes on disk of each.
func BenchmarkPlace(b *testing.B) {
	for _, committers := range []int{1, 64, 256} {
		b.Run(fmt.Sprintf("%d committers", committers), func(b *testing.B) {
			s, path := openBench(b)
			customers := newCustomers()
			b.ResetTimer()
			place(b, s, customers, committers, int64(b.N))
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
			info, err := os.Stat(path)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(info.Size())/float64(b.N), "B/order")
		})
	}
}

// BenchmarkRead measures reads of one order and of a customer's latest 20, with
// an eighth and with all of the orders stored.
func BenchmarkRead(b *testing.B) {
	const most = 200_000
	s, _ := openBench(b)
	customers := newCustomers()
	stored := int64(0)
	for _, n := range []int64{most / 8, most} {
		place(b, s, customers, 256, n-stored)
		stored = n
		latest := func(i int) storage.Page {
			page, err := s.Query(context.Background(), storage.Query{
				Table: "orders", Index: "placed", Partition: customers[i%len(customers)], Descending: true, Limit: 20,
			})
			if err != nil || len(page.Records) != 20 {
				b.Fatalf("latest orders: got %d, error %v, want 20", len(page.Records), err)
			}
			return page
		}
		keys := make([]storage.Key, len(customers))
		for i := range keys {
			keys[i] = latest(i).Records[19].Key
		}
		b.Run(fmt.Sprintf("one of %d", n), func(b *testing.B) {
			for i := range b.N {
				if _, err := s.Get(context.Background(), keys[i%len(keys)]); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("latest 20 of %d", n), func(b *testing.B) {
			for i := range b.N {
				latest(i)
			}
		})
	}
}
