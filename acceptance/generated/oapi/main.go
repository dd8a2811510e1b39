// Program oapi places and reads orders with the client that oapi-codegen makes.
package main

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"

	"oapi/api"
)

func main() {
	ctx := context.Background()
	c, err := api.NewClientWithResponses(os.Getenv("COMANDA_URL"), api.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", os.Getenv("ID_TOKEN"))
		return nil
	}))
	check(err)
	place(ctx, c, "oapi-largest", 99999999.9999)
	place(ctx, c, "oapi", 1234567.89)
	largest, o, limit := read(ctx, c, "oapi-largest"), read(ctx, c, "oapi"), int32(1)
	listed, err := c.ListOrdersWithResponse(ctx, &api.ListOrdersParams{Limit: &limit})
	check(err)
	fmt.Println("restaurant", id(o.RestaurantId), "items", id(o.OrderItems[0].Id), id(o.OrderItems[1].Id), "courier", id(o.Delivery.Id),
		"prices", decimal(o.OrderItems[0].Price), decimal(o.OrderItems[1].Price), "total", decimal(o.TotalAmount),
		"largest", decimal(largest.TotalAmount), "listed", len(listed.JSON200.Orders))
}

func place(ctx context.Context, c *api.ClientWithResponses, name string, total float64) {
	quantity := int32(2)
	answer, err := c.PlaceOrderWithResponse(ctx, nil, api.Placement{
		OrderId: &name, RestaurantId: number(999999999999999), TotalAmount: total,
		Delivery: &api.Courier{Id: text("999999999999999"), Name: "Luca"},
		OrderItems: []api.Item{
			{Id: number(-999999999999999), Name: "Banquet", Price: 617283.945, Quantity: &quantity},
			{Id: text(strings.Repeat("9", 64)), Name: "Wine", Price: 999999.9999},
		},
	})
	check(err)
	if answer.JSON200 == nil {
		log.Fatalf("%s: %s", answer.Status(), answer.Body)
	}
}

func read(ctx context.Context, c *api.ClientWithResponses, name string) api.Order {
	answer, err := c.GetOrderWithResponse(ctx, name, nil)
	check(err)
	if answer.JSON200 == nil {
		log.Fatalf("%s: %s", answer.Status(), answer.Body)
	}
	return *answer.JSON200
}

func number(n int64) (id api.Id) {
	check(id.FromNumberId(n))
	return id
}

func text(s string) (id api.Id) {
	check(id.FromTextId(s))
	return id
}

func id(v api.Id) string {
	raw, err := v.MarshalJSON()
	check(err)
	if bytes.HasPrefix(raw, []byte(`"`)) {
		s, err := v.AsTextId()
		check(err)
		return "text:" + s
	}
	n, err := v.AsNumberId()
	check(err)
	return "number:" + strconv.FormatInt(n, 10)
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
