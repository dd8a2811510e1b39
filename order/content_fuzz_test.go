package order

import (
	"testing"

	"comanda/payload"
)

// FuzzOrderJSON holds for any bytes: they are refused with a reason, or they
// are an order that can be stored, read back, shown and repeated.
func FuzzOrderJSON(f *testing.F) {
	f.Add([]byte(placing().String()))
	f.Add([]byte(placing().item("name", `"<b>\u2028\u0000\ud83c\udf72\"\\"`).with("delivery", `{"id":"c:1","name":"W"}`).String()))
	f.Add([]byte(placing().with("orderId", `"o-1"`).with("note", `"\u00e9"`).with("totalAmount", `1e2`).String()))
	f.Add([]byte(`{"restaurantId":-5,"orderItems":[{"id":"-5","name":" ","price":-0,"quantity":1E0}],"totalAmount":0e-9,"deliveryAddress":"\n"}`))
	f.Add([]byte(`{"restaurantId":1,"restaurantId":1}`))
	f.Add([]byte("{\"a\":\"\xff\"}"))
	f.Add([]byte(`[[[[`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var report payload.Report
		v := payload.Parse(body, &report)
		if v == nil {
			return
		}
		p := ReadPlacement(v, FlagTotal)
		if report.Err() != nil {
			return
		}
		if p.OrderID == "" {
			p.OrderID = "o-1"
		}
		o := Place("ana", p.OrderID, p.Content, FlagTotal, noon)
		r, err := Encode(o)
		if err != nil {
			t.Fatalf("encode: %v", err)
		}
		back, err := Decode(r)
		if err != nil {
			t.Fatalf("decode %s: %v", r.Doc, err)
		}
		wantSame(t, "decoded", o, back)
		answer, err := back.FirstAnswer()
		if err != nil {
			t.Fatalf("render: %v", err)
		}
		again, violations := readPlacement(string(answer), AcceptTotal)
		if violations != nil || again.OrderID != p.OrderID || !again.Content.Same(p.Content) {
			t.Errorf("the answer %s read as a placement: got %+v, %q, want what was placed", answer, again, violations)
		}
	})
}
