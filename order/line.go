package order

import (
	"errors"
	"fmt"
	"strings"
)

// ErrAmbiguous is for an item in which a comma may be the decimal point of a price.
var ErrAmbiguous = errors.New("can be read in two ways")

const lineForm = "write ID,NAME,PRICE or ID,NAME,PRICE,QUANTITY, with a point in the price"

// ParseItem reads an item as people type it: ID,NAME,PRICE or ID,NAME,PRICE,QUANTITY, where a
// quantity may have an x in front. A name can have commas when a quantity follows. A
// comma that may be an amount's decimal point, or between its thousands, separates nothing: such an
// item is [ErrAmbiguous].
func ParseItem(text string) (Item, error) {
	raw := strings.Split(text, ",")
	if len(raw) < 3 {
		return Item{}, errors.New("has less than three parts: " + lineForm)
	}
	l := line{id: strings.TrimSpace(raw[0]), quantity: "1"}
	if rest := raw[1:]; len(rest) > 2 {
		l.quantity, l.marked = strings.CutPrefix(strings.TrimSpace(rest[len(rest)-1]), "x")
		l.given, raw = true, raw[:len(raw)-1]
	}
	l.price = strings.TrimSpace(raw[len(raw)-1])
	l.name = strings.TrimSpace(strings.Join(raw[1:len(raw)-1], ","))
	if err := l.oneReading(); err != nil {
		return Item{}, err
	}
	price, err := ParseMoney(l.price)
	if err != nil {
		return Item{}, fmt.Errorf("the price %w: %s", err, lineForm)
	}
	count, err := ParseMoney(l.quantity)
	if err != nil || !digits(l.quantity) {
		return Item{}, errors.New("the quantity is not a whole number: " + lineForm)
	}
	id, err := ReadID(l.id)
	return Item{ID: id, Name: l.name, Price: price, Quantity: int(count / Unit)}, err
}

// line is the parts of an item.
type line struct {
	id, name, price, quantity string

	given, marked bool // the quantity is there, and has an x
}

// oneReading refuses an item in which two numbers with a comma between them can be one.
func (l line) oneReading() error {
	last := strings.TrimSpace(l.name[strings.LastIndex(l.name, ",")+1:]) // what is between the commas before the price
	if last != l.name && digits(last) && (digits(l.price) || thousands(l.price)) {
		return oneAmount(last, l.price)
	}
	if !l.given || l.marked {
		return nil
	}
	whole, decimals, _ := strings.Cut(l.price, ".")
	switch amount := whole + decimals + "." + l.quantity; {
	case !digits(whole):
		return nil // the price is none
	case decimals == "" && thousands(l.quantity) && !digits(l.quantity):
		return oneAmount(l.price, l.quantity)
	case digits(l.quantity) && (decimals == "" || len(decimals) == 3): // 9,99 and 1.250,50
		return fmt.Errorf("%w: %s at %s, or %s of it at %s: write %s,%s,%s or %s,%s,%s,x%s", ErrAmbiguous,
			l.name, amount, l.quantity, l.price, l.id, l.name, amount, l.id, l.name, l.price, l.quantity)
	}
	return nil
}

func oneAmount(one, other string) error {
	return fmt.Errorf("%w: %s,%s may be one amount, or two numbers: write an amount with a point and nothing between its thousands, and no number after the last comma of a name",
		ErrAmbiguous, one, other)
}

// thousands reports whether text can follow a comma between thousands: 250 or 250.00.
func thousands(text string) bool {
	whole, _, _ := strings.Cut(text, ".")
	return len(whole) == 3 && digits(whole)
}

func digits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// ReadID reads an id as people type it: a JSON number if it can be one, else a string.
func ReadID(text string) (ID, error) {
	asNumber := text == "0" || !strings.HasPrefix(strings.TrimPrefix(text, "-"), "0")
	if id, err := ParseID(text, true); err == nil && asNumber {
		return id, nil
	}
	id, err := ParseID(text, false)
	if err != nil {
		err = fmt.Errorf("the id %q %w", text, err)
	}
	return id, err
}
