package order

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestDispatchMaySetTheCourier(t *testing.T) {
	wheels, same, other := &Courier{ID: ID{"44", true}, Name: "Wheels"}, &Courier{ID: ID{"44", false}, Name: "Wheels"}, &Courier{ID: ID{"45", true}, Name: "Wheels"}
	for _, tc := range []struct {
		name       string
		had, given *Courier
		want       *Courier
	}{
		{"none before, none given", nil, nil, nil},
		{"none before, one given", nil, wheels, wheels},
		{"one before, none given", wheels, nil, wheels},
		{"one before, another given", other, wheels, wheels},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := lunch()
			c.Delivery = tc.had
			o, err := Place("ana", "o-1", c, AcceptTotal, noon).Advance(Step{Status: Acknowledged}, staff, noon)
			if err != nil {
				t.Fatalf("acknowledge: %v", err)
			}
			sent, err := o.Advance(Step{Status: Dispatched, Delivery: tc.given}, staff, noon)
			if err != nil {
				t.Fatalf("dispatch: %v", err)
			}
			wantSame(t, "courier", tc.want, sent.Delivery)
			if !sent.Repeats(c) {
				t.Error("the placed content: got another, want it kept")
			}
		})
	}
	t.Run("repeated", func(t *testing.T) {
		o, err := asOf(t, Acknowledged).Advance(Step{Status: Dispatched, Delivery: wheels}, staff, noon)
		if err != nil {
			t.Fatalf("dispatch: %v", err)
		}
		for _, c := range []*Courier{nil, wheels, same} {
			again, err := o.Advance(Step{Status: Dispatched, Delivery: c}, staff, noon.Add(time.Hour))
			if err != nil {
				t.Errorf("dispatch again with %v: %v", c, err)
			}
			wantSame(t, "order", o, again)
		}
		again, err := o.Advance(Step{Status: Dispatched, Delivery: other}, staff, noon)
		var courier *CourierError
		if !errors.As(err, &courier) || err.Error() != "the order is DISPATCHED with another courier already" {
			t.Errorf("dispatch with another courier: got %v, want a refusal", err)
		}
		wantSame(t, "order", o, again)
	})
}

func TestEditingToTheSameChangesNothing(t *testing.T) {
	o := Place("ana", "o-1", lunch(), AcceptTotal, noon)
	c := lunch()
	c.Restaurant, c.Items[0].ID = ID{"1", false}, ID{"1", false}
	got, err := o.Edit(c, RejectTotal, noon.Add(time.Minute))
	if err != nil {
		t.Fatalf("edit: %v", err)
	}
	wantSame(t, "order", o, got)
}

func TestEditsKeepWhatWasPlacedFirst(t *testing.T) {
	third := lunch()
	third.Note = "ring twice"
	o := Place("ana", "o-1", lunch(), AcceptTotal, noon)
	for i, c := range []Content{dinner(), third, lunch(), dinner()} {
		var err error
		if o, err = o.Edit(c, AcceptTotal, noon.Add(time.Minute)); err != nil {
			t.Fatalf("edit %d: %v", i, err)
		}
		wantSame(t, "content", c, o.Content)
		if o.Version != i+2 || len(o.History) != 0 {
			t.Errorf("edit %d: got version %d and %d lines of history, want %d and 0", i, o.Version, len(o.History), i+2)
		}
		if !o.Repeats(lunch()) || o.Repeats(dinner()) || o.Repeats(third) {
			t.Errorf("edit %d: the order repeats another content than the placed one", i)
		}
	}
}

func TestEditsAreFlaggedByTheirOwnTotal(t *testing.T) {
	wrong := lunch()
	wrong.Total++
	overflow := lunch()
	overflow.Items[0].Price = mostMoney
	for _, tc := range []struct {
		name     string
		from, to Content
		policy   TotalPolicy
		want     bool
	}{
		{"a right total becomes wrong", lunch(), wrong, FlagTotal, true},
		{"a wrong total becomes right", wrong, lunch(), FlagTotal, false},
		{"a sum beyond the range is a difference", lunch(), overflow, FlagTotal, true},
		{"nobody asks", lunch(), wrong, AcceptTotal, false},
	} {
		o, err := Place("ana", "o-1", tc.from, tc.policy, noon).Edit(tc.to, tc.policy, noon)
		if err != nil || o.Flagged != tc.want {
			t.Errorf("%s: got flagged %v, %v, want %v", tc.name, o.Flagged, err, tc.want)
		}
		for _, s := range []Step{{Status: Acknowledged}, {Status: Dispatched, Delivery: &Courier{ID: ID{"44", true}, Name: "Wheels"}}} {
			if o, err = o.Advance(s, staff, noon); err != nil || o.Flagged != tc.want {
				t.Errorf("%s, then %s: got flagged %v, %v, want %v", tc.name, s.Status, o.Flagged, err, tc.want)
			}
		}
	}
}

func TestHistoriesNeverShareMemoryThatIsWritten(t *testing.T) {
	o := asOf(t, Dispatched)
	o.History = append(make([]Transition, 0, 16), o.History...) // room to append in place
	before := slices.Clone(o.History)
	delivered, err := o.Advance(Step{Status: Delivered}, staff, noon.Add(time.Minute))
	if err != nil {
		t.Fatalf("deliver: %v", err)
	}
	canceled, err := o.Advance(Step{Status: Canceled, Reason: "lost"}, staff, noon.Add(time.Minute))
	if err != nil {
		t.Fatalf("cancel: %v", err)
	}
	wantSame(t, "history of the original", before, o.History)
	for _, tc := range []struct {
		o    Order
		want Status
	}{{delivered, Delivered}, {canceled, Canceled}} {
		last := tc.o.History[len(tc.o.History)-1]
		if len(tc.o.History) != len(before)+1 || last.Status != tc.want {
			t.Errorf("history of the %s order: got %d lines, last %s", tc.want, len(tc.o.History), last.Status)
		}
	}
}

func TestChangesAreStampedToTheMillisecondInUTC(t *testing.T) {
	now := noon.Add(time.Minute + 777*time.Microsecond).In(time.FixedZone("", -7200))
	o, err := asOf(t, Placed).Advance(Step{Status: Acknowledged}, staff, now)
	if err != nil {
		t.Fatalf("acknowledge: %v", err)
	}
	want := noon.Add(time.Minute)
	if o.UpdatedAt != want || o.History[0].At != want || o.OrderTime != noon {
		t.Errorf("times: got %s, %s, %s, want %s twice and %s", o.UpdatedAt, o.History[0].At, o.OrderTime, want, noon)
	}
}

func TestParseStatusKnowsTheFiveNames(t *testing.T) {
	for _, s := range []string{"PLACED", "ACKNOWLEDGED", "DISPATCHED", "DELIVERED", "CANCELED"} {
		if got, err := ParseStatus(s); err != nil || string(got) != s {
			t.Errorf("ParseStatus(%q): got %q, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "placed", "CANCELLED", " PLACED", "OPEN"} {
		if got, err := ParseStatus(s); err == nil || got != "" {
			t.Errorf("ParseStatus(%q): got %q, %v, want an error", s, got, err)
		}
	}
}

func TestOpenStatusesAreWorkForARestaurant(t *testing.T) {
	got := map[Status]bool{}
	for _, s := range Statuses {
		got[s] = s.Open()
	}
	want := map[Status]bool{Placed: true, Acknowledged: true, Dispatched: true, Delivered: false, Canceled: false}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("open: got %v, want %v", got, want)
	}
}
