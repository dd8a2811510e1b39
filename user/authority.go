package user

import (
	"comanda/identity"
	"comanda/payload"
)

// Authority says which e-mail address and which username a caller may claim for a
// profile. A claim keeps everybody else from it, so it takes proof.
type Authority struct {
	Administrator bool   // vouches for whatever is claimed
	Email         string // that the user pool has proved for the caller's account; "" for none
	Username      string // of the caller's account
}

// check refuses claims that a change makes without proof. What a profile has already
// isn't asked about. The answer is the same whether another user has the claim or not.
func (a Authority) check(before, after Content) error {
	if a.Administrator {
		return nil
	}
	if claimed(before.Email, after.Email) && !a.proves(after.Email) {
		return payload.Refuse("$.email", "must be the address that is verified for your account: verify it where you sign in, or ask an administrator")
	}
	if claimed(before.Username, after.Username) && identity.Fold(after.Username) != identity.Fold(a.Username) {
		return payload.Refuse("$.username", "must be the username of your account, or be given by an administrator")
	}
	return nil
}

// claimed reports whether a change claims something that the profile hadn't.
func claimed(before, after string) bool {
	return after != "" && identity.Fold(before) != identity.Fold(after)
}

// proves reports whether the user pool has proved that an address is the caller's.
func (a Authority) proves(email string) bool {
	return a.Email != "" && identity.Fold(email) == identity.Fold(a.Email)
}
