package client_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"comanda/client"
	"comanda/order"
)

func TestProfilesAreCreatedChangedListedAndErased(t *testing.T) {
	ctx := t.Context()
	boss, mustUser := visitor(t, "apiAdmins", nil), must[client.User](t)
	made := client.NewUser{UserID: "carla", Key: "form 7", Profile: client.Profile{Name: "Carla", Email: "carla@example.com", Address: "1 Quay Street"}}
	first, again := mustUser(boss.CreateUser(ctx, made)), mustUser(boss.CreateUser(ctx, made))
	if first.Version != 1 || first.CreatedAt.IsZero() || first.Replayed || !again.Replayed || string(first.JSON()) != string(again.JSON()) {
		t.Errorf("created twice under one key: got %s and %s, want the same twice", first.JSON(), again.JSON())
	}
	if _, err := boss.CreateUser(ctx, client.NewUser{UserID: "carla", Profile: made.Profile}); !errors.Is(err, client.UserExists) {
		t.Errorf("created again: got %v, want %v", err, client.UserExists)
	}
	if _, err := boss.PutProfile(ctx, "dora", client.Profile{Name: "Dora", Email: "Carla@example.com"}, client.AnyVersion); !errors.Is(err, client.Taken) {
		t.Errorf("another's e-mail address: got %v, want %v", err, client.Taken)
	}
	patched := mustUser(boss.PatchProfile(ctx, "carla", client.ProfilePatch{Username: new("carla7"), Address: new("")}, 1))
	if patched.Name != "Carla" || patched.Username != "carla7" || patched.Address != "" || patched.ETag() != `"2"` {
		t.Errorf("patched: got %s, want a username and no address", patched.JSON())
	}
	if _, err := boss.PutProfile(ctx, "carla", client.Profile{Name: "C"}, 1); !errors.Is(err, client.PreconditionFailed) {
		t.Errorf("an old version: got %v, want %v", err, client.PreconditionFailed)
	}
	found := false
	for u, err := range boss.AllUsers(ctx, client.UserFilter{Limit: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		found = found || u.UserID == "carla" && u.Timestamp.Equal(patched.Timestamp)
	}
	if !found {
		t.Error("the list of users lacks one")
	}
	if got := mustUser(boss.Profile(ctx, "carla")); string(got.JSON()) != string(patched.JSON()) {
		t.Errorf("read: got %s, want %s", got.JSON(), patched.JSON())
	}
	if err := boss.DeleteProfile(ctx, "carla", 2); err != nil {
		t.Error(err)
	}
	if _, err := boss.Profile(ctx, "carla"); !errors.Is(err, client.UserNotFound) {
		t.Errorf("after deleting: got %v, want %v", err, client.UserNotFound)
	}
}

func TestAProfileThatWasNeverStoredHasNoVersion(t *testing.T) {
	c := visitor(t, "", nil)
	o := mustOrder(t)(c.Place(t.Context(), client.Placement{Content: soup()}))
	if u := must[client.User](t)(c.Profile(t.Context(), o.UserID)); u.Version != 0 || u.ETag() != "" || u.UserID != o.UserID || !u.CreatedAt.IsZero() {
		t.Errorf("got %s, want a user without version and times", u.JSON())
	}
}

func TestErasingTakesNotesAndAddressesOffOrders(t *testing.T) {
	c, boss := visitor(t, "", nil), visitor(t, "apiAdmins", nil)
	content := soup()
	content.Note = "ring twice"
	o := mustOrder(t)(c.Place(t.Context(), client.Placement{Content: content}))
	if e, err := boss.EraseUser(t.Context(), o.UserID); err != nil || e.OrdersChanged != 1 || e.UserID != o.UserID {
		t.Errorf("got %+v, %v, want one order changed", e, err)
	}
	if o := mustOrder(t)(c.Order(t.Context(), o.OrderID)); o.Note != "" {
		t.Errorf("note: got %q, want none", o.Note)
	}
}

func TestReportsAreReadVerifiedAndRebuilt(t *testing.T) {
	c, boss := visitor(t, "", nil), visitor(t, "apiAdmins", nil)
	content := soup()
	content.Items[0] = order.Item{ID: order.NumberID(314), Name: "Truffles", Price: 9_999_999_999, Quantity: 10_000}
	mustOrder(t)(c.Place(t.Context(), client.Placement{Content: content}))
	again := time.NewTicker(20 * time.Millisecond) // until the report has it, or the test's own time is over
	defer again.Stop()
	for arrived := false; !arrived; <-again.C {
		r := must[client.Report](t)(boss.Monitor(t.Context(), client.ReportQuery{Top: 100}))
		for _, p := range r.TopProducts {
			if arrived = p.ID.Same(content.Items[0].ID); arrived {
				if got := p.Revenue.String(); got != "9999999999" || p.Units != 10_000 || !strings.Contains(string(r.JSON()), `"revenue":9999999999}`) {
					t.Errorf("revenue: got %s of %d units in %s, want it exactly", got, p.Units, r.JSON())
				}
				break
			}
		}
	}
	if _, err := boss.Monitor(t.Context(), client.ReportQuery{From: "2026-02-01", To: "2026-01-01"}); !errors.Is(err, client.InvalidInput) {
		t.Errorf("days backwards: got %v, want %v", err, client.InvalidInput)
	}
	verified := must[client.Recount](t)(boss.VerifyReports(t.Context()))
	rebuilt := must[client.Recount](t)(boss.RebuildReports(t.Context()))
	if verified.Orders == 0 || len(verified.Differences) != 0 || !rebuilt.Exact || len(rebuilt.JSON()) == 0 {
		t.Errorf("got %s and %s, want that both agree", verified.JSON(), rebuilt.JSON())
	}
}

func TestTheServerSaysHowItIs(t *testing.T) {
	c := with(t, client.Config{URL: running().URL + "/"})
	for name, ask := range map[string]func() (string, error){
		"ok":    func() (string, error) { return c.Health(t.Context()) },
		"ready": func() (string, error) { return c.Ready(t.Context()) },
		"1.2.3": func() (string, error) { return c.Version(t.Context()) },
	} {
		if got, err := ask(); got != name || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, name)
		}
	}
	if doc, err := c.OpenAPI(t.Context()); err != nil || !strings.Contains(string(doc), `"openapi": "3.1.0"`) {
		t.Errorf("document: got %.40s, %v", doc, err)
	}
	if _, err := c.Orders(t.Context(), client.Filter{}); !errors.Is(err, client.Unauthenticated) {
		t.Errorf("without a token: got %v, want %v", err, client.Unauthenticated)
	}
	if got := c.URL(); got != running().URL {
		t.Errorf("URL: got %s, want %s", got, running().URL)
	}
}
