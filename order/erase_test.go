package order

import (
	"testing"
	"time"
)

func TestEraseTakesNoteAndAddressOffWhateverHappenedToTheOrder(t *testing.T) {
	now := time.Date(2026, 1, 2, 18, 0, 0, 0, time.UTC)
	staff := Actor{"admin", Staff}
	c := Content{Restaurant: ID{"1", true}, Items: []Item{{ID: ID{"1", true}, Name: "Soup", Price: Unit, Quantity: 1}}, Total: Unit}
	secret := c
	secret.Note, secret.Address = "ring twice", "1 Main Street"

	placed := Place("ana", "o", secret, AcceptTotal, now)
	edited, err := placed.Edit(c, AcceptTotal, now)
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Order{"placed": placed, "edited": edited} {
		erased := o.Erase(staff, now)
		p := erased.placed().Content
		if got := erased.Note + erased.Address + p.Note + p.Address; got != "" {
			t.Errorf("%s: got %q left, want nothing", name, got)
		}
		if erased.Version != o.Version+1 || len(erased.Items) != 1 || erased.Total != Unit || erased.UpdatedBy != staff {
			t.Errorf("%s: got version %d by %v with %d items, want one version later with its items", name, erased.Version, erased.UpdatedBy, len(erased.Items))
		}
		if again := erased.Erase(staff, now); again.Version != erased.Version {
			t.Errorf("%s: erasing again made version %d, want %d", name, again.Version, erased.Version)
		}
		if o.placed().Note == "" {
			t.Errorf("%s: erasing changed the order it was given", name)
		}
	}
}
