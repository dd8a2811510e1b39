package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"comanda/client"
	"comanda/order"
	"comanda/terminal"

	ours "github.com/go-json-experiment/json"
	"github.com/urfave/cli/v3"
)

const ordersDescription = `Places, shows and changes orders over the public API of a server, as the user
whose ID token is in COMANDA_TOKEN or in the file --token-file names.

   export COMANDA_TOKEN="$(comanda token --username ana)"
   comanda orders place --example
   comanda orders list --status PLACED
   comanda orders cancel 0199f3a0-5c1e-7c4e-9a51-6f1f9a2f6d11

Tables are for people; --json prints the server's answer for programs.

Exit codes: 0 done, 1 failed or refused, 2 wrong usage.`

const codesLine = "\n\nExit codes: 0 done, 1 failed or refused, 2 wrong usage."

func (p program) ordersCommand() *cli.Command {
	return &cli.Command{
		Name: "orders", Usage: "place, show, edit and cancel orders", Description: ordersDescription,
		Flags: []cli.Flag{
			dataFlag(), urlFlag(),
			tokenFileFlag(),
		},
		Commands: []*cli.Command{
			p.ordersPlace(), p.ordersGet(), p.ordersList(), p.ordersEdit(), p.ordersCancel(), p.ordersStatus(),
		},
	}
}

func versionFlag() cli.Flag {
	return &cli.IntFlag{Name: "if-version", Usage: "change the order only if this is its version `N`"}
}

func (p program) ordersGet() *cli.Command {
	return &cli.Command{
		Name: "get", Usage: "show an order", ArgsUsage: "ORDER", Description: "   comanda orders get 0199f3a0-5c1e-7c4e-9a51-6f1f9a2f6d11" + codesLine,
		Action: func(ctx context.Context, c *cli.Command) error {
			return p.oneOrder(ctx, c, "get the order", func(api *client.Client, id string) (client.Order, error) {
				return api.Order(ctx, id)
			})
		},
	}
}

func (p program) ordersEdit() *cli.Command {
	return &cli.Command{
		Name: "edit", Usage: "replace the content of an order that is still PLACED", ArgsUsage: "ORDER",
		Description: "The file holds the whole new content as JSON; - is standard input.\n\n" +
			"   comanda orders edit 0199f3a0-5c1e-7c4e-9a51-6f1f9a2f6d11 --file order.json" + codesLine,
		Flags: []cli.Flag{fileFlag(true), versionFlag()},
		Action: func(ctx context.Context, c *cli.Command) error {
			return p.changeOrder(ctx, c, "edit the order", func(api *client.Client, id string, version int) (client.Order, error) {
				body, err := p.readFile(c.String("file"))
				if err != nil {
					return client.Order{}, err
				}
				r := client.Request{Method: http.MethodPut, Path: "/orders/" + url.PathEscape(id), Body: body}
				if version != client.AnyVersion {
					r.Header = http.Header{"If-Match": {client.Order{Version: version}.ETag()}}
				}
				return p.asWritten(ctx, api, r)
			})
		},
	}
}

func (p program) ordersCancel() *cli.Command {
	return &cli.Command{
		Name: "cancel", Usage: "cancel an order that is PLACED and younger than 10 minutes", ArgsUsage: "ORDER",
		Description: "   comanda orders cancel 0199f3a0-5c1e-7c4e-9a51-6f1f9a2f6d11" + codesLine,
		Flags:       []cli.Flag{versionFlag()},
		Action: func(ctx context.Context, c *cli.Command) error {
			return p.changeOrder(ctx, c, "cancel the order", func(api *client.Client, id string, version int) (client.Order, error) {
				return api.Cancel(ctx, id, version)
			})
		},
	}
}

// versionOf returns the version that --if-version insists on.
func versionOf(c *cli.Command) (int, error) {
	if !c.IsSet("if-version") {
		return client.AnyVersion, nil
	}
	n := c.Int("if-version")
	if n < 1 {
		return 0, usage("--if-version %d: versions begin with 1", n)
	}
	return n, nil
}

func (p program) ordersStatus() *cli.Command {
	return &cli.Command{
		Name: "status", Usage: "take a step with a customer's order, as staff", ArgsUsage: "ORDER STATUS",
		Description: "STATUS is ACKNOWLEDGED, DISPATCHED, DELIVERED or CANCELED.\n\n" +
			"   comanda orders status --user 8c1b… 0199f3a0-… ACKNOWLEDGED\n" +
			"   comanda orders status --user 8c1b… 0199f3a0-… DISPATCHED --courier 7,Ivy\n" +
			"   comanda orders status --user 8c1b… 0199f3a0-… CANCELED --reason 'sold out'" + codesLine,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "user", Usage: "`ID` of the customer", Required: true},
			&cli.StringFlag{Name: "courier", Usage: "who delivers, as `ID,NAME`; with DISPATCHED only"},
			&cli.StringFlag{Name: "reason", Usage: "`TEXT` for the history"},
			versionFlag(),
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			args, err := arguments(c, 2, "an order and a status")
			if err != nil {
				return err
			}
			step, err := stepOf(c, args[1])
			if err != nil {
				return err
			}
			version, err := versionOf(c)
			if err != nil {
				return err
			}
			return p.call(ctx, c, "change the order's status", func(api *client.Client) (client.Order, error) {
				return api.SetStatus(ctx, c.String("user"), args[0], step, version)
			})
		},
	}
}

func (p program) ordersList() *cli.Command {
	return &cli.Command{
		Name: "list", Usage: "list your orders, newest first",
		Description: "Times are RFC 3339, or dates in the server's time zone. --from is inclusive, --to isn't.\n\n" +
			"   comanda orders list\n   comanda orders list --status PLACED --from 2026-01-31 --limit 10\n   comanda orders list --all --json" + codesLine,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "status", Usage: "only orders in this `STATUS`"},
			&cli.StringFlag{Name: "from", Usage: "only orders placed at this `TIME` or later"},
			&cli.StringFlag{Name: "to", Usage: "only orders placed before this `TIME`"},
			&cli.StringFlag{Name: "limit", Usage: "the most orders of a page, `N`, 1 to 100"},
			&cli.StringFlag{Name: "next-token", Usage: "go on after the page that gave this `TOKEN`"},
			&cli.BoolFlag{Name: "all", Usage: "every page"},
		},
		Action: p.list,
	}
}

func (p program) list(ctx context.Context, c *cli.Command) error {
	if _, err := arguments(c, 0, ""); err != nil {
		return err
	}
	limit, err := countOf(c, "limit")
	if err != nil {
		return err
	}
	api, err := newClient(ctx, c)
	if err != nil {
		return err
	}
	page, err := pageOf(ctx, api, client.Filter{
		Status: order.Status(c.String("status")), From: client.When(c.String("from")), To: client.When(c.String("to")),
		Limit: limit, NextToken: c.String("next-token"),
	}, c.Bool("all"))
	if err != nil {
		return fmt.Errorf("list orders: %w", inWords(api, err))
	}
	return p.showPage(ctx, api, page)
}

// countOf returns the number that a flag gives, 0 if it isn't given.
func countOf(c *cli.Command, flag string) (int, error) {
	text := c.String(flag)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, usage("--%s %q: must be a whole number from 1 to 100", flag, text)
	}
	return n, nil
}

// pageOf returns one page, or all of them from there on as one.
func pageOf(ctx context.Context, api *client.Client, f client.Filter, all bool) (client.OrderPage, error) {
	if !all {
		return api.Orders(ctx, f)
	}
	var page client.OrderPage
	for o, err := range api.AllOrders(ctx, f) {
		if err != nil {
			return page, err
		}
		page.Orders = append(page.Orders, o)
	}
	return page, nil
}

// showPage prints a page: as the server sent its orders, or as a table.
func (p program) showPage(ctx context.Context, api *client.Client, page client.OrderPage) error {
	if *p.JSON {
		out := shownPage{Orders: []json.RawMessage{}, NextToken: page.NextToken}
		for _, o := range page.Orders {
			out.Orders = append(out.Orders, json.RawMessage(o.JSON()))
		}
		return p.Result(out, "")
	}
	if page.NextToken != "" {
		p.Note("there may be more: --all shows every page")
	}
	l := p.List(p.clockAt(ctx, api), "ORDER", "STATUS", "RESTAURANT", "ITEMS", "TOTAL", terminal.When("PLACED"))
	for _, o := range page.Orders {
		if err := l.Add(nil, o.OrderID, o.Status, o.Restaurant, len(o.Items), o.Total, o.OrderTime); err != nil {
			return err
		}
	}
	return l.End("no orders")
}

// shownPage is a page with its orders as the server sent them.
type shownPage struct {
	Orders    []json.RawMessage `json:"orders"`
	NextToken string            `json:"nextToken,omitempty"`
}

// oneOrder does what a command about one order asks for, and shows the order.
func (p program) oneOrder(ctx context.Context, c *cli.Command, what string, do func(api *client.Client, id string) (client.Order, error)) error {
	args, err := arguments(c, 1, "the id of an order")
	if err != nil {
		return err
	}
	return p.call(ctx, c, what, func(api *client.Client) (client.Order, error) { return do(api, args[0]) })
}

// changeOrder is oneOrder for a change of a version.
func (p program) changeOrder(ctx context.Context, c *cli.Command, what string, do func(api *client.Client, id string, version int) (client.Order, error)) error {
	version, err := versionOf(c)
	if err != nil {
		return err
	}
	return p.oneOrder(ctx, c, what, func(api *client.Client, id string) (client.Order, error) { return do(api, id, version) })
}

// call does what is answered with an order, and shows the order.
func (p program) call(ctx context.Context, c *cli.Command, what string, do func(*client.Client) (client.Order, error)) error {
	api, err := newClient(ctx, c)
	if err != nil {
		return err
	}
	o, err := do(api)
	if err != nil {
		return fmt.Errorf("%s: %w", what, inWords(api, err))
	}
	return p.showOrder(ctx, api, o)
}

// asWritten sends a body as it was written, which is the server's to judge, and
// returns the order in the answer. It says what the server has skipped.
func (p program) asWritten(ctx context.Context, api *client.Client, r client.Request) (o client.Order, err error) {
	a, err := api.Do(ctx, r)
	if err != nil {
		return o, err
	}
	if skipped := a.Header.Get("Comanda-Ignored"); skipped != "" {
		p.Note("the server doesn't know, and skipped: %s", skipped)
	}
	return o, ours.Unmarshal(a.Body, &o)
}

// showOrder prints one order in full.
func (p program) showOrder(ctx context.Context, api *client.Client, o client.Order) error {
	if *p.JSON {
		return p.Result(json.RawMessage(o.JSON()), "")
	}
	return p.Print(orderText(o, p.clockAt(ctx, api)))
}

func orderText(o client.Order, zone *time.Location) string {
	t := terminal.NewTable()
	t.Row("Order", o.OrderID)
	t.Row("Status", o.Status)
	t.Row("Restaurant", o.Restaurant)
	for i, item := range o.Items {
		label := "Items"
		if i > 0 {
			label = ""
		}
		t.Row(label, fmt.Sprintf("%d x %s (%v) at %s", item.Quantity, item.Name, item.ID, item.Price))
	}
	t.Row("Total", o.Total)
	if o.Delivery != nil {
		t.Row("Courier", fmt.Sprintf("%s (%v)", o.Delivery.Name, o.Delivery.ID))
	}
	t.Optional("Note", o.Note)
	t.Optional("Address", o.Address)
	t.Row("Placed", fmt.Sprintf("%s (%s)", terminal.InZone(o.OrderTime, zone), zone))
	t.Row("Changed", fmt.Sprintf("%s, version %d", terminal.InZone(o.UpdatedAt, zone), o.Version))
	for _, h := range o.History {
		t.Row(h.Status, strings.TrimRight(terminal.InZone(h.At, zone)+" by "+h.By+" "+h.Reason, " "))
	}
	return t.String()
}
