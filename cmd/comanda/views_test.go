package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"testing"
	"time"

	"comanda/app"
	"comanda/engine"
	"comanda/order"
	"comanda/payload"
	"comanda/sqlite"
	"comanda/storage"
	"comanda/user"
)

const (
	uuidUser  = "0199f3a0-5c1e-7c4e-9a51-6f1f9a2f6d11"
	uuidOrder = "0199f3a0-0000-7000-8000-0000000000ff"
)

// store opens a store with the views and two orders in it: one with keys that
// are UUIDs, dispatched, and a plain one.
func store(t *testing.T) *sql.DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "comanda.db")
	s, err := sqlite.Open(t.Context(), path, app.Tables(), sqlite.Options{Views: engine.Views()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	placed := time.Date(2026, 1, 31, 18, 0, 0, 5e6, time.UTC)
	dispatched := order.Place(uuidUser, uuidOrder, content(t, example), order.AcceptTotal, placed)
	courier := order.Courier{ID: dispatched.Restaurant, Name: "Ivy"}
	for i, step := range []order.Step{{Status: order.Acknowledged}, {Status: order.Dispatched, Delivery: &courier}} {
		dispatched, err = dispatched.Advance(step, order.Actor{ID: "staff", Role: order.Staff}, placed.Add(time.Duration(i+1)*time.Minute))
		if err != nil {
			t.Fatal(err)
		}
	}
	plain := order.Place("ana", "one", content(t, `{"restaurantId":"north","orderItems":[{"id":"007","name":"Soup","price":3}],"totalAmount":3,"note":"hot"}`), order.AcceptTotal, placed)
	for _, o := range []order.Order{dispatched, plain} {
		r, err := order.Encode(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Commit(t.Context(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &r}}}); err != nil {
			t.Fatal(err)
		}
	}
	addProfiles(t, s)
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro") // as the sqlite3 shell does, beside the store
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// addProfiles stores a profile that was changed, one that wasn't and one that was
// deleted.
func addProfiles(t *testing.T, s storage.Store) {
	t.Helper()
	now := time.Date(2026, 1, 31, 18, 0, 0, 5e6, time.UTC)
	users := user.NewService(s, func() time.Time { return now })
	put := func(id string, c user.Content) {
		t.Helper()
		if _, err := users.Put(t.Context(), id, c, nil); err != nil {
			t.Fatal(err)
		}
	}
	put(uuidUser, user.Content{Name: "Ana", Username: "ana", Email: "ana@example.com", Address: "Elm Street 1"})
	put("ben", user.Content{Name: "Ben"})
	put("gone", user.Content{Name: "Gone"})
	now = now.Add(time.Minute)
	put("ben", user.Content{Name: "Benjamin"})
	if err := users.Delete(t.Context(), "gone", nil); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, body string) order.Content {
	t.Helper()
	var report payload.Report
	c := order.ReadContent(payload.Parse([]byte(body), &report), order.AcceptTotal)
	if err := report.Err(); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestViewsShowOrdersAndItemsToASQLShell(t *testing.T) {
	db := store(t)
	tests := map[string]struct {
		query string
		want  [][]any
	}{
		"orders": {
			"SELECT user_id, order_id, restaurant, status, total, order_time, updated_at, version, courier, note FROM orders ORDER BY user_id",
			[][]any{
				{uuidUser, uuidOrder, "1", "DISPATCHED", 19.97, "2026-01-31T18:00:00.005Z", "2026-01-31T18:02:00.005Z", int64(3), "Ivy", nil},
				{"ana", "one", "north", "PLACED", int64(3), "2026-01-31T18:00:00.005Z", "2026-01-31T18:00:00.005Z", int64(1), nil, "hot"},
			},
		},
		"items": {
			"SELECT user_id, order_id, position, product, name, price, quantity FROM order_items ORDER BY user_id, position",
			[][]any{
				{uuidUser, uuidOrder, int64(1), "1", "Spaghetti", 9.99, int64(1)},
				{uuidUser, uuidOrder, int64(2), "2", "Pizza - SMALL", 4.99, int64(2)},
				{"ana", "one", int64(1), "007", "Soup", int64(3), int64(1)},
			},
		},
		"users": {
			"SELECT user_id, name, username, email, address, created_at, updated_at, version FROM users ORDER BY user_id",
			[][]any{
				{uuidUser, "Ana", "ana", "ana@example.com", "Elm Street 1", "2026-01-31T18:00:00.005Z", "2026-01-31T18:00:00.005Z", int64(1)},
				{"ben", "Benjamin", nil, nil, nil, "2026-01-31T18:00:00.005Z", "2026-01-31T18:01:00.005Z", int64(2)},
			},
		},
		"units by restaurant and product": {
			"SELECT restaurant, product, sum(quantity) FROM orders JOIN order_items USING (user_id, order_id) GROUP BY 1, 2 ORDER BY 3 DESC, 1 LIMIT 1",
			[][]any{{"1", "2", int64(2)}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := query(t, db, tt.query); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %v\nwant %v", got, tt.want)
			}
		})
	}
}

func query(t *testing.T, db *sql.DB, text string) (out [][]any) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestAmountsAddUpAsTheDocumentationSays runs the queries of docs/sqlite.md on amounts
// whose sum in binary floating point isn't theirs.
func TestAmountsAddUpAsTheDocumentationSays(t *testing.T) {
	page, err := os.ReadFile("../../docs/sqlite.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`"(SELECT printf.*)"`).FindSubmatch(page)
	if found == nil {
		t.Fatal("docs/sqlite.md has no exact query")
	}
	path := filepath.Join(t.TempDir(), "comanda.db")
	s, err := sqlite.Open(t.Context(), path, app.Tables(), sqlite.Options{Views: engine.Views()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	const n = 1000
	for i := range n {
		placed := time.Date(2026, 1, 31, 18, 0, 0, 0, time.UTC)
		o := order.Place("ana", fmt.Sprint(i), content(t, `{"restaurantId":1,"orderItems":[{"id":1,"name":"Soup","price":0.1001}],"totalAmount":0.1001}`), order.AcceptTotal, placed)
		r, err := order.Encode(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Commit(t.Context(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &r}}}); err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var exact string
	var rounded float64
	if err := db.QueryRow(string(found[1])).Scan(&exact); err != nil || exact != "100.1000" {
		t.Errorf("exact sum: got %s, %v, want 100.1000", exact, err)
	}
	err = db.QueryRow("SELECT round(sum(total), 4) FROM orders").Scan(&rounded)
	if err != nil || rounded != 100.1 {
		t.Errorf("rounded sum: got %v, %v, want 100.1", rounded, err)
	}
}
