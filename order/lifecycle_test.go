package order

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// asOf returns an order of ana's that has gone the regular way to a status.
func asOf(t *testing.T, s Status) Order {
	t.Helper()
	o := Place("ana", "o-1", lunch(), AcceptTotal, noon)
	way := map[Status][]Status{
		Acknowledged: {Acknowledged},
		Dispatched:   {Acknowledged, Dispatched},
		Delivered:    {Acknowledged, Dispatched, Delivered},
		Canceled:     {Canceled},
	}
	for i, next := range way[s] {
		var err error
		if o, err = o.Advance(Step{Status: next}, staff, noon.Add(time.Duration(i+1)*time.Second)); err != nil {
			t.Fatalf("advance to %s: %v", next, err)
		}
	}
	return o
}

func TestPlaceMakesTheFirstVersion(t *testing.T) {
	local := noon.In(time.FixedZone("", 3600)).Add(999 * time.Microsecond)
	got := Place("ana", "o-1", dinner(), AcceptTotal, local)
	want := Order{
		UserID: "ana", OrderID: "o-1", Content: dinner(), Status: Placed, Version: 1,
		OrderTime: noon, UpdatedAt: noon, UpdatedBy: ana, renderer: 1,
	}
	wantSame(t, "order", want, got)
}

// outcome is what an action on an order leads to: a status, or an error text.
type outcome struct {
	status Status
	err    string
}

func TestEveryActionInEveryStatus(t *testing.T) {
	unchanged := func(s Status) outcome { return outcome{status: s} }
	toStep := func(is, to Status, open string) outcome {
		return outcome{is, fmt.Sprintf("the order is %s and can't be set to %s: %s", is, to, open)}
	}
	owner := func(is Status, action string) outcome {
		return outcome{is, fmt.Sprintf("the order is %s and can't be %s: that is possible only while it is PLACED", is, action)}
	}
	const none = "no step is open"
	fromPlaced, fromAck, fromSent := "open steps are ACKNOWLEDGED, CANCELED", "open steps are DISPATCHED, CANCELED", "open steps are DELIVERED, CANCELED"
	actions := []string{"edit", "cancel", "PLACED", "ACKNOWLEDGED", "DISPATCHED", "DELIVERED", "CANCELED"}
	for is, want := range map[Status][]outcome{
		Placed: {{status: Placed}, {status: Canceled}, unchanged(Placed), {status: Acknowledged},
			toStep(Placed, Dispatched, fromPlaced), toStep(Placed, Delivered, fromPlaced), {status: Canceled}},
		Acknowledged: {owner(Acknowledged, "edited"), owner(Acknowledged, "canceled"), toStep(Acknowledged, Placed, fromAck),
			unchanged(Acknowledged), {status: Dispatched}, toStep(Acknowledged, Delivered, fromAck), {status: Canceled}},
		Dispatched: {owner(Dispatched, "edited"), owner(Dispatched, "canceled"), toStep(Dispatched, Placed, fromSent),
			toStep(Dispatched, Acknowledged, fromSent), unchanged(Dispatched), {status: Delivered}, {status: Canceled}},
		Delivered: {owner(Delivered, "edited"), owner(Delivered, "canceled"), toStep(Delivered, Placed, none),
			toStep(Delivered, Acknowledged, none), toStep(Delivered, Dispatched, none), unchanged(Delivered), toStep(Delivered, Canceled, none)},
		Canceled: {owner(Canceled, "edited"), unchanged(Canceled), toStep(Canceled, Placed, none),
			toStep(Canceled, Acknowledged, none), toStep(Canceled, Dispatched, none), toStep(Canceled, Delivered, none), unchanged(Canceled)},
	} {
		for i, action := range actions {
			t.Run(fmt.Sprintf("%s when %s", action, is), func(t *testing.T) {
				checkAction(t, asOf(t, is), action, want[i])
			})
		}
	}
}

// checkAction acts on o a minute after noon and holds the result against want:
// an error changes nothing, a change is one version and, if it is one of status,
// one line of history.
func checkAction(t *testing.T, o Order, action string, want outcome) {
	t.Helper()
	before, now := snapshot(o), noon.Add(time.Minute)
	by := ana
	var got Order
	var err error
	switch action {
	case "edit":
		got, err = o.Edit(dinner(), AcceptTotal, now)
	case "cancel":
		got, err = o.Cancel(now)
	default:
		by = staff
		got, err = o.Advance(Step{Status: Status(action), Reason: "because"}, by, now)
	}
	wantSame(t, "the order acted on", before, o)
	if want.err != "" {
		var status *StatusError
		if !errors.As(err, &status) || err.Error() != want.err {
			t.Errorf("error: got %v, want %s", err, want.err)
		}
		wantSame(t, "the order after a refusal", before, got)
		return
	}
	if err != nil {
		t.Fatalf("error: got %v, want none", err)
	}
	expected := before
	switch {
	case action == "edit":
		expected.Content, expected.placement = dinner(), &placement{Content: lunch()}
	case want.status == before.Status:
		wantSame(t, "the order after a repetition", before, got)
		return
	default:
		reason := "because"
		if by == ana {
			reason = ""
		}
		expected.Status = want.status
		expected.History = append(expected.History, Transition{Status: want.status, At: now, By: by, Reason: reason})
	}
	expected.Version++
	expected.UpdatedAt, expected.UpdatedBy = now, by
	wantSame(t, "the order after a change", expected, got)
}

// snapshot copies what a careless change could write through.
func snapshot(o Order) Order {
	o.History = append([]Transition(nil), o.History...)
	o.Items = append([]Item(nil), o.Items...)
	return o
}

func TestOwnersCancelForTenMinutes(t *testing.T) {
	for _, tc := range []struct {
		age time.Duration
		ok  bool
	}{
		{0, true},
		{9*time.Minute + 59*time.Second, true},
		{9*time.Minute + 59*time.Second + 999*time.Millisecond, true},
		{10*time.Minute - time.Nanosecond, true},
		{10 * time.Minute, false},
		{10*time.Minute + time.Second, false},
		{24*time.Hour + 5*time.Minute, false},
		{365 * 24 * time.Hour, false},
		{-time.Millisecond, true},
		{-10 * time.Minute, true},
		{-48 * time.Hour, true},
	} {
		o := Place("ana", "o-1", lunch(), AcceptTotal, noon)
		got, err := o.Cancel(noon.Add(tc.age))
		var old *TooOldError
		switch {
		case tc.ok && (err != nil || got.Status != Canceled):
			t.Errorf("age %s: got %s, %v, want CANCELED", tc.age, got.Status, err)
		case !tc.ok && (!errors.As(err, &old) || old.Age != tc.age || old.Limit != CancelWindow || got.Status != Placed):
			t.Errorf("age %s: got %s, %v, want PLACED and the age as error", tc.age, got.Status, err)
		}
	}
}

func TestTheAgeOfAnOrderCountsFromItsPlacingNotItsEdit(t *testing.T) {
	o, err := Place("ana", "o-1", lunch(), AcceptTotal, noon).Edit(dinner(), AcceptTotal, noon.Add(9*time.Minute))
	if err != nil {
		t.Fatalf("edit: %v", err)
	}
	_, err = o.Cancel(noon.Add(11 * time.Minute))
	want := "the order was placed 11m0s ago and can't be canceled: that is possible for 10m0s"
	if err == nil || err.Error() != want {
		t.Errorf("cancel: got %v, want %s", err, want)
	}
}

func TestCancelingAgainIsFineHoweverLate(t *testing.T) {
	o := asOf(t, Canceled)
	got, err := o.Cancel(noon.Add(72 * time.Hour))
	if err != nil {
		t.Errorf("cancel again: %v", err)
	}
	wantSame(t, "the order", o, got)
}
