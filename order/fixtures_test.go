package order

import (
	"errors"
	"strings"
	"testing"
	"time"

	"comanda/payload"

	"github.com/google/go-cmp/cmp"
)

// noon is when the orders of these tests are placed.
var noon = time.Date(2026, 3, 14, 12, 0, 0, 250_000_000, time.UTC)

var (
	ana   = Actor{"ana", Owner}
	staff = Actor{"kit-7", Staff}
)

// compare lets cmp look into orders, and compares times as instants.
var compare = cmp.Options{
	cmp.AllowUnexported(ID{}, Order{}, Transition{}),
	cmp.Transformer("instant", func(t time.Time) string { return t.Format(time.RFC3339Nano) }),
}

// lunch is a content without any optional part. Its items add up to 19.97.
func lunch() Content {
	return Content{
		Restaurant: ID{"1", true},
		Items: []Item{
			{ID: ID{"1", true}, Name: "Lentil soup", Price: 99_900, Quantity: 1},
			{ID: ID{"2", true}, Name: "Flat bread", Price: 49_900, Quantity: 2},
		},
		Total: 199_700,
	}
}

// dinner is a content with every optional part. Its items add up to 43.5.
func dinner() Content {
	return Content{
		Restaurant: ID{"casa:9", false},
		Items:      []Item{{ID: ID{"p-1", false}, Name: "Risotto", Price: 145_000, Quantity: 3}},
		Total:      450_000,
		Delivery:   &Courier{ID: ID{"44", true}, Name: "Wheels"},
		Note:       "no onions",
		Address:    "1 Quay Street",
	}
}

// fields are the members of a body as JSON text, in the order of their names.
type fields map[string]string

// placing returns the members of a body that breaks no rule.
func placing() fields {
	return fields{
		"restaurantId": `1`,
		"orderItems":   `[{"id":1,"name":"Lentil soup","price":9.99,"quantity":1},{"id":2,"name":"Flat bread","price":4.99,"quantity":2}]`,
		"totalAmount":  `19.97`,
	}
}

// with replaces a member, or removes it when the value is "".
func (f fields) with(name, value string) fields {
	if value == "" {
		delete(f, name)
	} else {
		f[name] = value
	}
	return f
}

// item replaces the items by one with a member replaced or removed.
func (f fields) item(name, value string) fields {
	one := fields{"id": `1`, "name": `"Tea"`, "price": `2.5`, "quantity": `2`}
	return f.with("orderItems", "["+one.with(name, value).String()+"]")
}

func (f fields) String() string {
	parts := make([]string, 0, len(f))
	for _, name := range []string{"orderId", "userId", "status", "orderTime", "restaurantId", "orderItems", "totalAmount", "delivery",
		"note", "deliveryAddress", "reason", "id", "name", "price", "quantity", "unknown"} {
		if value, ok := f[name]; ok {
			parts = append(parts, `"`+name+`":`+value)
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func quoted(n int, character string) string { return `"` + strings.Repeat(character, n) + `"` }

// read parses a body, reads it and returns the violations as "path message".
func read[T any](body string, reader func(*payload.Value) T) (got T, violations []string) {
	var report payload.Report
	if v := payload.Parse([]byte(body), &report); v != nil {
		got = reader(v)
	}
	var invalid *payload.Invalid
	if errors.As(report.Err(), &invalid) {
		for _, v := range invalid.Violations {
			violations = append(violations, v.Path+" "+v.Message)
		}
	}
	return got, violations
}

func readPlacement(body string, policy TotalPolicy) (Placement, []string) {
	return read(body, func(v *payload.Value) Placement { return ReadPlacement(v, policy) })
}

func wantSame[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got, compare); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
