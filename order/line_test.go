package order

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestItemsAreReadAsPeopleTypeThem(t *testing.T) {
	b, err := ParseID("b", false)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]Item{
		"1,Spaghetti,9.99":        {ID: NumberID(1), Name: "Spaghetti", Price: 99_900, Quantity: 1},
		"1,Spaghetti,9.99,2":      {ID: NumberID(1), Name: "Spaghetti", Price: 99_900, Quantity: 2},
		"1,Soup,3":                {ID: NumberID(1), Name: "Soup", Price: 30_000, Quantity: 1},
		"1,Soup,3,x2":             {ID: NumberID(1), Name: "Soup", Price: 30_000, Quantity: 2},
		"1,Ramen,900.0,12":        {ID: NumberID(1), Name: "Ramen", Price: 9_000_000, Quantity: 12},
		"1,Oud,1.250,x50":         {ID: NumberID(1), Name: "Oud", Price: 12_500, Quantity: 50},
		"1,Fish, fried,2.5,2":     {ID: NumberID(1), Name: "Fish, fried", Price: 25_000, Quantity: 2},
		"1,Menu 1,2,9.50,1":       {ID: NumberID(1), Name: "Menu 1,2", Price: 95_000, Quantity: 1},
		" b , Chips , 1.10 , x3 ": {ID: b, Name: "Chips", Price: 11_000, Quantity: 3},
	} {
		if got, err := ParseItem(text); err != nil || !cmp.Equal(got, want, cmp.AllowUnexported(ID{})) {
			t.Errorf("%q: got %+v, %v, want %+v", text, got, err, want)
		}
	}
}

func TestACommaThatMayBeInAnAmountSeparatesNothing(t *testing.T) {
	const oneAmount = " may be one amount, or two numbers: write an amount with a point and nothing between its thousands, and no number after the last comma of a name"
	for text, want := range map[string]string{
		"1,Spaghetti,9,99":     "Spaghetti at 9.99, or 99 of it at 9: write 1,Spaghetti,9.99 or 1,Spaghetti,9,x99",
		"1,Spaghetti,9,5":      "Spaghetti at 9.5, or 5 of it at 9: write 1,Spaghetti,9.5 or 1,Spaghetti,9,x5",
		"1,Spaghetti, 9, 99":   "Spaghetti at 9.99, or 99 of it at 9: write 1,Spaghetti,9.99 or 1,Spaghetti,9,x99",
		"1,Feast,1.250,50":     "Feast at 1250.50, or 50 of it at 1.250: write 1,Feast,1250.50 or 1,Feast,1.250,x50",
		"1,Fish, fried,9,99":   "Fish, fried at 9.99, or 99 of it at 9: write 1,Fish, fried,9.99 or 1,Fish, fried,9,x99",
		"1,Feast,1,250.00":     "1,250.00" + oneAmount,
		"1,Spaghetti,9,99,2":   "9,99" + oneAmount,
		"1,Spaghetti,9,99,x2":  "9,99" + oneAmount,
		"1,Feast,1,250.00,2":   "1,250.00" + oneAmount,
		"1,Feast,10,250.5,x2":  "10,250.5" + oneAmount,
		"1,Feast,1,250,000,x1": "250,000" + oneAmount,
	} {
		_, err := ParseItem(text)
		if !errors.Is(err, ErrAmbiguous) || err.Error() != ErrAmbiguous.Error()+": "+want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	for _, text := range []string{"1,Soup,3.5,1.5", "1,Soup,3.5,2.0", "1,Soup,3.5,", "1,Soup,3.5,-1", "1,Soup", "1,Soup,free", "1,Soup,3,5€", "1,Soup,3.5,xx2"} {
		if got, err := ParseItem(text); err == nil {
			t.Errorf("%q: got %+v, want an error", text, got)
		}
	}
}
