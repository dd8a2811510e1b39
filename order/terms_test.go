package order

import (
	"context"
	"errors"
	"slices"
	"testing"

	"comanda/payload"
	"comanda/storage"
)

// asked is a body as it reaches the service: what it asks for, and the terms that come with it.
func asked[T any](t *testing.T, body string, reader func(*payload.Value) T) (T, payload.Terms) {
	t.Helper()
	var report payload.Report
	v := payload.Parse([]byte(body), &report)
	if v == nil {
		t.Fatalf("%s: %v", body, report.Err())
	}
	got := reader(v)
	for _, m := range v.Unknown() {
		m.RejectNew("is unknown")
	}
	if report.Err() != nil {
		t.Fatalf("%s: %v", body, report.Err())
	}
	return got, payload.Terms{Objection: report.Objection()}
}

func readOrder(v *payload.Value) Placement { return ReadPlacement(v, AcceptTotal) }
func readEdit(v *payload.Value) Content    { return ReadContent(v, AcceptTotal) }

// broke returns the violations that an error has, nil for another error or none.
func broke(err error) (out []string) {
	var invalid *payload.Invalid
	if errors.As(err, &invalid) {
		for _, v := range invalid.Violations {
			out = append(out, v.Path+" "+v.Message)
		}
	}
	return out
}

func wantBroke(t *testing.T, what string, err error, want ...string) {
	t.Helper()
	if got := broke(err); !slices.Equal(got, want) || want != nil && err == nil {
		t.Errorf("%s: got %v with violations %q, want %q", what, err, got, want)
	}
}

// ugly returns the members of a body that the first edition took: control characters in
// every text, a courier whose name can't be seen, and a member that no reader knows.
func ugly() fields {
	return placing().with("orderId", `"o-1"`).with("note", `"no\u0000nuts"`).with("deliveryAddress", `"1 Quay\u001bStreet"`).
		with("delivery", `{"id":7,"name":" "}`).with("orderItems", `[{"id":1,"name":"So\u0000up","price":1,"qty":2}]`)
}

var uglyParts = []string{
	"$.orderItems[0].name must have no control characters", "$.delivery.name must have a visible character",
	"$.note must have no control characters but newline and tab", "$.deliveryAddress must have no control characters but newline and tab",
	"$.orderItems[0].qty is unknown",
}

func TestRulesForNewOrdersRefuseNewOrders(t *testing.T) {
	for name, tc := range map[string]struct {
		body fields
		key  string
	}{
		"with an id":   {ugly(), ""},
		"with a key":   {ugly().with("orderId", ""), "k"},
		"with neither": {ugly().with("orderId", ""), ""},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKitchen(t)
			p, terms := asked(t, tc.body.String(), readOrder)
			_, _, err := k.Under(terms).Place(background, "ana", p, route, tc.key)
			wantBroke(t, "place", err, uglyParts...)
			if page, err := k.List(background, "ana", Filter{Limit: 10}); err != nil || len(page.Orders) != 0 {
				t.Errorf("stored: got %d orders, %v, want none", len(page.Orders), err)
			}
		})
	}
}

func TestARepetitionIsNotRefusedByARuleThatCameLater(t *testing.T) {
	for name, key := range map[string]string{"with an id": "", "with a key": "k"} {
		t.Run(name, func(t *testing.T) {
			k := newKitchen(t)
			body := ugly()
			if key != "" {
				body = body.with("orderId", "")
			}
			p, terms := asked(t, body.String(), readOrder)
			first, _, err := k.Place(background, "ana", p, route, key) // as the first edition did
			if err != nil {
				t.Fatal(err)
			}
			want, err := first.FirstAnswer()
			if err != nil {
				t.Fatal(err)
			}
			again, replayed, err := k.Under(terms).Place(background, "ana", p, route, key)
			if err != nil || !replayed {
				t.Fatalf("place again: got replayed %v, %v, want a repetition", replayed, err)
			}
			answer, err := again.FirstAnswer()
			if err != nil {
				t.Fatal(err)
			}
			wantBytes(t, "first answer", want, answer)
			p.Content.Note = "other\x00"
			if _, _, err := k.Under(terms).Place(background, "ana", p, route, key); !errors.Is(err, ErrReused) {
				t.Errorf("something else under its id: got %v, want %v", err, ErrReused)
			}
		})
	}
}

func TestWhatCantBeLookedUpIsNotRefused(t *testing.T) {
	k := newKitchen(t)
	p, terms := asked(t, ugly().String(), readOrder)
	k.store.OnGet = func(context.Context, storage.Key) (storage.Record, error) { return storage.Record{}, storage.ErrBusy }
	if _, _, err := k.Under(terms).Place(background, "ana", p, route, ""); !errors.Is(err, storage.ErrBusy) {
		t.Errorf("got %v, want %v", err, storage.ErrBusy)
	}
}

func TestAnEditIsHeldToRulesForWhatItChanges(t *testing.T) {
	k := newKitchen(t)
	p, _ := asked(t, ugly().String(), readOrder)
	k.place("o-1", p.Content)
	edit := func(body fields) (Order, error) {
		c, terms := asked(t, body.String(), readEdit)
		return k.Under(terms).Edit(background, "ana", "o-1", c, nil)
	}
	if o, err := edit(ugly()); err != nil || o.Version != 1 {
		t.Errorf("the same again: got version %d, %v, want 1", o.Version, err)
	}
	_, err := edit(ugly().with("totalAmount", "5"))
	wantBroke(t, "another total with a member that is unknown", err, "$.orderItems[0].qty is unknown")
	known := func() fields {
		return ugly().with("orderItems", `[{"id":1,"name":"So\u0000up","price":1,"quantity":2}]`)
	}
	if o, err := edit(known()); err != nil || o.Version != 2 {
		t.Errorf("another quantity beside text that is there: got version %d, %v, want 2", o.Version, err)
	}
	_, err = edit(known().with("note", `"new\u0000"`))
	wantBroke(t, "another note", err, "$.note must have no control characters but newline and tab")
	if o, err := edit(known().with("note", `"no nuts,\n\tplease"`)); err != nil || o.Version != 3 || o.Note != "no nuts,\n\tplease" {
		t.Errorf("a clean note: got %q, version %d, %v", o.Note, o.Version, err)
	}
	_, err = edit(known().with("note", `"no\u0000nuts"`))
	wantBroke(t, "the note that was there before", err, "$.note must have no control characters but newline and tab")
}

func TestAStepIsHeldToRulesForWhatItChanges(t *testing.T) {
	k := newKitchen(t)
	k.place("o-1", lunch())
	step := func(body string) (Order, error) {
		s, terms := asked(t, body, ReadStep)
		return k.Under(terms).Advance(background, "kit-7", "ana", "o-1", s, nil, anyRestaurant)
	}
	_, err := step(`{"status":"CANCELED","reason":"sold\u0007out","why":1}`)
	wantBroke(t, "a step", err, "$.reason must have no control characters", "$.why is unknown")
	_, err = step(`{"status":"CANCELED","reason":"two\nlines"}`)
	wantBroke(t, "a reason of two lines", err, "$.reason must have no control characters")
	if o, err := step(`{"status":"PLACED","reason":"sold\u0007out","why":1}`); err != nil || o.Version != 1 {
		t.Errorf("the status that it has: got version %d, %v, want 1", o.Version, err)
	}
	k.advance("o-1", Step{Status: Acknowledged})
	_, err = step(`{"status":"DISPATCHED","delivery":{"id":1,"name":"\u200b"}}`)
	wantBroke(t, "a courier whose name can't be seen", err, "$.delivery.name must have a visible character")
}

func TestAChangeCanBeUnwantedForAVersion(t *testing.T) {
	k := newKitchen(t)
	k.place("o-1", lunch())
	unless := func(versions ...int) *Service {
		return k.Under(payload.Terms{Unless: func(v int) bool { return slices.Contains(versions, v) }})
	}
	for name, act := range map[string]func(*Service) error{
		"edit":   func(s *Service) error { _, err := s.Edit(background, "ana", "o-1", dinner(), nil); return err },
		"cancel": func(s *Service) error { _, err := s.Cancel(background, "ana", "o-1", nil); return err },
		"step": func(s *Service) error {
			_, err := s.Advance(background, "kit-7", "ana", "o-1", Step{Status: Acknowledged}, nil, anyRestaurant)
			return err
		},
	} {
		if err := act(unless(1, 7)); !errors.Is(err, ErrPrecondition) {
			t.Errorf("%s: got %v, want %v", name, err, ErrPrecondition)
		}
	}
	if o, err := unless(2).Edit(background, "ana", "o-1", dinner(), nil); err != nil || o.Version != 2 {
		t.Errorf("another version: got %d, %v, want 2", o.Version, err)
	}
	if _, err := unless(0).Edit(background, "ana", "none", dinner(), nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("an order that isn't there: got %v, want %v", err, ErrNotFound)
	}
}

func TestAnAnswerCanBeSentBack(t *testing.T) {
	k := newKitchen(t)
	k.place("o-1", dinner())
	k.advance("o-1", Step{Status: Acknowledged})
	for _, viewer := range []Viewer{Owner, Staff} {
		answer, err := k.stored("o-1").Render(viewer)
		if err != nil {
			t.Fatal(err)
		}
		if _, terms := asked(t, string(answer), readOrder); terms.Objection != nil {
			t.Errorf("as a placement: got objections %v to %s", terms.Objection.Err(nil), answer)
		}
		if _, terms := asked(t, string(answer), readEdit); terms.Objection != nil {
			t.Errorf("as an edit: got objections %v to %s", terms.Objection.Err(nil), answer)
		}
	}
}
