package acceptance

import (
	"strings"
	"testing"
)

// samenessScenarios place one order, and then send it again in other words, or
// something else under its id.
func samenessScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	u := c.signUp(t, "ana")
	const base = `{"orderId":"same","restaurantId":1,"orderItems":[{"id":"7","name":"Soup","price":1.1,"quantity":1},{"id":2,"name":"Crème & <b>","price":20}],"totalAmount":21.1,"note":"no salt"}`
	first := c.post(t, u, "/orders", base).expect(t, want{status: 200, json: fields{
		"orderItems.0.id": "7", "orderItems.0.price": 1.1, "orderItems.1.quantity": 1, "orderItems.1.name": "Crème & <b>", "note": "no salt", "deliveryAddress": absent,
	}})
	replace := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(base) }
	for _, x := range []struct{ name, body string }{
		{"the same bytes", base},
		{"white space", " \r\n\t" + strings.NewReplacer(",", " ,\n ", ":", "\t: ").Replace(base) + "\n\n"},
		{"keys in another order", `{"note":"no salt","totalAmount":21.1,"orderItems":[{"price":1.1,"id":"7","quantity":1,"name":"Soup"},{"name":"Crème & <b>","price":20,"id":2}],"restaurantId":1,"orderId":"same"}`},
		{"amounts with zeros", replace("1.1,", "1.1000,", "21.1,", "21.10,", `"price":20`, `"price":20.0`)},
		{"amounts with exponents", replace(`"price":1.1,`, `"price":11e-1,`, "21.1,", "0.211E+2,", `"price":20`, `"price":2e1`)},
		{"a restaurant's id as text", replace(`"restaurantId":1`, `"restaurantId":"1"`)},
		{"an item's id as number", replace(`"id":"7"`, `"id":7`)},
		{"the default quantity left out", replace(`,"quantity":1`, ``)},
		{"the default quantity written out", replace(`"price":20`, `"price":20,"quantity":1`)},
		{"a quantity with a fraction of zero", replace(`"quantity":1`, `"quantity":1.0`)},
		{"nulls for what isn't set", with(base, `"delivery":null`, `"deliveryAddress":null`)},
		{"empty text for what isn't set", with(base, `"deliveryAddress":""`)},
		{"unknown members", with(base, `"coupon":{"code":"x","list":[1,2,{"a":null}]}`, `"OrderItems":5`)},
		{"unknown members of an item", replace(`"name":"Soup"`, `"name":"Soup","allergens":["celery"]`)},
		{"members that the service decides", with(base, `"status":"CANCELED"`, `"version":9`, `"userId":"x"`, `"orderTime":"2020-01-01T00:00:00Z"`)},
		{"letters as escapes", replace("Soup", `S\u006fup`, "Crème", `Cr\u00e8me`, "&", `\u0026`)},
	} {
		s.scenario(t, "the same order again: "+x.name, func(t *testing.T) {
			if err := c.post(t, u, "/orders", x.body).isReplay(first); err != nil {
				t.Error(err)
			}
		})
	}
	for _, x := range []struct{ name, body string }{
		{"another restaurant", replace(`"restaurantId":1`, `"restaurantId":2`)},
		{"an id with a leading zero", replace(`"restaurantId":1`, `"restaurantId":"01"`)},
		{"another price", replace("1.1,", "1.1001,")},
		{"another total", replace("21.1,", "21.2,")},
		{"another name", replace("Soup", "soup")},
		{"another quantity", replace(`"quantity":1`, `"quantity":2`)},
		{"items in another order", replace(`{"id":"7","name":"Soup","price":1.1,"quantity":1},{"id":2,"name":"Crème & <b>","price":20}`,
			`{"id":2,"name":"Crème & <b>","price":20},{"id":"7","name":"Soup","price":1.1,"quantity":1}`)},
		{"an item more", replace(`"price":20}`, `"price":20},{"id":3,"name":"Tea","price":0}`)},
		{"an item less", replace(`,{"id":2,"name":"Crème & <b>","price":20}`, ``)},
		{"another note", replace("no salt", "no salt ")},
		{"no note", replace(`,"note":"no salt"`, ``)},
		{"an address", with(base, `"deliveryAddress":"Main St"`)},
		{"a courier", with(base, `"delivery":{"id":1,"name":"Cargo"}`)},
		{"another normal form of a letter", replace("Crème", `Cre\u0300me`)},
	} {
		s.scenario(t, "another order under a used id: "+x.name, func(t *testing.T) {
			c.post(t, u, "/orders", x.body).expect(t, want{status: 422, problem: "key-reused", header: map[string]string{"Idempotent-Replayed": "", "ETag": ""}})
		})
	}
	s.scenario(t, "the order is as it was first", func(t *testing.T) {
		if got := c.get(t, u, "/orders/same"); string(got.body) != string(first.body) {
			t.Errorf("got %s, want %s", got.body, first.body)
		}
	})
}
