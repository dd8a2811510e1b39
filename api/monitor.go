package api

import (
	"errors"
	"net/http"
	"time"

	"comanda/payload"
	"comanda/report"

	"github.com/go-json-experiment/json"
)

func (c *call) monitor() (answer, error) {
	q := c.query
	asked := report.Query{
		Top:  q.integer("top", 1, report.MaxTop, report.DefaultTop),
		From: q.moment("from"),
		To:   q.moment("to"),
	}
	if err := q.err(); err != nil {
		return answer{}, err
	}
	r, err := c.api.Reports.Read(c.Context(), asked)
	var days *report.RangeError
	if errors.As(err, &days) {
		return answer{}, payload.Refuse("query."+days.Field, "%s", days.Message)
	}
	if err != nil {
		return answer{}, err
	}
	body, err := json.Marshal(&r, json.Deterministic(true))
	return answer{status: http.StatusOK, body: body}, err
}

// rebuildReports recounts all orders. That takes as long as it takes, so this one
// answer has no time limit; it ends when the client leaves.
func (c *call) rebuildReports() (answer, error) {
	q := c.query
	verify := q.text("verify")
	if verify != "" && verify != "true" && verify != "false" {
		q.reject("verify", payload.Show(verify)+" must be true or false")
	}
	if err := q.err(); err != nil {
		return answer{}, err
	}
	control := http.NewResponseController(c.response)
	err := errors.Join(control.SetReadDeadline(time.Time{}), control.SetWriteDeadline(time.Time{})) // the one for reading would end the request, too
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return answer{}, err
	}
	do := c.api.Rebuilder.Rebuild
	if verify == "true" {
		do = c.api.Rebuilder.Verify
	}
	out, err := do(c.Context())
	if err != nil {
		return answer{}, err
	}
	body, err := json.Marshal(&out)
	return answer{status: http.StatusOK, body: body}, err
}
