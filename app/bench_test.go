package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"comanda/feed"
	"comanda/order"
	"comanda/pool"
	"comanda/sqlite"
)

// BenchmarkPlace places orders, one after the other, through everything that a
// request of a server passes behind its socket.
func BenchmarkPlace(b *testing.B) {
	keys, err := testKeys()
	if err != nil {
		b.Fatal(err)
	}
	db, err := sqlite.Open(b.Context(), b.TempDir()+"/comanda.db", Tables(), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	a, err := New(b.Context(), Config{
		Settings: checked(b, Defaults()), Engine: Engine{Store: db, Feed: feed.NewLocal(db, order.TableName).Feed(), Snapshots: db},
		Keys: keys[0], Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close(b.Context())
	in := pool.AdminCreateUserInput{Username: "ana", TemporaryPassword: "Correct-Horse-7", MessageAction: pool.MessageSuppress}
	if _, err := a.Pool.AdminCreateUser(b.Context(), in); err != nil {
		b.Fatal(err)
	}
	if err := a.Pool.AdminSetUserPassword(b.Context(), "ana", "Correct-Horse-7", true); err != nil {
		b.Fatal(err)
	}
	out, err := a.Pool.InitiateAuth(b.Context(), pool.FlowUserPassword, map[string]string{"USERNAME": "ana", "PASSWORD": "Correct-Horse-7"})
	if err != nil {
		b.Fatal(err)
	}
	token := out.Tokens.ID
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		body := `{"orderId":"o-` + strconv.Itoa(n) + `","restaurantId":1,"orderItems":[{"id":1,"name":"Soup","price":9.99}],"totalAmount":9.99}`
		r := httptest.NewRequest(http.MethodPost, "/orders", strings.NewReader(body))
		r.Header.Set("Authorization", token)
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatalf("placement %d: got %d %s", n, w.Code, w.Body)
		}
	}
}
