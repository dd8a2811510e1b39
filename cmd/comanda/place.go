package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"comanda/client"
	"comanda/order"

	"github.com/go-json-experiment/json"
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
			&cli.StringSliceFlag{Name: "item", Usage: "an item, as `ID,NAME,PRICE[,QUANTITY]`, the price with a point; 3,x2 is two at 3; repeatable"},
			&cli.StringFlag{Name: "total", Usage: "`AMOUNT` of the order"},
			&cli.StringFlag{Name: "courier", Usage: "who delivers, as `ID,NAME`"},
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
	q := client.Request{
		Method: http.MethodPost, Path: "/orders", Body: body, Repeatable: true,
		Header: http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {key}},
	}
	o, err := p.asWritten(ctx, api, q)
	if err != nil {
		return fmt.Errorf("place the order: %w", inWords(api, err))
	}
	if c.Bool("example") {
		p.Hint("The same with curl, which repeats the answer and places nothing twice:\n\n%s\n\n", curl(api.URL(), q))
	}
	return p.showOrder(ctx, api, o)
}

// curl returns the command that sends a placement, to be pasted where
// COMANDA_TOKEN is set.
func curl(base string, q client.Request) string {
	return "curl -sS -X " + q.Method + " " + quote(base+q.Path) + ` -H "Authorization: $COMANDA_TOKEN"` +
		" -H " + quote("Content-Type: "+q.Header.Get("Content-Type")) +
		" -H " + quote("Idempotency-Key: "+q.Header.Get("Idempotency-Key")) +
		" -d " + quote(string(q.Body))
}

// placement returns the body of the request from the one source that was given.
func (p program) placement(c *cli.Command) ([]byte, error) {
	sources := 0
	for _, given := range []bool{c.IsSet("file"), c.Bool("example"), c.IsSet("item")} {
		if given {
			sources++
		}
	}
	for _, name := range []string{"restaurant", "total", "courier", "note", "address", "id"} {
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
	OrderID string `json:"orderId,omitempty"`
	order.Content
}

func flagBody(c *cli.Command) ([]byte, error) {
	body := orderBody{OrderID: c.String("id"), Content: order.Content{Note: c.String("note"), Address: c.String("address")}}
	var errs []error
	for _, text := range c.StringSlice("item") {
		item, err := order.ParseItem(text)
		if err != nil {
			errs = append(errs, usage("--item %q: %w", text, err))
		}
		body.Items = append(body.Items, item)
	}
	var err error
	body.Restaurant, err = parseID("--restaurant", c.String("restaurant"))
	errs = append(errs, err)
	body.Delivery, err = parseCourier(c.String("courier"))
	errs = append(errs, err)
	body.Total, err = body.Subtotal()
	if total := c.String("total"); total != "" {
		if body.Total, err = order.ParseMoney(total); err != nil {
			err = usage("--total %q %w: give an amount such as 19.97", total, err)
		}
	}
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	return json.Marshal(&body)
}

// parseID reads an id for a flag.
func parseID(flag, text string) (order.ID, error) {
	id, err := order.ReadID(text)
	if err != nil {
		err = usage("%s: %w", flag, err)
	}
	return id, err
}

// parseCourier reads ID,NAME, or nothing.
func parseCourier(text string) (*order.Courier, error) {
	if text == "" {
		return nil, nil
	}
	id, name, found := strings.Cut(text, ",")
	if !found {
		return nil, usage("--courier %q: write ID,NAME", text)
	}
	parsed, err := parseID("--courier", strings.TrimSpace(id))
	return &order.Courier{ID: parsed, Name: strings.TrimSpace(name)}, err
}

// stepOf returns a change of status.
func stepOf(c *cli.Command, status string) (order.Step, error) {
	courier, err := parseCourier(c.String("courier"))
	return order.Step{Status: order.Status(status), Delivery: courier, Reason: c.String("reason")}, err
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
