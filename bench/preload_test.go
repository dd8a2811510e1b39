package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"comanda/app"
	"comanda/order"
	"comanda/sqlite"
)

func TestStoredOrdersAreSharedAndHaveTheContentOfTheBody(t *testing.T) {
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "comanda.db"), app.Tables(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	users := []string{"ana", "bob", "cem"}
	ids, err := fill(t.Context(), store, users, 60, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	service := order.NewService(store, order.AcceptTotal, nil)
	content, err := readContent(orderBody)
	if err != nil {
		t.Fatal(err)
	}
	for i, user := range users {
		checkOrdersOf(t, service, user, ids[i], content)
	}
}

func checkOrdersOf(t *testing.T, service *order.Service, user, id string, content order.Content) {
	t.Helper()
	page, err := service.List(context.Background(), user, order.Filter{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(page.Orders), 20; got != want {
		t.Errorf("orders of %s: got %d, want %d", user, got, want)
	}
	o, err := service.Get(context.Background(), user, id)
	if err != nil {
		t.Fatal(err)
	}
	if !o.Same(content) {
		t.Errorf("order %s of %s: got %+v, want the content of order.json", id, user, o.Content)
	}
}

func TestTheBodyIsTheWorkshopsOrder(t *testing.T) {
	var body struct {
		OrderID string `json:"orderId"`
	}
	if err := json.Unmarshal(orderBody, &body); err != nil {
		t.Fatal(err)
	}
	if got, want := body.OrderID, "ORDER_ID"; got != want {
		t.Errorf("orderId: got %s, want %s, which load.lua replaces", got, want)
	}
	c, err := readContent(orderBody)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(c.Items), 2; got != want {
		t.Errorf("items: got %d, want %d", got, want)
	}
	sum, err := c.Subtotal()
	if err != nil || sum != c.Total {
		t.Errorf("total: got %v, want the sum of the items, %v (%v)", c.Total, sum, err)
	}
}

func TestTargetsNameTheOrdersOfCustomersWithAToken(t *testing.T) {
	const owners, rounds = 300, 400
	ids := make([]string, owners*rounds)
	for i := range ids {
		ids[i] = "order" + strconv.Itoa(i)
	}
	l := &lab{dir: t.TempDir()}
	f := &fixture{}
	if err := l.writeTargets(f, "large", ids, owners); err != nil {
		t.Fatal(err)
	}
	targets := read(t, f.targets)
	if n := len(targets); n < maxTargets/2 || n > maxTargets*2 {
		t.Errorf("targets: got %d, want about %d", n, maxTargets)
	}
	for _, target := range targets {
		number, path, _ := strings.Cut(target, " ")
		token, err := strconv.Atoi(number)
		if err != nil || token < 1 || token > customers {
			t.Fatalf("%s: names no token of 1 to %d", target, customers)
		}
		i, err := strconv.Atoi(strings.TrimPrefix(path, "/orders/order"))
		if err != nil || i%owners != token-1 {
			t.Fatalf("%s: the order is %d's", target, i%owners+1)
		}
	}
	if got, want := len(read(t, f.latest)), customers; got != want {
		t.Errorf("lists: got %d, want %d", got, want)
	}
}

func read(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}
