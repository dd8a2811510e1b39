package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

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
			&cli.BoolFlag{Name: "json", Usage: "print the answer as JSON"},
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
	api, err := newClient(ctx, c)
	if err != nil {
		return err
	}
	query := url.Values{}
	for _, name := range []string{"from", "to", "top"} {
		if v := c.String(name); v != "" {
			query.Set(name, v)
		}
	}
	body, err := api.do(ctx, request{method: http.MethodGet, path: "/monitor?" + query.Encode()})
	if err != nil {
		return fmt.Errorf("show the report: %w", err)
	}
	return p.answer(c, body, reportText)
}

// answer prints an answer as it came, or as text for people.
func (p program) answer(c *cli.Command, body []byte, text func([]byte) (string, error)) error {
	if c.Bool("json") {
		return p.print(string(body) + "\n")
	}
	out, err := text(body)
	if err != nil {
		return err
	}
	return p.print(out)
}

// shownReport is what people see of a report.
type shownReport struct {
	From              *string          `json:"from"`
	To                *string          `json:"to"`
	Currency          string           `json:"currency"`
	Orders            map[string]int64 `json:"orders"`
	Revenue           json.Number      `json:"revenue"`
	TopProducts       []shownRank      `json:"topProducts"`
	CouriersByUnits   []shownRank      `json:"couriersByUnits"`
	CouriersByRevenue []shownRank      `json:"couriersByRevenue"`
	Days              []struct {
		Date    string      `json:"date"`
		Orders  int64       `json:"orders"`
		Revenue json.Number `json:"revenue"`
	} `json:"days"`
}

// shownRank is a product or a courier.
type shownRank struct {
	RestaurantID any         `json:"restaurantId"`
	ID           any         `json:"id"`
	Name         string      `json:"name"`
	Units        int64       `json:"units"`
	Revenue      json.Number `json:"revenue"`
}

// reportText returns a report as tables, with an empty line between them.
func reportText(body []byte) (string, error) {
	var r shownReport
	if err := decode(body, &r); err != nil {
		return "", err
	}
	whole := newTable()
	if r.From != nil && r.To != nil {
		whole.row("Days", *r.From+" to "+*r.To+", not included")
	}
	whole.row("Revenue", strings.TrimSpace(r.Revenue.String()+" "+r.Currency))
	var statuses []string
	for status := range r.Orders {
		statuses = append(statuses, status)
	}
	slices.Sort(statuses)
	for _, status := range statuses {
		whole.row(status, r.Orders[status])
	}
	days := newTable()
	days.row("DAY", "ORDERS", "REVENUE")
	for _, d := range r.Days {
		days.row(d.Date, d.Orders, d.Revenue)
	}
	tables := []table{whole, rankTable("PRODUCT", r.TopProducts), rankTable("COURIER, BY UNITS", r.CouriersByUnits), rankTable("COURIER, BY REVENUE", r.CouriersByRevenue), days}
	var out []string
	for _, t := range tables {
		text, err := t.text()
		if err != nil {
			return "", err
		}
		out = append(out, text)
	}
	return strings.Join(out, "\n"), nil
}

func rankTable(what string, ranks []shownRank) table {
	t := newTable()
	t.row(what, "ID", "UNITS", "REVENUE")
	for _, r := range ranks {
		id := fmt.Sprint(r.ID)
		if r.RestaurantID != nil {
			id = fmt.Sprint(r.RestaurantID) + "/" + id
		}
		t.row(r.Name, id, r.Units, r.Revenue)
	}
	return t
}

func (p program) reportsRebuild() *cli.Command {
	return &cli.Command{
		Name: "rebuild", Usage: "count all orders anew, or compare them with what was counted",
		Description: "Counts every order again and then replaces what was counted before; --verify only\ncompares, prints what differs, and fails if anything does. On the embedded store both are\nexact while orders are placed and changed. On DynamoDB they are if no order is changed\nmeanwhile, and if those changed before have been counted. It takes about a minute for a\nmillion orders.\n\n" +
			"   comanda reports rebuild --verify\n   comanda reports rebuild" + codesLine,
		Flags:  []cli.Flag{&cli.BoolFlag{Name: "verify", Usage: "only compare"}},
		Action: p.rebuildReports,
	}
}

// shownRecount is what people see of a recount.
type shownRecount struct {
	Orders      int  `json:"orders"`
	Unreadable  int  `json:"unreadable"`
	Exact       bool `json:"exact"`
	Differences []struct {
		Scope   string     `json:"scope"`
		Counter string     `json:"counter"`
		Counted shownCount `json:"counted"`
		Orders  shownCount `json:"orders"`
	} `json:"differences"`
	More int `json:"more"`
}

type shownCount struct {
	Orders  int64       `json:"orders"`
	Units   int64       `json:"units"`
	Revenue json.Number `json:"revenue"`
}

func (s shownCount) String() string {
	return fmt.Sprintf("%d orders, %d units, %s", s.Orders, s.Units, s.Revenue)
}

func (p program) rebuildReports(ctx context.Context, c *cli.Command) error {
	if _, err := arguments(c, 0, ""); err != nil {
		return err
	}
	api, err := newClient(ctx, c)
	if err != nil {
		return err
	}
	api.http.Timeout = 0 // it takes as long as it takes
	path, what := "/monitor/rebuild", "rebuild the reports"
	if c.Bool("verify") {
		path, what = path+"?verify=true", "verify the reports"
	}
	body, err := api.do(ctx, request{method: http.MethodPost, path: path})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	var r shownRecount
	if err := decode(body, &r); err != nil {
		return err
	}
	if err := p.answer(c, body, func([]byte) (string, error) { return recountText(r, c.Bool("verify")) }); err != nil {
		return err
	}
	if n := len(r.Differences) + r.More; n > 0 {
		return fmt.Errorf("%s: %d counters differ from the orders: comanda reports rebuild sets them right", what, n)
	}
	return nil
}

func recountText(r shownRecount, verified bool) (string, error) {
	var out strings.Builder
	if len(r.Differences) > 0 {
		t := newTable()
		t.row("OF", "COUNTER", "COUNTED", "BY THE ORDERS")
		for _, d := range r.Differences {
			t.row(d.Scope, d.Counter, d.Counted, d.Orders)
		}
		text, err := t.text()
		if err != nil {
			return "", err
		}
		out.WriteString(text)
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
	if !r.Exact {
		out.WriteString("this is exact only if no order was changed meanwhile\n")
	}
	return out.String(), nil
}
