package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

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
			&cli.BoolFlag{Name: "json", Usage: "print the answer as JSON"},
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
			return p.oneOrder(ctx, c, "get the order", func(id string) (request, error) {
				return request{method: http.MethodGet, path: orderPath(id)}, nil
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
			return p.oneOrder(ctx, c, "edit the order", func(id string) (request, error) {
				body, err := p.readFile(c.String("file"))
				return request{method: http.MethodPut, path: orderPath(id), header: ifVersion(c), body: body}, err
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
			return p.oneOrder(ctx, c, "cancel the order", func(id string) (request, error) {
				return request{method: http.MethodDelete, path: orderPath(id), header: ifVersion(c)}, nil
			})
		},
	}
}

func ifVersion(c *cli.Command) map[string]string {
	if !c.IsSet("if-version") {
		return nil
	}
	return map[string]string{"If-Match": `"` + strconv.Itoa(c.Int("if-version")) + `"`}
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
			body, err := stepBody(c, args[1])
			if err != nil {
				return err
			}
			path := "/users/" + url.PathEscape(c.String("user")) + orderPath(args[0]) + "/status"
			return p.call(ctx, c, "change the order's status", request{method: http.MethodPut, path: path, header: ifVersion(c), body: body})
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

// orderPage is an answer of GET /orders.
type orderPage struct {
	Orders    []json.RawMessage `json:"orders"`
	NextToken string            `json:"nextToken,omitempty"`
}

func (p program) list(ctx context.Context, c *cli.Command) error {
	if _, err := arguments(c, 0, ""); err != nil {
		return err
	}
	api, err := newClient(ctx, c)
	if err != nil {
		return err
	}
	query := url.Values{}
	for flag, parameter := range map[string]string{"status": "status", "from": "from", "to": "to", "limit": "limit", "next-token": "nextToken"} {
		if v := c.String(flag); v != "" {
			query.Set(parameter, v)
		}
	}
	page, err := api.pages(ctx, query, c.Bool("all"))
	if err != nil {
		return fmt.Errorf("list orders: %w", err)
	}
	return p.showPage(c, page)
}

// pages returns one page, or all of them from there on as one.
func (c *client) pages(ctx context.Context, query url.Values, all bool) (orderPage, error) {
	collected := orderPage{Orders: []json.RawMessage{}}
	for {
		body, err := c.do(ctx, request{method: http.MethodGet, path: orderPath("") + "?" + query.Encode()})
		if err != nil {
			return orderPage{}, err
		}
		var page orderPage
		if err := decode(body, &page); err != nil {
			return orderPage{}, err
		}
		collected.Orders = append(collected.Orders, page.Orders...)
		if !all || page.NextToken == "" {
			collected.NextToken = page.NextToken
			return collected, nil
		}
		query.Set("nextToken", page.NextToken)
	}
}

func (p program) showPage(c *cli.Command, page orderPage) error {
	if c.Bool("json") {
		text, err := json.Marshal(page)
		if err != nil {
			return err
		}
		return p.print(string(text) + "\n")
	}
	text, err := ordersText(page.Orders)
	if err != nil {
		return err
	}
	if page.NextToken != "" {
		p.note("there may be more: --all shows every page")
	}
	return p.print(text)
}

// oneOrder does what a command about one order asks for, and shows the order.
func (p program) oneOrder(ctx context.Context, c *cli.Command, what string, make func(id string) (request, error)) error {
	args, err := arguments(c, 1, "the id of an order")
	if err != nil {
		return err
	}
	q, err := make(args[0])
	if err != nil {
		return err
	}
	return p.call(ctx, c, what, q)
}

// call sends a request that is answered with an order, and shows the order.
func (p program) call(ctx context.Context, c *cli.Command, what string, q request) error {
	api, err := newClient(ctx, c)
	if err != nil {
		return err
	}
	body, err := api.do(ctx, q)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	p.noteIgnored(api)
	return p.showOrder(c, body)
}

// noteIgnored says which fields of a body the server has skipped.
func (p program) noteIgnored(api *client) {
	if api.ignored != "" {
		p.note("the server doesn't know, and skipped: %s", api.ignored)
	}
}

func (p program) showOrder(c *cli.Command, body []byte) error {
	if c.Bool("json") {
		return p.print(string(body) + "\n")
	}
	text, err := orderText(body)
	if err != nil {
		return err
	}
	return p.print(text)
}
