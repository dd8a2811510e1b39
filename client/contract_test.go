package client_test

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"comanda/api"
	"comanda/client"
	"comanda/order"
	"comanda/payload"
	"comanda/report"
)

// document is the API's own description of itself.
type document struct {
	Paths      map[string]map[string]any
	Components struct {
		Schemas map[string]schema
	}
}

type schema struct {
	Properties map[string]schema
	Enum       []string
	Items      *schema
}

func described(t *testing.T) document {
	t.Helper()
	text, err := api.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// recorder notes what is asked for, and answers nothing of use.
type recorder struct{ asked []string }

func (r *recorder) RoundTrip(q *http.Request) (*http.Response, error) {
	r.asked = append(r.asked, q.Method+" "+q.URL.EscapedPath())
	return &http.Response{StatusCode: http.StatusTeapot, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: q}, nil
}

func TestEveryOperationOfTheDocumentHasAMethod(t *testing.T) {
	seen := &recorder{}
	c := with(t, client.Config{URL: "http://example.com/stage/", HTTP: &http.Client{Transport: seen}})
	ctx, one := context.Background(), order.NumberID(1)
	_, _ = c.Place(ctx, client.Placement{})
	_, _ = c.Orders(ctx, client.Filter{})
	_, _ = c.Order(ctx, "o")
	_, _ = c.Edit(ctx, "o", order.Content{}, client.AnyVersion)
	_, _ = c.Cancel(ctx, "o", client.AnyVersion)
	_, _ = c.CustomerOrder(ctx, "u", "o")
	_, _ = c.SetStatus(ctx, "u", "o", order.Step{}, client.AnyVersion)
	_, _ = c.CustomerOrders(ctx, "u", client.Filter{})
	_, _ = c.Queue(ctx, one, client.Filter{})
	_, _ = c.Events(ctx, "")
	_, _ = c.Monitor(ctx, client.ReportQuery{})
	_, _ = c.RebuildReports(ctx)
	_, _ = c.Users(ctx, client.UserFilter{})
	_, _ = c.CreateUser(ctx, client.NewUser{})
	_, _ = c.Profile(ctx, "u")
	_, _ = c.PutProfile(ctx, "u", client.Profile{}, client.AnyVersion)
	_, _ = c.PatchProfile(ctx, "u", client.ProfilePatch{}, client.AnyVersion)
	_ = c.DeleteProfile(ctx, "u", client.AnyVersion)
	_, _ = c.EraseUser(ctx, "u")
	_, _ = c.Health(ctx)
	_, _ = c.Ready(ctx)
	_, _ = c.Version(ctx)
	_, _ = c.OpenAPI(ctx)
	for path, methods := range described(t).Paths {
		pattern := regexp.MustCompile("^/stage" + regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(path), `[^/]+`) + "$")
		for method := range methods {
			asked := slices.ContainsFunc(seen.asked, func(a string) bool {
				m, p, _ := strings.Cut(a, " ")
				return m == strings.ToUpper(method) && pattern.MatchString(p)
			})
			if !asked {
				t.Errorf("%s %s: no method asked for it: %v", strings.ToUpper(method), path, seen.asked)
			}
		}
	}
}

// members returns the names that a struct has in JSON.
func members(t reflect.Type) []string {
	var out []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case name != "":
			out = append(out, name)
		case f.Anonymous:
			out = append(out, members(f.Type)...)
		}
	}
	return out
}

func TestTypesHaveWhatTheDocumentDescribes(t *testing.T) {
	schemas := described(t).Components.Schemas
	for name, value := range map[string]any{
		"Order": client.Order{}, "Transition": client.Transition{}, "Item": order.Item{}, "Courier": order.Courier{},
		"OrderContent": order.Content{}, "Placement": client.Placement{}, "Step": order.Step{}, "OrderPage": client.OrderPage{}, "UserOrderPage": client.CustomerPage{},
		"User": client.User{}, "UserContent": client.Profile{}, "UserCreation": client.NewUser{}, "UserPage": client.UserPage{},
		"Erasure": client.Erasure{}, "Report": client.Report{}, "Recount": client.Recount{},
	} {
		compare(t, name, schemas[name], value)
	}
	compare(t, "Report.topProducts", *schemas["Report"].Properties["topProducts"].Items, report.Product{})
	compare(t, "Report.couriersByUnits", *schemas["Report"].Properties["couriersByUnits"].Items, report.Courier{})
	compare(t, "Report.days", *schemas["Report"].Properties["days"].Items, report.Day{})
	compare(t, "Problem.violations", *schemas["Problem"].Properties["violations"].Items, payload.Violation{})
}

func compare(t *testing.T, name string, s schema, value any) {
	t.Helper()
	want := slices.Sorted(maps.Keys(s.Properties))
	if got := slices.Sorted(slices.Values(members(reflect.TypeOf(value)))); !slices.Equal(got, want) {
		t.Errorf("%s, which is %T: got %v, want %v", name, value, got, want)
	}
}

func TestPatchesHaveEveryMemberOfAProfile(t *testing.T) {
	want := len(described(t).Components.Schemas["UserPatch"].Properties)
	if got := reflect.TypeFor[client.ProfilePatch]().NumField(); got != want {
		t.Errorf("got %d fields, want %d", got, want)
	}
}

func TestEveryProblemOfTheDocumentHasAName(t *testing.T) {
	documented := described(t).Components.Schemas["Problem"].Properties["type"].Enum
	if len(documented) == 0 {
		t.Fatal("the document names no problem")
	}
	for _, kind := range documented {
		named := slices.ContainsFunc(client.Problems, func(p client.Problem) bool { return (&client.Error{Type: kind}).Is(p) })
		if !named {
			t.Errorf("%s: got no Problem for it, want one", kind)
		}
	}
	for _, p := range client.Problems {
		if kind := "urn:comanda:problem:" + string(p); !slices.Contains(documented, kind) && p != client.TooManyRequests { // which gateways say
			t.Errorf("%s: got a Problem that no server answers with", p)
		}
	}
}
