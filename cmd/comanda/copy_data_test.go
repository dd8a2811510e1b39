package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"comanda/app"
	"comanda/engine"
	"comanda/order"
	"comanda/storage"
	"comanda/user"

	"golang.org/x/sync/errgroup"
)

// anybodys is a rule under which staff may change every order.
func anybodys(string) bool { return true }

// furnish puts n orders of all shapes into a stopped server's directory, and
// profiles of their customers, one of them deleted.
func furnish(t *testing.T, data string, n int) {
	t.Helper()
	s, err := engine.Directory(data).Open(t.Context(), app.Tables(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	const customers = 40
	g, ctx := errgroup.WithContext(t.Context())
	g.SetLimit(400)
	orders, profiles := order.NewService(s.Store, order.AcceptTotal, time.Now), user.NewService(s.Store, time.Now)
	for i := range customers {
		g.Go(func() error {
			id := fmt.Sprint("customer-", i)
			_, _, err := profiles.Create(ctx, "admin", user.Creation{ID: id, Content: user.Content{
				Name: "Ñandú " + id, Username: id, Email: id + "@example.com", Address: "1 \"Main\" St\u2028",
			}}, "")
			if err == nil && i == 0 {
				err = profiles.Delete(ctx, id, nil)
			}
			return err
		})
	}
	for i := range n {
		g.Go(func() error {
			customer := fmt.Sprint("customer-", i%customers)
			if i%8 == 0 {
				customer = fmt.Sprintf("0195f0a1-7c3e-7000-8000-%012d", i%customers) // as a user pool's subs are
			}
			return place(ctx, s.Store, orders, customer, i)
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

// place stores order number i, of one of ten shapes.
func place(ctx context.Context, s storage.Store, orders *order.Service, customer string, i int) error {
	id := fmt.Sprintf("o-%06d", i)
	step := func(status order.Status, courier *order.Courier) error {
		_, err := orders.Advance(ctx, "staff-1", customer, id, order.Step{Status: status, Delivery: courier}, nil, anybodys)
		return err
	}
	content := contentOf(i)
	if i%10 == 6 {
		return placeForeign(ctx, s, customer, id, i)
	}
	if _, _, err := orders.Place(ctx, customer, order.Placement{OrderID: id, Content: content}, "POST /orders", ""); err != nil {
		return err
	}
	var err error
	switch i % 10 {
	case 1:
		content.Note, content.Total = "edited", content.Total+order.Unit
		_, err = orders.Edit(ctx, customer, id, content, nil)
	case 2:
		_, err = orders.Cancel(ctx, customer, id, nil)
	case 3:
		err = errors.Join(step(order.Acknowledged, nil), step(order.Dispatched, &order.Courier{ID: content.Restaurant, Name: "Luís"}))
	}
	return err
}

// contentOf returns what order number i is for.
func contentOf(i int) order.Content {
	parse := func(text string, number bool) order.ID {
		id, err := order.ParseID(text, number)
		if err != nil {
			panic(err)
		}
		return id
	}
	c := order.Content{Restaurant: parse(fmt.Sprint(1+i%5), true), Total: order.Money(i) * 100}
	item := order.Item{ID: parse("1", i%2 == 0), Name: "Soup", Price: order.Money(99_900), Quantity: 2}
	switch i % 10 {
	case 4:
		c.Restaurant, item.Name, c.Note = parse("M-3", false), "烏龍茶 🍵", "\t\"quoted\" \\ \u0001"
	case 5: // the ends of what is allowed
		c.Restaurant, item.ID, item.Price, c.Total = parse("100000000000000", true), parse("999999999999999", true), 1, 100_000_000*order.Unit
	case 7:
		for n := range 29 {
			c.Items = append(c.Items, order.Item{ID: parse(fmt.Sprint(n+2), true), Name: strings.Repeat("x", 1+n), Price: order.Money(n) * 1_000, Quantity: 1 + n})
		}
	case 9:
		c.Address, c.Delivery = strings.Repeat("ß", 500), &order.Courier{ID: parse("7", true), Name: "Ana"}
	}
	c.Items = append(c.Items, item)
	return c
}

// foreignOrder is an order as the workshop's functions store it, with more in it.
const foreignOrder = `{"orderId":%q,"userId":%q,"restaurantId":1,"totalAmount":19.970,"orderItems":[` +
	`{"id":1,"name":"Lentil soup","price":9.99,"quantity":1},{"id":2,"name":"Flat bread","price":4.9900}],` +
	`"status":"PLACED","orderTime":"2026-03-14T12:%02d:00Z","odd":{"numbers":[1.50,1e2,1E-20,-0.0,100000000000000000000,` +
	`12345678901234567890123456789012345678,0.00000000000000000001],"_":{"":null,"__":[[],{}]},"unicode":"\u00e9\u2028"}}`

func placeForeign(ctx context.Context, s storage.Store, customer, id string, i int) error {
	k := storage.Key{Table: order.TableName, Partition: customer, Sort: id}
	doc := fmt.Appendf(nil, foreignOrder, id, customer, i%60)
	return s.Commit(ctx, storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{
		{New: &storage.Record{Key: k, Doc: doc, Index: order.IndexOf(k, doc)}},
	}})
}
