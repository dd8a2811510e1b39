package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"comanda/client"
	"comanda/engine"
	"comanda/installation"
	"comanda/report"
	"comanda/terminal"

	ours "github.com/go-json-experiment/json"
	"github.com/urfave/cli/v3"
)

const reportsDescription = `Shows what orders add up to, and recounts it, over the API of a server, as the
administrator whose ID token is in COMANDA_TOKEN or in the file --token-file names.

   export COMANDA_TOKEN="$(comanda token --username admin)"
   comanda reports show
   comanda reports show --from 2026-01-01 --to 2026-02-01 --top 20
   comanda reports rebuild --verify

Tables are for people; --json prints the server's answer for programs.

Exit codes: 0 done, 1 failed, refused, or different from the orders, 2 wrong usage.`

func (p program) reportsCommand() *cli.Command {
	return &cli.Command{
		Name: "reports", Usage: "show and recount what orders add up to", Description: reportsDescription,
		Flags: []cli.Flag{
			dataFlag(), urlFlag(), tokenFileFlag(),
		},
		Commands: []*cli.Command{p.reportsShow(), p.reportsRebuild()},
	}
}

func (p program) reportsShow() *cli.Command {
	return &cli.Command{
		Name: "show", Usage: "show revenue, best-selling products and couriers",
		Description: "Of all time, or of business days in the server's zone. --to isn't included.\n\n" +
			"   comanda reports show\n   comanda reports show --from 2026-01-31 --top 3" + codesLine,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "from", Usage: "the first `DAY`"},
			&cli.StringFlag{Name: "to", Usage: "the `DAY` after the last one"},
			&cli.StringFlag{Name: "top", Usage: "the most entries of a ranking, `N`, 1 to 100"},
		},
		Action: p.showReport,
	}
}

func (p program) showReport(ctx context.Context, c *cli.Command) error {
	if _, err := arguments(c, 0, ""); err != nil {
		return err
	}
	top, err := countOf(c, "top")
	if err != nil {
		return err
	}
	api, err := newClient(ctx, c)
	if err != nil {
		return err
	}
	report, err := api.Monitor(ctx, client.ReportQuery{Top: top, From: client.When(c.String("from")), To: client.When(c.String("to"))})
	if err != nil {
		return fmt.Errorf("show the report: %w", inWords(api, err))
	}
	return p.Result(json.RawMessage(report.JSON()), "%s", reportText(report.Report))
}

// reportText returns a report as tables, with an empty line between them.
func reportText(r report.Report) string {
	whole := terminal.NewTable()
	if r.From != nil && r.To != nil {
		whole.Row("Days", *r.From+" to "+*r.To+", not included")
	}
	whole.Row("Revenue", strings.TrimSpace(r.Revenue.String()+" "+r.Currency))
	for _, status := range slices.Sorted(maps.Keys(r.Orders)) {
		whole.Row(status, r.Orders[status])
	}
	products := terminal.NewTable("PRODUCT", "ID", "UNITS", "REVENUE")
	for _, p := range r.TopProducts {
		products.Row(p.Name, p.RestaurantID.String()+"/"+p.ID.String(), p.Units, p.Revenue)
	}
	days := terminal.NewTable("DAY", "ORDERS", "REVENUE")
	for _, d := range r.Days {
		days.Row(d.Date, d.Orders, d.Revenue)
	}
	return fmt.Sprintf("%s\n%s\n%s\n%s\n%s", whole, products, courierTable("COURIER, BY UNITS", r.CouriersByUnits), courierTable("COURIER, BY REVENUE", r.CouriersByRevenue), days)
}

func courierTable(what string, couriers []report.Courier) terminal.Table {
	t := terminal.NewTable(what, "ID", "UNITS", "REVENUE")
	for _, c := range couriers {
		t.Row(c.Name, c.ID, c.Units, c.Revenue)
	}
	return t
}

const rebuildDescription = `Counts every order again and then replaces what was counted before; --verify only
compares, prints what differs, and fails if anything does. It takes about a minute for a
million orders.

On the embedded store both are exact while orders are placed and changed. On DynamoDB a
rebuild is refused, and changes nothing, if an order was changed within the two minutes before
it, or while it counts; --wait tries until it succeeds. Changes that wait in the stream or in
a function then count once. Don't copy orders in, or remove any, meanwhile. --verify
there is right if no order is changed and if those changed before have been counted.

On AWS no server is needed: --store works on the tables orders and reports themselves,
with the credentials that the AWS CLI would use.

   comanda reports rebuild --verify
   comanda reports rebuild
   comanda reports rebuild --store dynamodb:eu-west-1?prefix=comanda- --wait`

func (p program) reportsRebuild() *cli.Command {
	return &cli.Command{
		Name: "rebuild", Usage: "count all orders anew, or compare them with what was counted",
		Description: rebuildDescription + codesLine,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "verify", Usage: "only compare"},
			&cli.StringFlag{Name: "store", Usage: "work on the tables at `LOCATION`, as dynamodb:eu-west-1?prefix=shop-, and ask no server"},
			&cli.StringFlag{Name: "zone", Usage: "with --store: count the days of this time zone from now on, an IANA `NAME`"},
			&cli.BoolFlag{Name: "wait", Usage: "with --store: wait until no order is being changed"},
		},
		Action: p.rebuildReports,
	}
}

func (p program) rebuildReports(ctx context.Context, c *cli.Command) error {
	if _, err := arguments(c, 0, ""); err != nil {
		return err
	}
	recount, what := recountOfServer, "rebuild the reports"
	if c.Bool("verify") {
		what = "verify the reports"
	}
	switch {
	case c.Bool("verify") && (c.Bool("wait") || c.String("zone") != ""):
		return usage("%s: --wait and --zone are for a rebuild: --verify changes nothing", said(c))
	case c.String("store") != "":
		recount = p.recountOfStore
	case c.Bool("wait") || c.String("zone") != "":
		return usage("%s: --wait and --zone need --store: a server has its own zone", said(c))
	}
	var r client.Recount
	err := p.interruptible(ctx, "the rebuild can be repeated", func(ctx context.Context) (err error) {
		r, err = recount(ctx, c)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	text := r.JSON()
	if text == nil { // it was counted here
		if text, err = ours.Marshal(r.Outcome); err != nil {
			return err
		}
	}
	if err := p.Result(json.RawMessage(text), "%s", recountText(r.Outcome, c.Bool("verify"))); err != nil {
		return err
	}
	if n := len(r.Differences) + r.More; n > 0 {
		return fmt.Errorf("%s: %d counters differ from the orders: comanda reports rebuild sets them right", what, n)
	}
	return nil
}

// recountOfStore counts on the tables of DynamoDB themselves.
func (p program) recountOfStore(ctx context.Context, c *cli.Command) (out client.Recount, err error) {
	place, err := engine.OfServer(c.String("store"), c.String("data"))
	if err != nil {
		return out, &usageError{err}
	}
	out.Outcome, err = installation.Recount{Place: place, Zone: c.String("zone"), Verify: c.Bool("verify"), Wait: c.Bool("wait"), Note: p.Note}.Run(ctx)
	return out, err
}

// recountOfServer has a server count.
func recountOfServer(ctx context.Context, c *cli.Command) (client.Recount, error) {
	api, err := newClient(ctx, c)
	if err != nil {
		return client.Recount{}, err
	}
	count := api.RebuildReports
	if c.Bool("verify") {
		count = api.VerifyReports
	}
	out, err := count(ctx)
	return out, inWords(api, err)
}

func recountText(r report.Outcome, verified bool) string {
	var out strings.Builder
	if len(r.Differences) > 0 {
		t := terminal.NewTable("OF", "COUNTER", "COUNTED", "BY THE ORDERS")
		for _, d := range r.Differences {
			t.Row(d.Scope, d.Counter, countText(d.Counted), countText(d.Orders))
		}
		out.WriteString(t.String())
	}
	switch {
	case !verified:
		fmt.Fprintf(&out, "counted %d orders anew\n", r.Orders)
	case len(r.Differences) == 0:
		fmt.Fprintf(&out, "counted %d orders: the reports agree with them\n", r.Orders)
	}
	if r.Unreadable > 0 {
		fmt.Fprintf(&out, "%d orders can't be read and count nowhere\n", r.Unreadable)
	}
	switch {
	case r.Exact:
	case verified:
		out.WriteString("this is exact if no order was changed in the two minutes before it, nor meanwhile\n")
	default:
		out.WriteString("no order was changed in the two minutes before it, nor meanwhile\n")
	}
	return out.String()
}

func countText(c report.Count) string {
	return fmt.Sprintf("%d orders, %d units, %s", c.Orders, c.Units, c.Revenue)
}
