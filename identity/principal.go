package identity

import (
	"slices"
	"strings"
)

// RestaurantGroupPrefix starts the name of a group whose members are the staff
// of one restaurant: "restaurant-" and the restaurant's id.
const RestaurantGroupPrefix = "restaurant-"

// Principal is an authenticated caller. It is a value to read: Restaurants is
// shared between the requests of one token and must not be changed.
type Principal struct {
	// ID names the caller in our own records: the claim custom:comanda_id when
	// the token has it, otherwise Subject. A pool that was imported from another
	// one keeps its users' ids this way, although their subjects are new.
	ID string

	Subject     string   // claim sub
	Username    string   // claim cognito:username
	Name        string   // claim name; may be empty
	Email       string   // claim email; may be empty
	Verified    bool     // claim email_verified: the user pool has proved Email for this account
	Admin       bool     // the admin group is among the groups
	Restaurants []string // restaurant ids of the groups restaurant-<id>, in the token's order
}

// Staff reports whether p works for any restaurant, as administrators do.
func (p Principal) Staff() bool {
	return p.Admin || len(p.Restaurants) > 0
}

// StaffOf reports whether p works for the restaurant with this id. Ids are
// compared as text, so the number 1 and the string "1" are one restaurant.
func (p Principal) StaffOf(restaurantID string) bool {
	return p.Admin || slices.Contains(p.Restaurants, restaurantID)
}

// FromClaims builds a principal from the claims of a token that has been
// verified by one of two: the [Verifier] of this package, or an API gateway, which hands them
// on with every value as text. The error is an [*UnauthenticatedError].
func FromClaims(claims map[string]any, adminGroup string) (Principal, error) {
	c := Claims(claims)
	subject := c.Text(ClaimSubject)
	if subject == "" {
		return Principal{}, &UnauthenticatedError{Reason: ReasonSubject}
	}
	groups, err := c.Groups()
	if err != nil {
		return Principal{}, err
	}
	p := Principal{
		ID:       c.Text(ClaimComandaID),
		Subject:  subject,
		Username: c.Text(ClaimUsername),
		Name:     c.Text(ClaimName),
		Email:    c.Text(ClaimEmail),
		Verified: c.Text(ClaimEmail) != "" && c.True(ClaimEmailVerified),
		Admin:    adminGroup != "" && slices.Contains(groups, adminGroup),
	}
	if p.ID == "" {
		p.ID = subject
	}
	for _, g := range groups {
		if id, ok := strings.CutPrefix(g, RestaurantGroupPrefix); ok && id != "" {
			p.Restaurants = append(p.Restaurants, id)
		}
	}
	return p, nil
}
