package order

import (
	"slices"
	"strings"
	"testing"

	"comanda/payload"
)

// rule is one body and the violations that it must be answered with.
type rule struct {
	name, body string
	want       []string
}

func broken(violations ...string) []string { return violations }

func TestReadPlacementNamesEveryViolation(t *testing.T) {
	for _, tc := range slices.Concat(bodyRules(), fieldRules(), optionalRules()) {
		t.Run(tc.name, func(t *testing.T) {
			_, got := readPlacement(tc.body, AcceptTotal)
			wantSame(t, "violations of "+tc.body[:min(len(tc.body), 120)], tc.want, got)
		})
	}
}

func TestReadContentHasTheRulesOfAPlacement(t *testing.T) {
	for _, tc := range slices.Concat(bodyRules(), fieldRules(), optionalRules()) {
		if strings.HasPrefix(tc.name, "order id") {
			continue // the path names the order that is edited
		}
		t.Run(tc.name, func(t *testing.T) {
			_, got := read(tc.body, func(v *payload.Value) Content { return ReadContent(v, AcceptTotal) })
			wantSame(t, "violations of "+tc.body[:min(len(tc.body), 120)], tc.want, got)
		})
	}
}

func bodyRules() []rule {
	return []rule{
		{"valid", placing().String(), nil},
		{"an array", `[]`, broken("$ must be an object, not an array")},
		{"a string", `"order"`, broken("$ must be an object, not a string")},
		{"null", `null`, broken("$ must be an object, not null")},
		{"an empty object", `{}`, broken("$.restaurantId is required", "$.orderItems is required", "$.totalAmount is required")},
		{"null for what is required", `{"restaurantId":null,"orderItems":null,"totalAmount":null}`,
			broken("$.restaurantId is required", "$.orderItems is required", "$.totalAmount is required")},
		{"keys in another case", `{"RestaurantId":1,"orderitems":[],"TOTALAMOUNT":1}`,
			broken("$.restaurantId is required", "$.orderItems is required", "$.totalAmount is required")},
		{"wrong types", `{"restaurantId":true,"orderItems":{},"totalAmount":"19.97"}`,
			broken("$.restaurantId must be a string or a number, not a boolean", "$.orderItems must be an array, not an object",
				"$.totalAmount must be a number, not a string")},
		{"duplicate key", strings.Replace(placing().String(), `{`, `{"totalAmount":1,`, 1),
			broken("$.totalAmount occurs more than once in its object")},
		{"duplicate key of an item", placing().with("orderItems", `[{"id":1,"name":"Tea","price":1,"id":1}]`).String(),
			broken("$.orderItems[0].id occurs more than once in its object")},
		{"duplicate key of something ignored", placing().with("unknown", `[{"a":{"b":1,"b":1}}]`).String(),
			broken("$.unknown[0].a.b occurs more than once in its object")},
		{"several at once", `{"orderItems":[{"id":1.5,"price":-1},7,{"id":"a","name":"","price":1,"quantity":0}],"totalAmount":-1,"note":5}`,
			broken("$.restaurantId is required",
				`$.orderItems[0].id 1.5 is not an id: use an integer of at most 15 digits, or 1 to 64 characters of A-Z a-z 0-9 . _ : -`,
				"$.orderItems[0].name is required", "$.orderItems[0].price must be 0 to 1000000, not -1",
				"$.orderItems[1] must be an object, not a number",
				"$.orderItems[2].name must have 1 to 200 characters, not 0",
				"$.orderItems[2].quantity must be a whole number from 1 to 10000, not 0",
				"$.totalAmount must be 0 to 100000000, not -1", "$.note must be a string, not a number")},
	}
}

func fieldRules() []rule {
	items := func(n int) string {
		return "[" + strings.TrimSuffix(strings.Repeat(`{"id":1,"name":"Tea","price":1},`, n), ",") + "]"
	}
	price, total, quantity := "$.orderItems[0].price ", "$.totalAmount ", "$.orderItems[0].quantity "
	whole := "must be a whole number from 1 to 10000, not "
	return []rule{
		{"no items", placing().with("orderItems", items(0)).String(), broken("$.orderItems must have 1 to 100 items, not 0")},
		{"1 item", placing().with("orderItems", items(1)).String(), nil},
		{"100 items", placing().with("orderItems", items(100)).String(), nil},
		{"101 items", placing().with("orderItems", items(101)).String(), broken("$.orderItems must have 1 to 100 items, not 101")},
		{"item null", placing().with("orderItems", `[null]`).String(), broken("$.orderItems[0] must be an object, not null")},
		{"item empty", placing().with("orderItems", `[{}]`).String(),
			broken("$.orderItems[0].id is required", "$.orderItems[0].name is required", "$.orderItems[0].price is required")},

		{"quantity missing", placing().item("quantity", "").String(), nil},
		{"quantity null", placing().item("quantity", "null").String(), nil},
		{"quantity 1", placing().item("quantity", "1").String(), nil},
		{"quantity 2.0", placing().item("quantity", "2.0").String(), nil},
		{"quantity 20e-1", placing().item("quantity", "20e-1").String(), nil},
		{"quantity 10000", placing().item("quantity", "10000").String(), nil},
		{"quantity 0", placing().item("quantity", "0").String(), broken(quantity + whole + "0")},
		{"quantity 10001", placing().item("quantity", "10001").String(), broken(quantity + whole + "10001")},
		{"quantity 1.5", placing().item("quantity", "1.5").String(), broken(quantity + whole + "1.5")},
		{"quantity -1", placing().item("quantity", "-1").String(), broken(quantity + whole + "-1")},
		{"quantity 1e400", placing().item("quantity", "1e400").String(), broken(quantity + whole + "1e400")},
		{"quantity 1e-400", placing().item("quantity", "1e-400").String(), broken(quantity + whole + "1e-400")},
		{"quantity as a string", placing().item("quantity", `"2"`).String(), broken(quantity + "must be a number, not a string")},

		{"price 0", placing().item("price", "0").String(), nil},
		{"price at its limit", placing().item("price", "1000000").String(), nil},
		{"price above its limit", placing().item("price", "1000000.0001").String(), broken(price + "must be 0 to 1000000, not 1000000.0001")},
		{"price negative", placing().item("price", "-0.0001").String(), broken(price + "must be 0 to 1000000, not -0.0001")},
		{"price minus 0", placing().item("price", "-0").String(), nil},
		{"price too precise", placing().item("price", "1.23456").String(), broken(price + "1.23456 has more than 4 decimal places")},
		{"price 1e400", placing().item("price", "1e400").String(), broken(price + "must be 0 to 1000000, not 1e400")},
		{"price -1e400", placing().item("price", "-1e400").String(), broken(price + "must be 0 to 1000000, not -1e400")},
		{"price 1e-400", placing().item("price", "1e-400").String(), broken(price + "1e-400 has more than 4 decimal places")},
		{"price of 100 digits", placing().item("price", strings.Repeat("9", 100)).String(),
			broken(price + "must be 0 to 1000000, not " + strings.Repeat("9", 40) + "… (100 digits)")},
		{"price as a string", placing().item("price", `"1"`).String(), broken(price + "must be a number, not a string")},

		{"total 0", placing().with("totalAmount", "0").String(), nil},
		{"total at its limit", placing().with("totalAmount", "1e8").String(), nil},
		{"total above its limit", placing().with("totalAmount", "100000000.01").String(), broken(total + "must be 0 to 100000000, not 100000000.01")},
		{"total negative", placing().with("totalAmount", "-1").String(), broken(total + "must be 0 to 100000000, not -1")},
		{"total too precise", placing().with("totalAmount", "0.00001").String(), broken(total + "0.00001 has more than 4 decimal places")},
		{"total 1e400", placing().with("totalAmount", "1e400").String(), broken(total + "must be 0 to 100000000, not 1e400")},
	}
}

func optionalRules() []rule {
	notID := " is not an id: use an integer of at most 15 digits, or 1 to 64 characters of A-Z a-z 0-9 . _ : -"
	notOrderID := " must be 1 to 64 characters of A-Z a-z 0-9 _ -"
	name, courier := "$.orderItems[0].name ", "$.delivery.name "
	return []rule{
		{"order id of 64", placing().with("orderId", quoted(64, "o")).String(), nil},
		{"order id of 65", placing().with("orderId", quoted(65, "o")).String(), broken(`$.orderId "` + strings.Repeat("o", 40) + `…"` + notOrderID)},
		{"order id empty", placing().with("orderId", `""`).String(), broken(`$.orderId ""` + notOrderID)},
		{"order id with a slash", placing().with("orderId", `"a/b"`).String(), broken(`$.orderId "a/b"` + notOrderID)},
		{"order id as a number", placing().with("orderId", `5`).String(), broken("$.orderId must be a string, not a number")},
		{"order id null", placing().with("orderId", `null`).String(), nil},

		{"restaurant of 16 digits", placing().with("restaurantId", "1234567890123456").String(), broken(`$.restaurantId 1234567890123456` + notID)},
		{"restaurant with an exponent", placing().with("restaurantId", "1e3").String(), broken(`$.restaurantId 1e3` + notID)},
		{"restaurant empty", placing().with("restaurantId", `""`).String(), broken(`$.restaurantId ""` + notID)},
		{"product as an object", placing().item("id", `{}`).String(), broken("$.orderItems[0].id must be a string or a number, not an object")},

		{"name empty", placing().item("name", `""`).String(), broken(name + "must have 1 to 200 characters, not 0")},
		{"name of 1", placing().item("name", `"茶"`).String(), nil},
		{"name of 200 characters in 600 bytes", placing().item("name", quoted(200, "茶")).String(), nil},
		{"name of 201 characters", placing().item("name", quoted(201, "茶")).String(), broken(name + "must have 1 to 200 characters, not 201")},
		{"name null", placing().item("name", `null`).String(), broken(name + "is required")},

		{"note empty", placing().with("note", `""`).String(), nil},
		{"note null", placing().with("note", `null`).String(), nil},
		{"note of 500", placing().with("note", quoted(500, "é")).String(), nil},
		{"note of 501", placing().with("note", quoted(501, "é")).String(), broken("$.note must have 0 to 500 characters, not 501")},
		{"address null", placing().with("deliveryAddress", `null`).String(), nil},
		{"address of 500", placing().with("deliveryAddress", quoted(500, "é")).String(), nil},
		{"address of 501", placing().with("deliveryAddress", quoted(501, "é")).String(),
			broken("$.deliveryAddress must have 0 to 500 characters, not 501")},
		{"address as an array", placing().with("deliveryAddress", `[]`).String(), broken("$.deliveryAddress must be a string, not an array")},

		{"delivery null", placing().with("delivery", `null`).String(), nil},
		{"delivery", placing().with("delivery", `{"id":"c.1","name":"Wheels"}`).String(), nil},
		{"delivery without id and name", placing().with("delivery", `{}`).String(), broken("$.delivery.id is required", courier+"is required")},
		{"delivery with a bad id", placing().with("delivery", `{"id":"a b","name":"W"}`).String(), broken(`$.delivery.id "a b"` + notID)},
		{"delivery with a long name", placing().with("delivery", `{"id":1,"name":`+quoted(201, "w")+`}`).String(),
			broken(courier + "must have 1 to 200 characters, not 201")},
		{"delivery as a string", placing().with("delivery", `"Wheels"`).String(), broken("$.delivery must be an object, not a string")},

		{"what the service decides is ignored, whatever it is",
			placing().with("status", `"DELIVERED"`).with("orderTime", `{"a":[]}`).with("userId", `1e999`).String(), nil},
		{"unknown fields are ignored at every level",
			placing().item("unknown", `[{"id":false}]`).with("unknown", `{"totalAmount":-1}`).with("reason", `7`).String(), nil},
	}
}
