package payload_test

import (
	"errors"
	"fmt"

	"comanda/payload"
)

// Example reads a reservation, and names everything that is wrong with it.
func Example() {
	read := func(body string) (name, guests string, err error) {
		var report payload.Report
		v := payload.Parse([]byte(body), &report)
		if v == nil || !v.Object() {
			return "", "", report.Err()
		}
		if m, ok := v.Required("name"); ok {
			name, _ = m.Text()
		}
		if m, ok := v.Required("guests"); ok {
			if guests, ok = m.Number(); ok && len(guests) > 2 {
				m.Reject("must be a number up to 99, not %s", guests)
			}
		}
		return name, guests, report.Err()
	}
	fmt.Println(read(`{"name": "Ana", "guests": 4, "window": true}`)) // window isn't read, and so skipped

	_, _, err := read(`{"name": 7, "guests": 1e9}`)
	if invalid, ok := errors.AsType[*payload.Invalid](err); ok {
		for _, v := range invalid.Violations {
			fmt.Println(v.Path, v.Message)
		}
	}
	_, _, err = read(`{"name": "Ana", "guests": 4`)
	fmt.Println(err)
	// Output:
	// Ana 4 <nil>
	// $.name must be a string, not a number
	// $.guests must be a number up to 99, not 1e9
	// invalid input: $ ends too early: it is not complete JSON
}
