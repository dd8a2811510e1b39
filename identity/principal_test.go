package identity_test

import (
	"slices"
	"testing"

	"comanda/identity"
)

func TestGroupsAreUnderstoodAsEveryGatewayRendersThem(t *testing.T) {
	want := []string{"customers", "restaurant-7", "apiAdmins"}
	for name, value := range map[string]any{
		"JSON array":          []any{"customers", "restaurant-7", "apiAdmins"},
		"list of strings":     []string{"customers", "restaurant-7", "apiAdmins"},
		"brackets and blanks": "[customers restaurant-7 apiAdmins]",
		"brackets and commas": "[customers, restaurant-7, apiAdmins]",
		"CSV":                 "customers,restaurant-7, apiAdmins",
		"JSON text":           `["customers","restaurant-7","apiAdmins"]`,
	} {
		t.Run(name, func(t *testing.T) {
			claims := map[string]any{"sub": "s", "cognito:groups": value}
			got, err := identity.Claims(claims).Groups()
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("got groups %q and error %v, want %q", got, err, want)
			}
			p, err := identity.FromClaims(claims, "apiAdmins")
			if err != nil || !p.Admin || !slices.Equal(p.Restaurants, []string{"7"}) {
				t.Errorf("got %+v and error %v, want an administrator of restaurant 7", p, err)
			}
		})
	}
}

func TestNoGroupsGiveNoRole(t *testing.T) {
	for name, value := range map[string]any{
		"absent": nil, "empty text": "", "empty brackets": "[]", "empty list": []any{},
		"nearly the admin group": []any{"apiadmins", "apiAdmins2"}, "a restaurant without id": "restaurant-",
	} {
		p, err := identity.FromClaims(map[string]any{"sub": "s", "cognito:groups": value}, "apiAdmins")
		if err != nil || p.Admin || p.Staff() {
			t.Errorf("%s: got %+v and error %v, want no role", name, p, err)
		}
	}
	if p, err := identity.FromClaims(map[string]any{"sub": "s", "cognito:groups": []any{""}}, ""); err != nil || p.Admin {
		t.Errorf("got %+v and error %v without an admin group, want no administrator", p, err)
	}
}

func TestRolesFollowFromGroups(t *testing.T) {
	cases := []struct {
		groups             []any
		staff, ofOne, ofMo bool
	}{
		{[]any{"restaurant-1"}, true, true, false},
		{[]any{"x", "restaurant-Mo:1"}, true, false, true},
		{[]any{"x", "apiAdmins"}, true, true, true},
		{[]any{"Restaurant-1"}, false, false, false},
	}
	for _, c := range cases {
		p, err := identity.FromClaims(map[string]any{"sub": "s", "cognito:groups": c.groups}, "apiAdmins")
		if err != nil {
			t.Fatal(err)
		}
		if p.Staff() != c.staff || p.StaffOf("1") != c.ofOne || p.StaffOf("Mo:1") != c.ofMo {
			t.Errorf("%v: got staff %t, of 1 %t, of Mo:1 %t, want %t %t %t", c.groups,
				p.Staff(), p.StaffOf("1"), p.StaffOf("Mo:1"), c.staff, c.ofOne, c.ofMo)
		}
	}
}

func TestTheComandaIDTakesTheSubjectsPlace(t *testing.T) {
	for _, c := range []struct {
		claim any
		want  string
	}{{"u-1", "u-1"}, {"", "s"}, {nil, "s"}, {5, "s"}} {
		p, err := identity.FromClaims(map[string]any{"sub": "s", "custom:comanda_id": c.claim}, "")
		if err != nil || p.ID != c.want || p.Subject != "s" {
			t.Errorf("claim %v: got id %q, subject %q, error %v, want id %q", c.claim, p.ID, p.Subject, err, c.want)
		}
	}
}
