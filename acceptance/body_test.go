package acceptance

import (
	"fmt"
	"strings"
	"testing"
)

// badBody is a body that is refused, with everything that is wrong with it.
type badBody struct {
	name, body string
	violations []string
}

// itemOf is a body with one item that has these members.
func itemOf(members string) string {
	return `{"restaurantId":1,"orderItems":[{` + members + `}],"totalAmount":1}`
}

// badTexts aren't clean JSON.
var badTexts = []badBody{
	{"nothing", "", []string{"$ is empty"}},
	{"white space", " \n\t ", []string{"$ is empty"}},
	{"no JSON", `hello`, []string{"$ is not valid JSON at byte 0"}},
	{"a form", `restaurantId=1&totalAmount=9`, []string{"$ is not valid JSON"}},
	{"truncated", soup[:len(soup)-2], []string{"$ ends too early"}},
	{"truncated in a text", soup[:60], []string{"$ ends too early"}},
	{"two objects", soup + soup, []string{"$ continues after its end"}},
	{"a comma too many", strings.Replace(soup, "}]", "},]", 1), []string{"$ is not valid JSON"}},
	{"single quotes", strings.ReplaceAll(soup, `"`, `'`), []string{"$ is not valid JSON"}},
	{"NaN", strings.Replace(soup, "4.5", "NaN", 1), []string{"$ is not valid JSON"}},
	{"Infinity", strings.Replace(soup, "4.5", "Infinity", 1), []string{"$ is not valid JSON"}},
	{"a leading zero", strings.Replace(soup, "4.5", "04.5", 1), []string{"$ is not valid JSON"}},
	{"a plus sign", strings.Replace(soup, "4.5", "+4.5", 1), []string{"$ is not valid JSON"}},
	{"a comment", soup + "// soup", []string{"$ is not valid JSON"}},
	{"a byte order mark", "\ufeff" + soup, []string{"$ is not valid JSON"}},
	{"invalid UTF-8", strings.Replace(soup, "Soup", "So\xffp", 1), []string{"$ is not valid UTF-8 (first wrong byte at"}},
	{"a surrogate in UTF-8", strings.Replace(soup, "Soup", "\xed\xa0\x80", 1), []string{"$ is not valid UTF-8"}},
	{"half a surrogate pair", strings.Replace(soup, "Soup", `\ud83c`, 1), []string{"$ is not valid JSON"}},
	{"a control character", strings.Replace(soup, "Soup", "So\x00up", 1), []string{"$ is not valid JSON"}},
	{"UTF-16", "\xff\xfe{\x00}\x00", []string{"$ is not valid UTF-8"}},
	{"1,000 levels", with(soup, `"x":`+strings.Repeat("[", 1000)+strings.Repeat("]", 1000)), []string{"$ is nested deeper than 32"}},
	{"100,000 levels", strings.Repeat(`{"a":`, 50_000) + strings.Repeat("}", 5_000), []string{"$ is nested deeper than 32"}},
	{"33 levels", with(soup, `"x":`+strings.Repeat("[", 32)+strings.Repeat("]", 32)), []string{"$ is nested deeper than 32"}},
	{"10,001 values", with(soup, `"x":[0`+strings.Repeat(",0", 10_000)+`]`), []string{"$ has more than 10000 values"}},
	{"a duplicate key", with(soup, `"restaurantId":1`), []string{"$.restaurantId occurs more than once"}},
	{"duplicate keys at every level", `{"restaurantId":1,"orderItems":[{"id":1,"name":"a","price":1,"price":1}],"totalAmount":1,"x":{"y":1,"y":2},"totalAmount":1}`,
		[]string{"$.orderItems[0].price occurs more than once", "$.x.y occurs more than once", "$.totalAmount occurs more than once"}},
	{"a duplicate key as an escape", with(soup, `"\u0072estaurantId":1`), []string{"$.restaurantId occurs more than once"}},
	{"null", "null", []string{"$ must be an object, not null"}},
	{"an array", "[" + soup + "]", []string{"$ must be an object, not an array"}},
	{"a text", `"soup"`, []string{"$ must be an object, not a string"}},
	{"a number", "42", []string{"$ must be an object, not a number"}},
}

// badFields are clean JSON that breaks rules.
var badFields = []badBody{
	{"everything missing", `{}`, []string{"$.restaurantId is required", "$.orderItems is required", "$.totalAmount is required"}},
	{"keys in another case", `{"RestaurantId":1,"orderitems":[],"TOTALAMOUNT":1}`, []string{"$.restaurantId is required", "$.orderItems is required", "$.totalAmount is required"}},
	{"nulls", `{"restaurantId":null,"orderItems":null,"totalAmount":null}`, []string{"$.restaurantId is required", "$.orderItems is required", "$.totalAmount is required"}},
	{"wrong types", `{"restaurantId":true,"orderItems":"x","totalAmount":"9","delivery":7,"note":[],"deliveryAddress":{}}`, []string{
		"$.restaurantId must be a string or a number, not a boolean", "$.orderItems must be an array, not a string", "$.totalAmount must be a number, not a string",
		"$.delivery must be an object, not a number", "$.note must be a string, not an array", "$.deliveryAddress must be a string, not an object"}},
	{"no items", `{"restaurantId":1,"orderItems":[],"totalAmount":1}`, []string{"$.orderItems must have 1 to 100 items, not 0"}},
	{"101 items", `{"restaurantId":1,"orderItems":[` + strings.Repeat("0,", 100) + `0],"totalAmount":1}`, []string{"$.orderItems must have 1 to 100 items, not 101"}},
	{"items that aren't objects", `{"restaurantId":1,"orderItems":[1,"a",null,[]],"totalAmount":1}`, []string{
		"$.orderItems[0] must be an object, not a number", "$.orderItems[1] must be an object, not a string", "$.orderItems[2] must be an object, not null", "$.orderItems[3] must be an object, not an array"}},
	{"an empty item", itemOf(""), []string{"$.orderItems[0].id is required", "$.orderItems[0].name is required", "$.orderItems[0].price is required"}},
	{"quantity 0", itemOf(`"id":1,"name":"a","price":1,"quantity":0`), []string{"$.orderItems[0].quantity must be a whole number from 1 to 10000, not 0"}},
	{"quantity -1", itemOf(`"id":1,"name":"a","price":1,"quantity":-1`), []string{"$.orderItems[0].quantity not -1"}},
	{"quantity 1.5", itemOf(`"id":1,"name":"a","price":1,"quantity":1.5`), []string{"$.orderItems[0].quantity not 1.5"}},
	{"quantity 10,001", itemOf(`"id":1,"name":"a","price":1,"quantity":10001`), []string{"$.orderItems[0].quantity not 10001"}},
	{"quantity 1e400", itemOf(`"id":1,"name":"a","price":1,"quantity":1e400`), []string{"$.orderItems[0].quantity not 1e400"}},
	{"quantity as text", itemOf(`"id":1,"name":"a","price":1,"quantity":"1"`), []string{"$.orderItems[0].quantity must be a number, not a string"}},
	{"a negative price", itemOf(`"id":1,"name":"a","price":-0.0001`), []string{"$.orderItems[0].price must be 0 to 1000000, not -0.0001"}},
	{"a price of five decimal places", itemOf(`"id":1,"name":"a","price":0.00001`), []string{"$.orderItems[0].price 0.00001 has more than 4 decimal places"}},
	{"a price over the limit", itemOf(`"id":1,"name":"a","price":1000000.0001`), []string{"$.orderItems[0].price must be 0 to 1000000"}},
	{"a price of 1e400", itemOf(`"id":1,"name":"a","price":1e400`), []string{"$.orderItems[0].price must be 0 to 1000000, not 1e400"}},
	{"a price of 1e-400", itemOf(`"id":1,"name":"a","price":1e-400`), []string{"$.orderItems[0].price more than 4 decimal places"}},
	{"a price of a thousand digits", itemOf(`"id":1,"name":"a","price":1` + strings.Repeat("0", 1000)), []string{"$.orderItems[0].price (1001 digits)"}},
	{"a price with a huge exponent", itemOf(`"id":1,"name":"a","price":1e99999999999999999999`), []string{"$.orderItems[0].price must be 0 to 1000000"}},
	{"a price as text", itemOf(`"id":1,"name":"a","price":"1"`), []string{"$.orderItems[0].price must be a number, not a string"}},
	{"a negative total", strings.Replace(soup, `:9}`, `:-9}`, 1), []string{"$.totalAmount must be 0 to 100000000, not -9"}},
	{"a total over the limit", strings.Replace(soup, `:9}`, `:100000000.0001}`, 1), []string{"$.totalAmount must be 0 to 100000000"}},
	{"a total of five decimal places", strings.Replace(soup, `:9}`, `:9.00001}`, 1), []string{"$.totalAmount more than 4 decimal places"}},
	{"an empty name", itemOf(`"id":1,"name":"","price":1`), []string{"$.orderItems[0].name must have 1 to 200 characters, not 0"}},
	{"a name of 201 characters", itemOf(`"id":1,"name":"` + strings.Repeat("é", 201) + `","price":1`), []string{"$.orderItems[0].name must have 1 to 200 characters, not 201"}},
	{"a note of 501 characters", with(soup, `"note":"`+strings.Repeat("n", 501)+`"`), []string{"$.note must have 0 to 500 characters, not 501"}},
	{"an address of 501 characters", with(soup, `"deliveryAddress":"`+strings.Repeat("n", 501)+`"`), []string{"$.deliveryAddress must have 0 to 500 characters, not 501"}},
	{"a restaurant of 16 digits", of("1234567890123456", soup), []string{"$.restaurantId is not an id"}},
	{"a restaurant with a fraction", of("1.0", soup), []string{"$.restaurantId is not an id"}},
	{"a restaurant with an exponent", of("1e3", soup), []string{"$.restaurantId is not an id"}},
	{"a restaurant of -0", of("-0", soup), []string{"$.restaurantId is not an id"}},
	{"an empty restaurant", of(`""`, soup), []string{"$.restaurantId is not an id"}},
	{"a restaurant of 65 characters", of(`"`+strings.Repeat("r", 65)+`"`, soup), []string{"$.restaurantId is not an id"}},
	{"a restaurant with a space", of(`"a b"`, soup), []string{"$.restaurantId is not an id"}},
	{"a restaurant with a NUL", of(`"a\u0000b"`, soup), []string{"$.restaurantId is not an id"}},
	{"a courier without name and id", with(soup, `"delivery":{}`), []string{"$.delivery.id is required", "$.delivery.name is required"}},
	{"wrong in every item", `{"restaurantId":{},"orderItems":[{"id":[],"name":1,"price":-1,"quantity":0},{"id":1,"name":"ok","price":1},{"price":"x"}],"totalAmount":1e400}`, []string{
		"$.restaurantId must be a string or a number", "$.orderItems[0].id must be a string or a number", "$.orderItems[0].name must be a string", "$.orderItems[0].price must be 0 to",
		"$.orderItems[0].quantity must be a whole number", "$.orderItems[2].id is required", "$.orderItems[2].name is required", "$.orderItems[2].price must be a number", "$.totalAmount must be 0 to"}},
}

// badIDs are wrong when placing; an edit doesn't look at them.
var badIDs = []badBody{
	{"an order id that is a number", with(soup, `"orderId":7`), []string{"$.orderId must be a string, not a number"}},
	{"an empty order id", named("", soup), []string{"$.orderId must be 1 to 64 characters"}},
	{"an order id of 65 characters", named(strings.Repeat("i", 65), soup), []string{"$.orderId must be 1 to 64 characters"}},
	{"an order id with a slash", named("a/b", soup), []string{"$.orderId must be 1 to 64 characters"}},
	{"an order id with a dot", named("..", soup), []string{"$.orderId must be 1 to 64 characters"}},
	{"an order id with a letter beyond ASCII", named("é", soup), []string{"$.orderId must be 1 to 64 characters"}},
	{"an order id and all else wrong", `{"orderId":false,"orderItems":5}`, []string{"$.orderId must be a string", "$.restaurantId is required", "$.orderItems must be an array", "$.totalAmount is required"}},
}

// bodyScenarios send what is refused, to place and to edit. Nothing is stored.
func bodyScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	u, editor := c.signUp(t, "ana"), c.signUp(t, "bea")
	before := c.post(t, editor, "/orders", named("kept", soup)).expect(t, want{status: 200})
	refused := func(b badBody) want { return want{status: 400, problem: "invalid-input", violations: b.violations} }
	var table []exchange
	for _, b := range append(append(badIDs, badTexts...), badFields...) {
		table = append(table, exchange{"a placement is refused: " + b.name, request{method: "POST", path: "/orders", body: b.body}, refused(b)})
	}
	for _, b := range append(badTexts, badFields...) {
		table = append(table, exchange{"an edit is refused: " + b.name, request{method: "PUT", path: "/orders/kept", as: editor, body: b.body}, refused(b)})
	}
	c.exchanges(t, u, table)
	s.scenario(t, "no more than 100 violations are listed, and the rest is counted", func(t *testing.T) {
		body := `{"restaurantId":1,"orderItems":[{}` + strings.Repeat(",{}", 99) + `],"totalAmount":1}`
		c.post(t, u, "/orders", body).expect(t, want{status: 400, json: fields{"violations.#": 101, "violations.100.message": "has 200 more violations that are not listed"}})
	})
	s.scenario(t, "a total that isn't the sum is refused where that is the policy", func(t *testing.T) { strictTotals(t, s) })
	s.scenario(t, "nothing of what was refused is stored", func(t *testing.T) {
		c.get(t, u, "/orders").expect(t, want{status: 200, json: fields{"orders.#": 0}})
		if after := c.get(t, editor, "/orders/kept"); string(after.body) != string(before.body) {
			t.Errorf("got %s, want %s", after.body, before.body)
		}
	})
}

func strictTotals(t *testing.T, s *suite) {
	strict, flagging := s.open(t, options{totalPolicy: "reject"}), s.open(t, options{totalPolicy: "flag"})
	wrong := strings.Replace(soup, `:9}`, `:9.01}`, 1)
	u := strict.signUp(t, "ana")
	strict.post(t, u, "/orders", wrong).expect(t, want{status: 400, violations: []string{"$.totalAmount is 9.01, but the items sum up to 9"}})
	strict.place(t, u, soup)
	u = flagging.signUp(t, "ana")
	flagging.post(t, u, "/orders", wrong).expect(t, want{status: 200, json: fields{"flags": []string{"total-differs"}}})
	flagging.post(t, u, "/orders", soup).expect(t, want{status: 200, json: fields{"flags": absent}})
}

// limitScenarios send what is just accepted.
func limitScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	u := c.signUp(t, "ana")
	const size = 256 << 10
	padded := soup + strings.Repeat(" ", size-len(soup))
	deep := with(soup, `"x":`+strings.Repeat("[", 31)+strings.Repeat("]", 31))
	item := `{"id":"` + strings.Repeat("i", 64) + `","name":"` + strings.Repeat("\U0001F35C", 200) + `","price":1e6,"quantity":10000}`
	accepted := func(name, body string, json fields) exchange {
		return exchange{"accepted: " + name, request{method: "POST", path: "/orders", body: body}, want{status: 200, json: json}}
	}
	c.exchanges(t, u, []exchange{
		accepted("256 KiB", padded, nil), accepted("32 levels", deep, nil),
		{"accepted: 256 KiB without a length", request{method: "POST", path: "/orders", reader: unsized{strings.NewReader(padded)}}, want{status: 200}},
		accepted("10,000 values", with(soup, `"x":[0`+strings.Repeat(",0", 9_989)+`]`), nil),
		accepted("100 items", `{"restaurantId":1,"orderItems":[`+strings.Repeat(`{"id":1,"name":"a","price":0},`, 99)+item+`],"totalAmount":1}`,
			fields{"orderItems.#": 100, "orderItems.99.price": 1000000, "orderItems.99.quantity": 10000}),
		accepted("the largest amounts", strings.Replace(soup, `:9}`, `:100000000.0000}`, 1), fields{"totalAmount": 100000000}),
		accepted("the smallest amounts", strings.NewReplacer("4.5", "0.0001", `:9}`, `:-0}`).Replace(soup), fields{"orderItems.0.price": 0.0001, "totalAmount": 0}),
		accepted("an order id of 64 characters", named(strings.Repeat("_", 64), soup), fields{"orderId": strings.Repeat("_", 64)}),
		accepted("a restaurant of 15 digits", of("-999999999999999", soup), fields{"restaurantId": -999999999999999}),
		accepted("a restaurant of 64 characters", of(`"`+strings.Repeat(".:-_", 16)+`"`, soup), fields{"restaurantId": strings.Repeat(".:-_", 16)}),
		accepted("a note and an address of 500 characters", with(soup, `"note":"`+strings.Repeat("é", 500)+`"`, `"deliveryAddress":"`+strings.Repeat("日", 500)+`"`), fields{"note": strings.Repeat("é", 500)}),
		accepted("text that JSON and lines would break at", strings.Replace(soup, "Soup", `\u2028\u2029<b>\"\\`, 1), fields{"orderItems.0.name": "\u2028\u2029<b>\"\\"}),
	})
	s.scenario(t, "the largest order is placed, edited and repeated", func(t *testing.T) { c.largest(t, u) })
}

// largest keeps two contents of the largest size beside each other.
func (c *client) largest(t *testing.T, u *user) {
	content := func(letter string) string {
		item := fmt.Sprintf(`{"id":"%s","name":"%s","price":999999.9999,"quantity":10000}`, strings.Repeat(letter, 64), strings.Repeat("\U0001F35C", 200))
		return fmt.Sprintf(`{"restaurantId":1,"totalAmount":1,"note":"%[1]s","deliveryAddress":"%[1]s","orderItems":[%[2]s%[3]s]}`,
			strings.Repeat("\U0001F336", 500), item, strings.Repeat(","+item, 99))
	}
	placement := request{method: "POST", path: "/orders", as: u, body: named("largest", content("a"))}
	first := c.send(t, placement).expect(t, want{status: 200})
	c.put(t, u, "/orders/largest", content("b")).expect(t, want{status: 200, json: fields{"version": 2}})
	if err := c.send(t, placement).isReplay(first); err != nil {
		t.Error(err)
	}
}
