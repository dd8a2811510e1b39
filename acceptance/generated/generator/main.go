// Program generator places and reads orders with the Go client that openapi-generator makes.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"

	"generator/openapi"
)

func main() {
	settings := openapi.NewConfiguration()
	settings.Servers = openapi.ServerConfigurations{{URL: os.Getenv("COMANDA_URL")}}
	c := openapi.NewAPIClient(settings).OrdersAPI
	ctx := context.WithValue(context.Background(), openapi.ContextAccessToken, os.Getenv("ID_TOKEN"))
	place(ctx, c, "generator-largest", 99999999.9999)
	place(ctx, c, "generator", 1234567.89)
	largest, o := read(ctx, c, "generator-largest"), read(ctx, c, "generator")
	listed, answer, err := c.ListOrders(ctx).Limit(1).Execute()
	check(answer, err)
	courier := o.GetDelivery()
	fmt.Println("restaurant", id(o.RestaurantId), "items", id(o.OrderItems[0].Id), id(o.OrderItems[1].Id), "courier", id(courier.Id),
		"prices", decimal(o.OrderItems[0].Price), decimal(o.OrderItems[1].Price), "total", decimal(o.TotalAmount),
		"largest", decimal(largest.TotalAmount), "listed", len(listed.Orders))
}

func place(ctx context.Context, c *openapi.OrdersAPIService, name string, total float64) {
	banquet := openapi.NewItem(number(-999999999999999), "Banquet", 617283.945)
	banquet.SetQuantity(2)
	wine := openapi.NewItem(text(strings.Repeat("9", 64)), "Wine", 999999.9999)
	p := openapi.NewPlacement([]openapi.Item{*banquet, *wine}, number(999999999999999), total)
	p.SetOrderId(name)
	p.SetDelivery(*openapi.NewCourier(text("999999999999999"), "Luca"))
	_, answer, err := c.PlaceOrder(ctx).Placement(*p).Execute()
	check(answer, err)
}

func read(ctx context.Context, c *openapi.OrdersAPIService, name string) *openapi.Order {
	o, answer, err := c.GetOrder(ctx, name).Execute()
	check(answer, err)
	return o
}

func number(n int64) openapi.Id { return openapi.Id{Int64: &n} }

func text(s string) openapi.Id { return openapi.Id{String: &s} }

func id(v openapi.Id) string {
	if v.Int64 != nil {
		return "number:" + strconv.FormatInt(*v.Int64, 10)
	}
	return "text:" + *v.String
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func check(answer *http.Response, err error) {
	if err == nil {
		return
	}
	if answer != nil {
		body, _ := io.ReadAll(answer.Body)
		log.Fatalf("%v: %s", err, body)
	}
	log.Fatal(err)
}
