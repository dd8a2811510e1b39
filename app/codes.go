package app

import (
	"context"
	"time"

	"comanda/pool"
)

// CodeOperations returns the operations of comanda users codes, by their names.
func CodeOperations(p *pool.Pool) map[string]Operation {
	return map[string]Operation{
		"Comanda.ListCodes": operation(func(ctx context.Context, in CodesPage) (Codes, error) {
			pending, next, err := p.PendingCodes(ctx, in.Username, in.After)
			out := Codes{Codes: make([]Code, 0, len(pending)), Next: next}
			for _, c := range pending {
				out.Codes = append(out.Codes, Code{
					Username: c.Username, Email: c.Email, Purpose: string(c.Purpose), Code: c.Code, Asked: c.Asked, Expires: c.Expires,
				})
			}
			return out, err
		}),
	}
}

// CodesPage is the input of Comanda.ListCodes.
type CodesPage struct {
	Username string `json:"username,omitempty"` // only this user's codes
	After    string `json:"after,omitempty"`    // from the page before
}

// Codes is its output.
type Codes struct {
	Codes []Code `json:"codes"`
	Next  string `json:"next,omitempty"`
}

// Code is a code that waits for its user.
type Code struct {
	Username string    `json:"username"`
	Email    string    `json:"email,omitempty"`
	Purpose  string    `json:"purpose"` // sign-up, invitation or reset
	Code     string    `json:"code"`
	Asked    time.Time `json:"asked,omitzero"` // of a sign-up: when its password was chosen
	Expires  time.Time `json:"expires"`
}
