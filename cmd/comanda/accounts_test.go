package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"comanda/administration"
	"comanda/client"
)

func TestUsersAreListedPutIntoGroupsAndDeleted(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	env := []string{"COMANDA_DATA=" + s.data}
	must(t, "", env, "users", "add", "-u", "eve@example.com", "--name", "Eve\x1b[2J", "--generate-password")
	list := must(t, "", env, "users", "list")
	lines := strings.Split(strings.TrimSpace(list), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "USERNAME") || !strings.HasPrefix(lines[1], "admin ") || !strings.HasPrefix(lines[3], "eve@example.com ") || strings.Contains(list, "\x1b") {
		t.Errorf("users list: got %q, want admin, ana and eve@example.com, and nothing that moves the cursor", list)
	}
	var found administration.Account
	if err := json.Unmarshal([]byte(must(t, "", env, "users", "list", "--filter", `email ^= "EVE@"`, "--json")), &found); err != nil || found.Attribute("email") != "eve@example.com" {
		t.Errorf("users list by filter: got %+v and error %v, want eve", found, err)
	}
	if got := must(t, "", env, "users", "groups", "-u", ana, "--add", "restaurant-1", "--add", "restaurant-2", "--remove", "restaurant-2"); got != "restaurant-1\n" {
		t.Errorf("users groups: got %q, want restaurant-1", got)
	}
	staff := must(t, "", env, "users", "list", "--group", "restaurant-1")
	if strings.Count(staff, "\n") != 2 || !strings.Contains(staff, "\nana ") {
		t.Errorf("users list of a group: got %q, want ana", staff)
	}
	if got := must(t, "", env, "users", "delete", "-u", "EVE@example.com", "--yes"); got != "deleted the sign-in account of eve@example.com\n" {
		t.Errorf("users delete: got %q, want what it did", got)
	}
	if got := must(t, "", env, "users", "list", "--filter", `email = "eve@example.com"`); got != "no users\n" {
		t.Errorf("users list afterwards: got %q, want no users", got)
	}
}

// api returns a client of the server's API.
func (s *served) api(token string) *client.Client {
	s.t.Helper()
	c, err := clientAt(s.url, token, http.DefaultClient)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func TestErasingAUserRemovesProfileNotesAndAccount(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	customer, admin := s.as(ana, anaPassword), s.as("admin", adminPassword)
	with := strings.Replace(example, `"totalAmount"`, `"note":"ring twice","deliveryAddress":"Elm Street 1","totalAmount"`, 1)
	must(t, with, customer, "orders", "place", "--file", "-")
	must(t, example, customer, "orders", "place", "--file", "-")
	token := s.token(ana, anaPassword)
	u, err := s.pool().Account(context.Background(), ana)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.api(token).PutProfile(t.Context(), u.UserID(), client.Profile{Name: "Ana", Address: "Elm Street 1"}, client.AnyVersion); err != nil {
		t.Fatal(err)
	}
	if r := run(t, "", customer, "users", "erase", "-u", ana, "--yes"); r.code != 1 || !strings.Contains(r.err, "erase the user's records: ") {
		t.Errorf("with a customer's token: got %+v, want a refusal", r)
	}
	want := "erased the profile, and notes and addresses on 1 orders\ndeleted the sign-in account of ana\n"
	if got := must(t, "", admin, "users", "erase", "-u", ana, "--yes"); got != want {
		t.Errorf("users erase: got %q, want %q", got, want)
	}
	page, err := s.api(s.token("admin", adminPassword)).CustomerOrders(t.Context(), u.UserID(), client.Filter{})
	if err != nil || len(page.Orders) != 2 || page.User.Address != "" {
		t.Fatalf("orders afterwards: got %+v and error %v, want both of a user without an address", page, err)
	}
	for _, o := range page.Orders {
		if o.Note != "" || o.Address != "" {
			t.Errorf("order afterwards: got %s, want it without note and address", o.JSON())
		}
	}
	if _, err := s.pool().SignIn(t.Context(), ana, anaPassword); err == nil {
		t.Error("the user can still sign in")
	}
}

func TestRemovalsAskFirst(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	env := s.as("admin", adminPassword)
	for name, tt := range map[string]struct {
		args []string
		code int
		want string
	}{
		"delete, nobody to ask": {[]string{"users", "delete", "-u", ana}, 2, "give --yes"},
		"erase, nobody to ask":  {[]string{"users", "erase", "-u", ana}, 2, "give --yes"},
		"delete of nobody":      {[]string{"users", "delete", "-u", "zoe", "--yes"}, 1, "UserNotFoundException"},
		"erase of nobody":       {[]string{"users", "erase", "-u", "zoe", "--yes"}, 1, "UserNotFoundException"},
		"groups of nobody":      {[]string{"users", "groups", "-u", "zoe", "--add", "new"}, 1, "UserNotFoundException"},
		"two kinds of lists":    {[]string{"users", "list", "--group", "a", "--filter", "b"}, 2, "exclude each other"},
		"a filter of no form":   {[]string{"users", "list", "--filter", "ana"}, 1, "Error while parsing filter."},
		"an unknown group":      {[]string{"users", "list", "--group", "nowhere"}, 1, "ResourceNotFoundException"},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, "", env, tt.args...)
			if r.code != tt.code || !strings.Contains(r.err, tt.want) || strings.Count(r.err, "\n") != 1 {
				t.Errorf("got %+v, want exit code %d and one line with %q", r, tt.code, tt.want)
			}
		})
	}
	if r := run(t, "", []string{"COMANDA_DATA=" + s.data}, "users", "erase", "-u", ana, "--yes"); r.code != 2 || !strings.Contains(r.err, "no token") {
		t.Errorf("erase without a token: got %+v, want a refusal", r)
	}
	s.token(ana, anaPassword)
}
