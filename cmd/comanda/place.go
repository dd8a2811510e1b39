package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"comanda/order"

	"github.com/google/uuid"
	"github.com/urfave/cli/v3"
)

// example is an order to begin with.
const example = `{"restaurantId":1,"orderItems":[{"id":1,"name":"Spaghetti","price":9.99,"quantity":1},` +
	`{"id":2,"name":"Pizza - SMALL","price":4.99,"quantity":2}],"totalAmount":19.97}`

const placeDescription = `Places an order from a JSON file, from flags, or an example. The request has an
idempotency key, so that it can be repeated without a second order: give the
same --key or --id again after a failure.

   comanda orders place --example
   comanda orders place --file order.json
   comanda orders place --restaurant 1 --item '1,Spaghetti,9.99' --item '2,Pizza - SMALL,4.99,2' --note 'no onions'

Without --total the sum of the items is sent.` + codesLine

func fileFlag(required bool) cli.Flag {
	return &cli.StringFlag{Name: "file", Usage: "`FILE` with the order as JSON, - for standard input", Required: required, TakesFile: true}
}

func (p program) ordersPlace() *cli.Command {
	return &cli.Command{
		Name: "place", Usage: "place an order", Description: placeDescription,
		Flags: []cli.Flag{
			fileFlag(false),
			&cli.BoolFlag{Name: "example", Usage: "place an example, and show the curl command that does the same"},
			&cli.StringFlag{Name: "restaurant", Usage: "`ID` of the restaurant"},
			&cli.StringSliceFlag{Name: "item", Usage: "an item, as `ID,NAME,PRICE[,QUANTITY]`; repeatable"},
			&cli.StringFlag{Name: "total", Usage: "`AMOUNT` of the order"},
			&cli.StringFlag{Name: "note", Usage: "`TEXT` for the kitchen"},
			&cli.StringFlag{Name: "address", Usage: "where to deliver, as `TEXT`"},
			&cli.StringFlag{Name: "id", Usage: "`ID` of the order, unique among yours; the server makes one otherwise"},
			&cli.StringFlag{Name: "key", Usage: "idempotency `KEY`, random otherwise"},
		},
		Action: p.place,
	}
}

func (p program) place(ctx context.Context, c *cli.Command) error {
	if _, err := arguments(c, 0, ""); err != nil {
		return err
	}
	body, err := p.placement(c)
	if err != nil {
		return err
	}
	key := c.String("key")
	if key == "" {
		key = uuid.NewString()
	}
	api, err := newClient(ctx, c)
	if err != nil {
		return err
	}
	q := request{
		method: http.MethodPost, path: orderPath(""), body: body,
		header: map[string]string{"Content-Type": "application/json", "Idempotency-Key": key},
	}
	answer, err := api.do(ctx, q)
	if err != nil {
		return fmt.Errorf("place the order: %w", err)
	}
	p.noteIgnored(api)
	if c.Bool("example") {
		// On standard error, so that --json leaves nothing but JSON on the other.
		_, _ = io.WriteString(p.err, "The same with curl, which repeats the answer and places nothing twice:\n\n"+curl(api.base, q)+"\n\n")
	}
	return p.showOrder(c, answer)
}

// curl returns the command that sends a placement, to be pasted where
// COMANDA_TOKEN is set.
func curl(base string, q request) string {
	return "curl -sS -X " + q.method + " " + quote(base+q.path) + ` -H "Authorization: $COMANDA_TOKEN"` +
		" -H " + quote("Content-Type: "+q.header["Content-Type"]) +
		" -H " + quote("Idempotency-Key: "+q.header["Idempotency-Key"]) +
		" -d " + quote(string(q.body))
}

// placement returns the body of the request from the one source that was given.
func (p program) placement(c *cli.Command) ([]byte, error) {
	sources := 0
	for _, given := range []bool{c.IsSet("file"), c.Bool("example"), c.IsSet("item")} {
		if given {
			sources++
		}
	}
	for _, name := range []string{"restaurant", "total", "note", "address", "id"} {
		if c.IsSet(name) && !c.IsSet("item") {
			return nil, usage("--%s: goes with --item only: give an --item, or put it into the file", name)
		}
	}
	switch {
	case sources != 1:
		return nil, usage("place the order: give one of --file, --example, or --restaurant with --item")
	case c.IsSet("file"):
		return p.readFile(c.String("file"))
	case c.Bool("example"):
		return []byte(example), nil
	}
	return flagBody(c)
}

// orderBody is a placement made from flags.
type orderBody struct {
	OrderID    string          `json:"orderId,omitempty"`
	Restaurant json.RawMessage `json:"restaurantId"`
	Items      []itemBody      `json:"orderItems"`
	Total      json.RawMessage `json:"totalAmount"`
	Note       string          `json:"note,omitempty"`
	Address    string          `json:"deliveryAddress,omitempty"`
}

type itemBody struct {
	ID       json.RawMessage `json:"id"`
	Name     string          `json:"name"`
	Price    json.RawMessage `json:"price"`
	Quantity json.RawMessage `json:"quantity,omitempty"`
}

func flagBody(c *cli.Command) ([]byte, error) {
	body := orderBody{OrderID: c.String("id"), Note: c.String("note"), Address: c.String("address")}
	var errs []error
	var sum order.Money
	for _, text := range c.StringSlice("item") {
		item, line, err := parseItem(text)
		if err == nil {
			sum, err = sum.Plus(line)
		}
		errs = append(errs, err)
		body.Items = append(body.Items, item)
	}
	if c.String("restaurant") == "" {
		errs = append(errs, usage("--restaurant: give the id of the restaurant"))
	}
	body.Restaurant = idValue(c.String("restaurant"))
	if total := c.String("total"); total != "" {
		var err error
		sum, err = order.ParseMoney(total)
		if err != nil {
			errs = append(errs, usage("--total %q %w: give an amount such as 19.97", total, err))
		}
	}
	body.Total = json.RawMessage(sum.String())
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return json.Marshal(body)
}

// parseItem reads ID,NAME,PRICE[,QUANTITY], and returns the item with its price
// times its quantity. A name can have commas when a quantity follows.
func parseItem(text string) (itemBody, order.Money, error) {
	bad := func(why string) (itemBody, order.Money, error) {
		return itemBody{}, 0, usage("--item %q: %s: write ID,NAME,PRICE or ID,NAME,PRICE,QUANTITY", text, why)
	}
	parts := strings.Split(text, ",")
	n := len(parts)
	if n < 3 {
		return bad("has less than three parts")
	}
	quantity := "1"
	if n > 3 {
		n--
		quantity = strings.TrimSpace(parts[n])
	}
	price, err := order.ParseMoney(strings.TrimSpace(parts[n-1]))
	if err != nil {
		return bad("the price " + err.Error())
	}
	count, err := order.ParseMoney(quantity)
	if err != nil || count%order.Unit != 0 {
		return bad("the quantity is not a whole number")
	}
	line, err := price.Times(int(count / order.Unit))
	if err != nil {
		return bad("the price times the quantity " + err.Error())
	}
	return itemBody{
		ID: idValue(strings.TrimSpace(parts[0])), Name: strings.Join(parts[1:n-1], ","),
		Price: json.RawMessage(price.String()), Quantity: json.RawMessage((count / order.Unit * order.Unit).String()),
	}, line, nil
}

// idValue spells an id as a JSON number if it can be one, else as a string.
func idValue(text string) json.RawMessage {
	if _, err := order.ParseID(text, true); err == nil && (text == "0" || !strings.HasPrefix(strings.TrimPrefix(text, "-"), "0")) {
		return json.RawMessage(text)
	}
	quoted, err := json.Marshal(text)
	if err != nil { // a string always has a JSON form
		return json.RawMessage(`""`)
	}
	return quoted
}

// stepBody returns the body of a change of status.
func stepBody(c *cli.Command, status string) ([]byte, error) {
	type courier struct {
		ID   json.RawMessage `json:"id"`
		Name string          `json:"name"`
	}
	step := struct {
		Status   string   `json:"status"`
		Delivery *courier `json:"delivery,omitempty"`
		Reason   string   `json:"reason,omitempty"`
	}{Status: status, Reason: c.String("reason")}
	if text := c.String("courier"); text != "" {
		id, name, found := strings.Cut(text, ",")
		if !found {
			return nil, usage("--courier %q: write ID,NAME", text)
		}
		step.Delivery = &courier{idValue(strings.TrimSpace(id)), strings.TrimSpace(name)}
	}
	return json.Marshal(step)
}

// maxFile is a little more than a server reads of a body, in bytes: what is
// longer gets the server's own refusal.
const maxFile = 1 << 20

// readFile returns a file's content, or that of standard input for -.
func (p program) readFile(name string) ([]byte, error) {
	f := p.in
	if name != "-" {
		opened, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("--file: %w", err)
		}
		defer opened.Close() //nolint:errcheck // it was only read
		f = opened
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, fmt.Errorf("--file: %w", err)
	}
	return data, nil
}
