package client

import (
	"context"
	"net/http"

	"comanda/report"

	"github.com/go-json-experiment/json/jsontext"
)

// ReportQuery says what a report is about. The zero value is of all time.
type ReportQuery struct {
	Top      int  // entries of each ranking at most, to 100; 0: 10
	From, To When // the first business day, and the day after the last; To "" is tomorrow
}

// Report is what orders add up to.
type Report struct {
	report.Report
	Sent `json:"-"`
}

// UnmarshalJSONFrom reads a report and keeps its text.
func (r *Report) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type plain Report
	*r = Report{}
	return r.read(dec, (*plain)(r))
}

// Recount is what counting all orders again has found.
type Recount struct {
	report.Outcome
	Sent `json:"-"`
}

// UnmarshalJSONFrom reads a recount and keeps its text.
func (r *Recount) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type plain Recount
	*r = Recount{}
	return r.read(dec, (*plain)(r))
}

// Monitor returns revenue, best-selling products, and couriers. It is for
// administrators. GET /monitor.
func (c *Client) Monitor(ctx context.Context, q ReportQuery) (Report, error) {
	return get[Report](ctx, c, "get the report", withQuery("/monitor", map[string]string{
		"top": number(q.Top), "from": string(q.From), "to": string(q.To),
	}))
}

// RebuildReports counts all orders anew. It takes as long as it takes. It is for
// administrators, and only where one server holds everything. POST /monitor/rebuild.
func (c *Client) RebuildReports(ctx context.Context) (Recount, error) {
	return c.recount(ctx, "rebuild the reports", "/monitor/rebuild")
}

// VerifyReports counts all orders and compares the result with the reports, which
// it doesn't change. Otherwise it is as [Client.RebuildReports].
func (c *Client) VerifyReports(ctx context.Context) (Recount, error) {
	return c.recount(ctx, "verify the reports", "/monitor/rebuild?verify=true")
}

func (c *Client) recount(ctx context.Context, what, path string) (Recount, error) {
	out, _, err := call[Recount](ctx, c, what, Request{Method: http.MethodPost, Path: path, unlimited: true})
	return out, err
}
