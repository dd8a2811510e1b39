package main

import (
	"database/sql"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"comanda/app"
	"comanda/engine"
	"comanda/order"
	"comanda/sqlite"
	"comanda/storage"
	"comanda/storagetest"
)

// everything is a content that has every member, and flags are what places it.
const everything = `{"restaurantId":"casa","orderItems":[{"id":"p-1","name":"Risotto","price":14.5,"quantity":3}],"totalAmount":45.25,` +
	`"delivery":{"id":"w-9","name":"Wheels"},"note":"no onions","deliveryAddress":"1 Quay Street"}`

var flags = []string{
	"--restaurant", "casa", "--item", "p-1,Risotto,14.5,3", "--total", "45.25", "--courier", "w-9,Wheels", "--note", "no onions", "--address", "1 Quay Street",
}

// leaves returns the values of everything by their members, all of which it must have.
func leaves(t *testing.T) map[string]any {
	t.Helper()
	found, err := storagetest.Leaves([]byte(everything))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(maps.Keys(found)), storagetest.Members(reflect.TypeFor[order.Content]()); !slices.Equal(got, want) {
		t.Fatalf("everything has the members %q, want all of %q: give it a value for each new one", got, want)
	}
	return found
}

func TestTheViewsShowEveryMemberOfAnOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "comanda.db")
	s, err := sqlite.Open(t.Context(), path, app.Tables(), sqlite.Options{Views: engine.Views()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	r, err := order.Encode(order.Place("ana", "one", content(t, everything), order.AcceptTotal, time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	if err := storage.Apply(t.Context(), s, storage.Commit{Writes: []storage.Write{{New: &r}}}); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	var shown []string
	for _, view := range []string{"orders", "order_items"} {
		shown = append(shown, rowOf(t, db, view)...)
	}
	for member, value := range leaves(t) {
		if !slices.Contains(shown, fmt.Sprint(value)) {
			t.Errorf("views: got %q, want %s, %v, in a column", shown, member, value)
		}
	}
}

// rowOf returns the one row of a view.
func rowOf(t *testing.T, db *sql.DB, view string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+view)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil || !rows.Next() {
		t.Fatalf("view %s: got no row, %v", view, err)
	}
	values := make([]any, len(columns))
	for i := range values {
		values[i] = new(any)
	}
	if err := rows.Scan(values...); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, v := range values {
		out = append(out, fmt.Sprint(*v.(*any)))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTheCommandLinePlacesAndShowsEveryMemberOfAnOrder(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	env := s.as(ana, anaPassword)
	placed, err := storagetest.Leaves([]byte(must(t, "", env, append([]string{"orders", "place", "--id", "one", "--json"}, flags...)...)))
	if err != nil {
		t.Fatal(err)
	}
	shown := must(t, "", env, "orders", "get", "one")
	for member, value := range leaves(t) {
		if placed[member] != value {
			t.Errorf("orders place: got %s %v, want %v: a flag has to give it", member, placed[member], value)
		}
		if !strings.Contains(shown, fmt.Sprint(value)) {
			t.Errorf("orders get: got %q, want %s, %v, in it", shown, member, value)
		}
	}
}
