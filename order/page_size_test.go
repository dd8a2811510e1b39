package order

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// banquet is about the largest content that is accepted.
func banquet() Content {
	c := lunch()
	c.Items = nil
	for i := range MaxItems {
		c.Items = append(c.Items, Item{ID: ID{fmt.Sprint(i), true}, Name: strings.Repeat(`"`, 200), Price: 1, Quantity: 1})
	}
	return c
}

func TestAPageEndsBeforeItGetsTooLargeForAnAnswer(t *testing.T) {
	k := newKitchen(t)
	const orders = 120
	size := 0
	for i := range orders {
		o := Place("ana", fmt.Sprintf("o-%03d", i), banquet(), AcceptTotal, noon.Add(time.Duration(i)*time.Millisecond))
		k.overwrite(o)
		r, err := Encode(o)
		if err != nil {
			t.Fatal(err)
		}
		size = len(r.Doc)
	}
	if size*MaxPage < 2*maxPageBytes {
		t.Fatalf("the orders have %d bytes each, too few for this test", size)
	}
	for _, status := range []Status{"", Placed} {
		for name, list := range map[string]func(f Filter) (Page, error){
			"list":  func(f Filter) (Page, error) { return k.List(background, "ana", f) },
			"queue": func(f Filter) (Page, error) { return k.Queue(background, "1", f) },
		} {
			seen := map[string]bool{}
			for f := (Filter{Limit: MaxPage, Status: status}); ; {
				page, err := list(f)
				if err != nil {
					t.Fatal(err)
				}
				if n := len(page.Orders) * size; n == 0 || n > maxPageBytes+2*size {
					t.Errorf("%s %s: got a page of %d bytes, want some, and at most about %d", name, status, n, maxPageBytes)
				}
				for _, o := range page.Orders {
					seen[o.OrderID] = true
				}
				if f.After = page.Next; f.After == "" {
					break
				}
			}
			if len(seen) != orders {
				t.Errorf("%s %s: got %d orders on all pages, want %d", name, status, len(seen), orders)
			}
		}
	}
	if page, err := k.List(background, "ana", Filter{Limit: 5}); err != nil || len(page.Orders) != 5 {
		t.Errorf("a page of five large orders: got %d, %v", len(page.Orders), err)
	}
}
