package order

import (
	"strings"
	"testing"
	"time"
)

func TestFirstAnswersOfRenderer1StayAsTheyAre(t *testing.T) {
	for name, o := range specimens(t) {
		t.Run(name, func(t *testing.T) {
			answer, err := o.FirstAnswer()
			if err != nil {
				t.Fatalf("first answer: %v", err)
			}
			wantBytes(t, "first answer", golden(t, "renderer1/"+name+".json", answer), answer)
		})
	}
}

func TestAnswersShowWhatBecameOfAnOrder(t *testing.T) {
	for name, o := range specimens(t) {
		for _, viewer := range []Viewer{Owner, Staff} {
			t.Run(name+" for "+string(viewer), func(t *testing.T) {
				answer, err := o.Render(viewer)
				if err != nil {
					t.Fatalf("render: %v", err)
				}
				wantBytes(t, "answer", golden(t, "renderer1/"+name+"."+string(viewer)+".json", answer), answer)
			})
		}
	}
}

func TestCustomersSeeRolesWhereStaffSeeIDs(t *testing.T) {
	for _, tc := range []struct {
		name       string
		o          Order
		viewer     Viewer
		has, lacks string
	}{
		{"a step, to its customer", asOf(t, Acknowledged), Owner, `"by":"staff"`, "kit-7"},
		{"a step, to staff", asOf(t, Acknowledged), Staff, `"by":"kit-7"`, `"by":"staff"`},
		{"a customer's cancellation, to the customer", must(t)(asOf(t, Placed).Cancel(noon)), Owner, `"by":"owner"`, `"by":"ana"`},
		{"a customer's cancellation, to staff", must(t)(asOf(t, Placed).Cancel(noon)), Staff, `"by":"ana"`, `"by":"owner"`},
	} {
		answer, err := tc.o.Render(tc.viewer)
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		if got := string(answer); !strings.Contains(got, tc.has) || strings.Contains(got, tc.lacks) {
			t.Errorf("%s: got %s, want %s and no %s in it", tc.name, got, tc.has, tc.lacks)
		}
	}
}

func TestTheFirstAnswerOutlivesEveryChange(t *testing.T) {
	later := noon.Add
	courier := &Courier{ID: ID{"44", true}, Name: "Wheels"}
	edit := func(o Order) (Order, error) { return o.Edit(dinner(), FlagTotal, later(time.Second)) }
	editBack := func(o Order) (Order, error) { return o.Edit(lunch(), FlagTotal, later(2*time.Second)) }
	spell := func(o Order) (Order, error) { // the same content as placed, in another spelling
		c := lunch()
		c.Restaurant = ID{"1", false}
		return o.Edit(c, FlagTotal, later(3*time.Second))
	}
	cancel := func(o Order) (Order, error) { return o.Cancel(later(time.Minute)) }
	step := func(s Step) func(Order) (Order, error) {
		return func(o Order) (Order, error) { return o.Advance(s, staff, later(time.Minute)) }
	}
	store := func(o Order) (Order, error) {
		r, err := Encode(o)
		if err != nil {
			return Order{}, err
		}
		return Decode(r)
	}
	acknowledge, dispatch, deliver := step(Step{Status: Acknowledged}), step(Step{Status: Dispatched, Delivery: courier}), step(Step{Status: Delivered})
	for name, changes := range map[string][]func(Order) (Order, error){
		"stored":                         {store},
		"edited":                         {edit},
		"edited and stored":              {edit, store},
		"edited and edited back":         {edit, store, editBack, store},
		"edited back in other spelling":  {edit, store, spell, store},
		"edited and canceled":            {store, edit, store, cancel, store},
		"delivered by another courier":   {acknowledge, store, dispatch, store, deliver, store},
		"edited, then with a courier":    {edit, acknowledge, store, dispatch, store},
		"canceled for a reason by staff": {acknowledge, step(Step{Status: Canceled, Reason: "closed"}), store},
	} {
		t.Run(name, func(t *testing.T) {
			o := Place("ana", "o-1", lunch(), FlagTotal, noon)
			want, err := o.FirstAnswer()
			if err != nil {
				t.Fatalf("first answer: %v", err)
			}
			if now, err := o.Render(Owner); err != nil || string(now) != string(want) {
				t.Errorf("render when placed: got %s, %v, want the first answer %s", now, err, want)
			}
			for _, change := range changes {
				o = must(t)(change(o))
				got, err := o.FirstAnswer()
				if err != nil {
					t.Fatalf("first answer: %v", err)
				}
				wantBytes(t, "first answer", want, got)
			}
		})
	}
}

func TestSpecialCharactersInFirstAnswersArePinned(t *testing.T) {
	c := lunch()
	c.Items[0].Name = `<b>&amp;</b> "quoted" \ back/slash 'single'`
	c.Items[1].Name = "Crème brûlée 茶 🍲 e\u0301"
	c.Note = "tab\t newline\n return\r nul\x00 unit\x1f delete\x7f"
	c.Address = "line\u2028separator paragraph\u2029separator bom\ufeff replacement\ufffd"
	answer, err := Place("ana", "o-1", c, AcceptTotal, noon).FirstAnswer()
	if err != nil {
		t.Fatalf("first answer: %v", err)
	}
	wantBytes(t, "first answer", golden(t, "renderer1/special-characters.json", answer), answer)
	p, violations := readPlacement(string(answer), AcceptTotal)
	if violations != nil || !p.Content.Same(c) {
		t.Errorf("read again: got %+v, %q, want what was placed", p, violations)
	}
}

func TestARendererThatIsUnknownIsAnError(t *testing.T) {
	o := Place("ana", "o-1", lunch(), AcceptTotal, noon)
	o.renderer = currentRenderer + 1
	want := "render order: renderer 2 is unknown to this release"
	if answer, err := o.FirstAnswer(); err == nil || err.Error() != want {
		t.Errorf("first answer: got %s, %v, want %s", answer, err, want)
	}
}

func TestNewOrdersNameTheNewestRenderer(t *testing.T) {
	newest := 0
	for number := range renderers {
		newest = max(newest, number)
	}
	if got := Place("ana", "o-1", lunch(), AcceptTotal, noon).renderer; got != newest || got != currentRenderer {
		t.Errorf("renderer: got %d, want the newest, %d", got, newest)
	}
}
