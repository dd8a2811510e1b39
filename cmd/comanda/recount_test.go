package main

import (
	"strings"
	"testing"
	"time"

	"comanda/dynamo"
	"comanda/dynamolocal"
	"comanda/order"
	"comanda/report"
	"comanda/storage"
)

// TestReportsAreRebuiltOnTheTablesThemselves has what the templates make of it, and no more:
// neither webhooks nor a server.
func TestReportsAreRebuiltOnTheTablesThemselves(t *testing.T) {
	t.Parallel()
	place, env := onDynamoDB(t)
	needed := []storage.Table{order.Table, report.Table}
	if err := dynamo.CreateTables(t.Context(), dynamolocal.Client(t), needed, optionsOf(t, place)); err != nil {
		t.Fatal(err)
	}
	s := openTables(t, place, needed...)
	one, err := order.ParseID("1", true)
	if err != nil {
		t.Fatal(err)
	}
	put := func(id string, at time.Time) {
		t.Helper()
		o := order.Place("ana", id, order.Content{Restaurant: one, Total: 20_000, Items: []order.Item{{ID: one, Name: "Fish", Price: 20_000, Quantity: 1}}}, order.AcceptTotal, at)
		r, err := order.Encode(o)
		if err == nil {
			err = s.Commit(t.Context(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &r}}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	put("o-1", time.Date(2026, 1, 31, 23, 30, 0, 0, time.UTC))
	rebuild := []string{"reports", "rebuild", "--store", place}
	if r := run(t, "", env, append(rebuild, "--verify")...); r.code != exitFailed || !strings.Contains(r.out, "product 1/1") {
		t.Errorf("verify: got %d, %q and %q, want the missing product", r.code, r.out, r.err)
	}
	if got := must(t, "", env, append(rebuild, "--zone", "Europe/Madrid", "--wait")...); !strings.HasPrefix(got, "counted 1 orders anew\nno order was changed") {
		t.Errorf("rebuild: got %q", got)
	}
	if got := must(t, "", env, append(rebuild, "--verify")...); !strings.Contains(got, "the reports agree") || !strings.Contains(got, "exact if no order was changed in the two minutes before") {
		t.Errorf("verify: got %q", got)
	}
	must(t, "", env, rebuild...) // the zone stays
	got, err := report.NewService(report.Config{Store: s, Zone: time.UTC, Now: time.Now}).Read(t.Context(), report.Query{Top: 1, From: order.At(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)), To: order.At(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))})
	if err != nil || len(got.Days) != 1 || got.Days[0].Date != "2026-02-01" {
		t.Errorf("days: got %+v, %v, want that of Madrid", got.Days, err)
	}
	put("o-2", time.Now())
	if r := run(t, "", env, rebuild...); r.code != exitFailed || !strings.Contains(r.err, "no order may be changed for 2m0s") {
		t.Errorf("rebuild while an order is placed: got %d and %q, want it refused", r.code, r.err)
	}
	for _, c := range []struct{ args, want string }{
		{"--store sqlite", "leave --store out"}, {"--store dynamodb:?", "location"}, {"--wait", "need --store"}, {"--zone UTC", "need --store"}, {"--verify --zone UTC", "changes nothing"},
		{"--store " + place + " --zone Mars", "IANA"},
	} {
		if r := run(t, "", env, append([]string{"reports", "rebuild"}, strings.Fields(c.args)...)...); r.code != exitUsage || !strings.Contains(r.err, c.want) {
			t.Errorf("reports rebuild %s: got %d and %q, want %d and %q in it", c.args, r.code, r.err, exitUsage, c.want)
		}
	}
}
