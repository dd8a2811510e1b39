package order

import (
	"testing"

	"comanda/payload"
)

func TestReadPlacementReturnsWhatWasSent(t *testing.T) {
	body := `{"orderId":"o-1","userId":"eve","status":"DELIVERED","orderTime":"2001-01-01T00:00:00Z","restaurantId":"casa:9",
		"orderItems":[{"id":"p-1","name":"Risotto","price":14.50,"quantity":3.0,"size":"L"}],"totalAmount":4500e-2,
		"delivery":{"id":44,"name":"Wheels","phone":"x"},"note":"no onions","deliveryAddress":"1 Quay Street","extra":{"a":[1]}}`
	p, violations := readPlacement(body, AcceptTotal)
	if violations != nil {
		t.Fatalf("violations: got %q, want none", violations)
	}
	wantSame(t, "placement", Placement{OrderID: "o-1", Content: dinner()}, p)
	content, _ := read(body, func(v *payload.Value) Content { return ReadContent(v, AcceptTotal) })
	wantSame(t, "content", dinner(), content)
}

func TestReadPlacementFillsInDefaults(t *testing.T) {
	p, violations := readPlacement(placing().item("quantity", "").with("note", "null").with("delivery", "null").String(), AcceptTotal)
	want := Placement{Content: Content{
		Restaurant: ID{"1", true}, Items: []Item{{ID: ID{"1", true}, Name: "Tea", Price: 25_000, Quantity: 1}}, Total: 199_700,
	}}
	wantSame(t, "violations", nil, violations)
	wantSame(t, "placement", want, p)
}

func TestSameIgnoresSpellingButNothingElse(t *testing.T) {
	full := func() fields {
		return fields{"restaurantId": `1`, "totalAmount": `2.20`, "note": `"n"`, "deliveryAddress": `"a"`,
			"orderItems": `[{"id":"2","name":"Tea","price":1.1,"quantity":2}]`, "delivery": `{"id":7,"name":"W"}`}
	}
	items := func(text string) string { return full().with("orderItems", text).String() }
	base, _ := readPlacement(full().String(), AcceptTotal)
	for _, tc := range []struct {
		name, body string
		want       bool
	}{
		{"other spellings", `{"deliveryAddress":"\u0061","note":"n","delivery":{"name":"W","id":"7"},"totalAmount":22e-1,
			"orderItems":[{"quantity":2.0,"price":1.10,"name":"Tea","id":2}],"restaurantId":"1","status":"X"}`, true},
		{"restaurant", full().with("restaurantId", `2`).String(), false},
		{"item id", items(`[{"id":"3","name":"Tea","price":1.1,"quantity":2}]`), false},
		{"item name", items(`[{"id":"2","name":"tea","price":1.1,"quantity":2}]`), false},
		{"price", items(`[{"id":"2","name":"Tea","price":1.1001,"quantity":2}]`), false},
		{"quantity", items(`[{"id":"2","name":"Tea","price":1.1}]`), false},
		{"more items", items(`[{"id":"2","name":"Tea","price":1.1,"quantity":2},{"id":3,"name":"Tea","price":0}]`), false},
		{"total", full().with("totalAmount", `2.2001`).String(), false},
		{"no courier", full().with("delivery", "").String(), false},
		{"courier id", full().with("delivery", `{"id":8,"name":"W"}`).String(), false},
		{"courier name", full().with("delivery", `{"id":7,"name":"V"}`).String(), false},
		{"note", full().with("note", `"N"`).String(), false},
		{"no address", full().with("deliveryAddress", "").String(), false},
	} {
		other, violations := readPlacement(tc.body, AcceptTotal)
		if violations != nil {
			t.Fatalf("%s: got violations %q, want none", tc.name, violations)
		}
		if got, back := base.Content.Same(other.Content), other.Content.Same(base.Content); got != tc.want || back != tc.want {
			t.Errorf("%s: got same %v and %v the other way, want %v", tc.name, got, back, tc.want)
		}
	}
}

func TestReadStepNamesEveryViolation(t *testing.T) {
	statuses := "use one of PLACED, ACKNOWLEDGED, DISPATCHED, DELIVERED, CANCELED"
	for _, tc := range []struct {
		body string
		step Step
		want []string
	}{
		{`{"status":"ACKNOWLEDGED"}`, Step{Status: Acknowledged}, nil},
		{`{"status":"PLACED","unknown":1}`, Step{Status: Placed}, nil},
		{`{"status":"DISPATCHED","delivery":{"id":4,"name":"W"}}`, Step{Status: Dispatched, Delivery: &Courier{ID: ID{"4", true}, Name: "W"}}, nil},
		{`{"status":"DISPATCHED","delivery":null,"reason":null}`, Step{Status: Dispatched}, nil},
		{`{"status":"CANCELED","reason":` + quoted(200, "é") + `}`, Step{Status: Canceled, Reason: string([]rune(quoted(200, "é"))[1:201])}, nil},
		{`{"status":"CANCELED","reason":""}`, Step{Status: Canceled}, nil},
		{`7`, Step{}, broken("$ must be an object, not a number")},
		{`{}`, Step{}, broken("$.status is required")},
		{`{"status":null}`, Step{}, broken("$.status is required")},
		{`{"status":5}`, Step{}, broken("$.status must be a string, not a number")},
		{`{"status":"placed"}`, Step{}, broken(`$.status "placed" is no status: ` + statuses)},
		{`{"status":""}`, Step{}, broken(`$.status "" is no status: ` + statuses)},
		{`{"status":"EATEN","delivery":{"id":1,"name":"W"}}`, Step{}, broken(`$.status "EATEN" is no status: ` + statuses)},
		{`{"status":"CANCELED","delivery":{"id":1,"name":"W"}}`, Step{}, broken("$.delivery is allowed only with status DISPATCHED")},
		{`{"status":"DISPATCHED","delivery":{"name":"W"}}`, Step{}, broken("$.delivery.id is required")},
		{`{"status":"CANCELED","reason":` + quoted(201, "é") + `}`, Step{}, broken("$.reason must have 0 to 200 characters, not 201")},
		{`{"delivery":7,"reason":false}`, Step{}, broken("$.status is required", "$.delivery must be an object, not a number",
			"$.reason must be a string, not a boolean")},
	} {
		step, got := read(tc.body, ReadStep)
		wantSame(t, "violations of "+tc.body, tc.want, got)
		if tc.want == nil {
			wantSame(t, "step of "+tc.body, tc.step, step)
		}
	}
}

func TestTotalPolicies(t *testing.T) {
	for _, tc := range []struct {
		policy  TotalPolicy
		total   string
		want    []string
		flagged bool
	}{
		{AcceptTotal, "19.97", nil, false},
		{AcceptTotal, "25", nil, false},
		{FlagTotal, "19.970", nil, false},
		{FlagTotal, "19.98", nil, true},
		{RejectTotal, "1997e-2", nil, false},
		{RejectTotal, "19.9701", broken("$.totalAmount is 19.9701, but the items sum up to 19.97"), false},
		{RejectTotal, "0", broken("$.totalAmount is 0, but the items sum up to 19.97"), false},
	} {
		p, got := readPlacement(placing().with("totalAmount", tc.total).String(), tc.policy)
		wantSame(t, string(tc.policy)+" "+tc.total, tc.want, got)
		if o := Place("ana", "o-1", p.Content, tc.policy, noon); tc.want == nil && o.Flagged != tc.flagged {
			t.Errorf("%s %s: got flagged %v, want %v", tc.policy, tc.total, o.Flagged, tc.flagged)
		}
	}
}

func TestSubtotalNeverOverflowsWhatIsAccepted(t *testing.T) {
	most := Content{Items: make([]Item, MaxItems)}
	for i := range most.Items {
		most.Items[i] = Item{Price: MaxPrice, Quantity: MaxQuantity}
	}
	if sum, err := most.Subtotal(); err != nil || sum != MaxPrice*MaxQuantity*MaxItems {
		t.Errorf("the largest order: got %s, %v, want 1000000000000", sum, err)
	}
	foreign := Content{Items: []Item{{Price: mostMoney, Quantity: 1}, {Price: 1, Quantity: 1}}}
	if sum, err := foreign.Subtotal(); err == nil {
		t.Errorf("beyond the range: got %s, want an error", sum)
	}
	foreign.Items[0].Quantity = 2
	if sum, err := foreign.Subtotal(); err == nil {
		t.Errorf("a line beyond the range: got %s, want an error", sum)
	}
}
