package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"comanda/report"
)

func TestReportsAreShownVerifiedAndRebuilt(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	customer, boss := s.as(ana, anaPassword), s.as("admin", adminPassword)
	must(t, `{"restaurantId":1,"orderItems":[{"id":1,"name":"Fish","price":2.5,"quantity":2}],"totalAmount":5,"delivery":{"id":7,"name":"Ivy"}}`,
		customer, "orders", "place", "--file", "-")
	deadline := time.Now().Add(time.Minute)
	var got string
	for got == "" || !strings.Contains(got, "Fish") && time.Now().Before(deadline) {
		got = must(t, "", boss, "reports", "show")
	}
	for _, want := range []string{"Revenue", "PLACED", "PRODUCT", "Fish", "1/1", "COURIER, BY UNITS", "Ivy", "COURIER, BY REVENUE", "DAY"} {
		if !strings.Contains(got, want) {
			t.Errorf("report: got %q, want %q in it", got, want)
		}
	}
	if got := must(t, "", boss, "reports", "--json", "show", "--top", "1", "--from", "2026-01-01", "--to", "2026-01-02"); !strings.Contains(got, `"from":"2026-01-01","to":"2026-01-02"`) {
		t.Errorf("report as JSON: got %q", got)
	}
	if got := must(t, "", boss, "reports", "rebuild", "--verify"); got != "counted 1 orders: the reports agree with them\n" {
		t.Errorf("verify: got %q", got)
	}
	if got := must(t, "", boss, "reports", "rebuild"); got != "counted 1 orders anew\n" {
		t.Errorf("rebuild: got %q", got)
	}
	if r := run(t, "", customer, "reports", "show"); r.code != exitFailed || !strings.Contains(r.err, "Not allowed") {
		t.Errorf("a customer: got %d and %q, want a refusal", r.code, r.err)
	}
	if r := run(t, "", boss, "reports", "show", "--top", "0"); r.code != exitUsage || !strings.Contains(r.err, `--top "0"`) {
		t.Errorf("a bad number: got %d and %q, want it named", r.code, r.err)
	}
	if r := run(t, "", boss, "reports", "rebuild", "now"); r.code != exitUsage {
		t.Errorf("an argument too many: got %d and %q, want %d", r.code, r.err, exitUsage)
	}
}

func TestDifferencesOfARecountAreShown(t *testing.T) {
	var r report.Outcome
	body := `{"orders":3,"unreadable":1,"exact":false,"more":0,"differences":[{"scope":"all","counter":"product 1/7","counted":{"orders":1,"units":7,"revenue":2.5},"orders":{"orders":1,"units":2,"revenue":2.5}}]}`
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		t.Fatal(err)
	}
	got := recountText(r, true)
	for _, want := range []string{"product 1/7", "1 orders, 7 units, 2.5", "1 orders, 2 units, 2.5", "1 orders can't be read", "exact if"} {
		if !strings.Contains(got, want) {
			t.Errorf("recount: got %q, want %q in it", got, want)
		}
	}
}
