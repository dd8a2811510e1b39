package app

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"comanda/feed"
	"comanda/order"
	"comanda/report"
	"comanda/sqlite"
	"comanda/storage"
	"comanda/user"
)

// TestAnOlderBuildServesWhatItKnowsAndLeavesTheRestAsItIs has orders, a profile, and a
// page of the reports in a format that this build doesn't know.
func TestAnOlderBuildServesWhatItKnowsAndLeavesTheRestAsItIs(t *testing.T) {
	for name, open := range map[string]func(*testing.T) storage.Store{"SQLite": openFile, "DynamoDB": openCloud} {
		t.Run(name, func(t *testing.T) {
			o := newOlder(t, open(t), feed.Feed{})
			for _, id := range []string{"one", "two"} {
				o.done("ana", "POST", "/orders", strings.Replace(one, "one", id, 1))
			}
			ana := o.me("ana")
			o.done("ana", "PUT", "/users/"+ana, `{"name":"Ana"}`)
			o.done("adam", "PUT", "/users/ben", `{"name":"Ben"}`)
			count(t, o.store)
			o.rewrite(storage.Key{Table: order.TableName, Partition: ana, Sort: "one"}, ours, theirs+`,"readyAt":"2026-12-01T12:00:00Z"`)
			o.rewrite(storage.Key{Table: user.Table.Name, Partition: ana}, ours, theirs)
			o.rewrite(storage.Key{Table: report.Table.Name, Partition: "1/all", Sort: "p"}, `"counters":[`, `"counters":[["hour","2026-12-01",17,3],`)
			monitor := o.done("adam", "GET", "/monitor", "")
			if !strings.Contains(monitor, `"units":2`) {
				t.Errorf("GET /monitor: got %s, want 2 units, beside a counter of an unknown kind", monitor)
			}
			o.rewrite(storage.Key{Table: report.Table.Name, Partition: "1/totals", Sort: "p"}, ours, theirs)
			for _, c := range []struct{ who, method, path, body string }{
				{"ana", "GET", "/orders/one", ""},
				{"ana", "POST", "/orders", one},
				{"ana", "PUT", "/orders/one", other},
				{"ana", "DELETE", "/orders/one", ""},
				{"adam", "GET", "/users/" + ana + "/orders/one", ""},
				{"adam", "PUT", "/users/" + ana + "/orders/one/status", `{"status":"ACKNOWLEDGED"}`},
				{"ana", "GET", "/users/" + ana, ""},
				{"ana", "PUT", "/users/" + ana, `{"name":"Eva"}`},
				{"ana", "PATCH", "/users/" + ana, `{"name":"Eva"}`},
				{"adam", "DELETE", "/users/" + ana, ""},
				{"adam", "POST", "/users", `{"userid":"` + ana + `","name":"Eva"}`},
				{"adam", "GET", "/monitor", ""},
				{"adam", "POST", "/users/" + ana + "/erasure", ""}, // because a note may stay
			} {
				w := o.ask(c.who, c.method, c.path, c.body)
				if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "urn:comanda:problem:newer-format") || w.Header().Get("Retry-After") == "" {
					t.Errorf("%s %s: got %d %s, want 503 newer-format with Retry-After", c.method, c.path, w.Code, w.Body)
				}
			}
			for path, who := range map[string]string{"/orders": "ana", "/restaurants/1/orders": "adam", "/users": "adam"} {
				if got := o.done(who, "GET", path, ""); strings.Contains(got, `"one"`) || strings.Contains(got, "Ana") || !strings.Contains(got, "two") && !strings.Contains(got, "Ben") {
					t.Errorf("GET %s: got %s, want it without what is newer", path, got)
				}
			}
			o.done("ana", "DELETE", "/orders/two", "")
			o.done("adam", "PATCH", "/users/ben", `{"name":"Benjamin"}`)
			for _, want := range []string{`LeftOut{table="orders"} 2`, `LeftOut{table="users"} 1`} {
				if got := o.metric("LeftOut"); !slices.Contains(got, want) {
					t.Errorf("metrics: got %q, want %s", got, want)
				}
			}
			if !strings.Contains(o.log.String(), "upgrade this process") {
				t.Errorf("log: got %s, want lines that ask for an upgrade", o.log)
			}
			o.untouched()
		})
	}
}

// TestTheConsumersOfAnOlderBuildWait has an order placed between two of this build's.
func TestTheConsumersOfAnOlderBuildWait(t *testing.T) {
	_, file := generations(t), filepath.Join(t.TempDir(), "comanda.db") // the keys are made outside of the bubble
	synctest.Test(t, func(t *testing.T) {
		db, err := sqlite.Open(t.Context(), file, Tables(), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		o := newOlder(t, db, feed.NewLocal(db, order.TableName).Feed())
		o.dispatch()
		o.done("ana", "POST", "/orders", one)
		time.Sleep(time.Minute)
		o.rewrite(storage.Key{Table: order.TableName, Partition: o.me("ana"), Sort: "one"}, ours, theirs)
		o.done("ana", "POST", "/orders", strings.Replace(one, "one", "two", 1))
		time.Sleep(time.Minute)
		if got := o.done("adam", "GET", "/monitor", ""); !strings.Contains(got, `"PLACED":1`) {
			t.Errorf("GET /monitor: got %s, want the one order before the change", got)
		}
		if got := o.done("ana", "GET", "/readyz", ""); got != `{"status":"degraded"}` || o.dead.Count() != 0 {
			t.Errorf("readiness: got %s with %d dead letters, want degraded with none", got, o.dead.Count())
		}
		if got := o.metric("FeedFailures"); len(got) != 1 || !strings.Contains(o.log.String(), "upgrade this process") {
			t.Errorf("got the metrics %q and the log %s, want failures of one consumer counted, and lines that ask for an upgrade", got, o.log)
		}
		o.untouched()
		if err := o.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}
