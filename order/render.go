package order

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
)

// Viewer says for whom an order is rendered: customers see in which role
// a person acted, staff see who.
type Viewer = Role

// currentRenderer is the number that new orders get.
const currentRenderer = 1

// renderers write first answers. An order names the one that wrote its first
// answer, so that a repetition years later is answered with the same bytes. A
// renderer is never changed: golden files pin each one. To change the answers, add
// the next number.
var renderers = map[int]func(Order, Viewer) ([]byte, error){
	1: render1,
}

// Render returns the order as JSON, for this viewer.
func (o Order) Render(v Viewer) ([]byte, error) { return renderers[currentRenderer](o, v) }

// FirstAnswer returns the answer to the placement that made o, byte for byte,
// whatever happened to o since.
func (o Order) FirstAnswer() ([]byte, error) {
	render, ok := renderers[o.renderer]
	if !ok {
		return nil, fmt.Errorf("render order: renderer %d is unknown to this release", o.renderer)
	}
	p := o.placed()
	return render(Order{
		UserID: o.UserID, OrderID: o.OrderID, Content: p.Content, Flagged: p.Flagged,
		Status: Placed, Version: 1, OrderTime: o.OrderTime, UpdatedAt: o.OrderTime,
	}, Owner)
}

type answer1 struct {
	OrderID      string        `json:"orderId"`
	UserID       string        `json:"userId"`
	RestaurantID ID            `json:"restaurantId"`
	OrderItems   []Item        `json:"orderItems"`
	TotalAmount  Money         `json:"totalAmount"`
	Status       Status        `json:"status"`
	OrderTime    string        `json:"orderTime"`
	UpdatedAt    string        `json:"updatedAt"`
	Version      int           `json:"version"`
	Content                    // what is optional in it; the members above hide the others
	Flags        []string      `json:"flags,omitempty"`
	History      []transition1 `json:"history"`
}

type transition1 struct {
	Status Status `json:"status"`
	At     string `json:"at"`
	By     string `json:"by"`
	Reason string `json:"reason,omitempty"`
}

// flagTotal is the flag of an order whose total isn't the sum of its items.
const flagTotal = "total-differs"

func render1(o Order, v Viewer) ([]byte, error) {
	c := o.known()
	a := answer1{
		OrderID: o.OrderID, UserID: o.UserID, RestaurantID: c.Restaurant, OrderItems: c.Items, TotalAmount: c.Total,
		Status: o.Status, OrderTime: seconds(o.OrderTime), UpdatedAt: seconds(o.UpdatedAt), Version: o.Version,
		Content: c, History: make([]transition1, len(o.History)),
	}
	if o.Flagged {
		a.Flags = []string{flagTotal}
	}
	for i, t := range o.History {
		by := string(t.By.Role)
		if v == Staff {
			by = t.By.ID
		}
		a.History[i] = transition1{t.Status, seconds(t.At), by, t.Reason}
	}
	b, err := json.Marshal(&a)
	if err != nil {
		return nil, fmt.Errorf("render order: %w", err)
	}
	return b, nil
}

// seconds spells a time as answers show it.
func seconds(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
