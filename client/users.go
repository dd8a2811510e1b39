package client

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// Profile is what a user's profile says. Username and Email are unique without
// regard to case; "" is none, but a profile has a Name.
type Profile struct {
	Name     string `json:"name"`
	Username string `json:"username,omitempty"`
	Email    string `json:"email,omitempty"`
	Address  string `json:"address,omitempty"`
}

// User is a user's profile as the server has it.
type User struct {
	UserID string `json:"userid"`
	Profile
	CreatedAt time.Time `json:"createdAt,omitzero"`
	Timestamp time.Time `json:"timestamp,omitzero"` // of the last change
	Version   int       `json:"version,omitzero"`   // 0: it isn't stored, and comes from the user's own token

	// Replayed says, after CreateUser, that this is the answer that was given before.
	Replayed bool `json:"-"`

	Sent `json:"-"`
}

// ETag returns the profile's entity tag, for a header of [Client.Do]; "" if it
// isn't stored.
func (u User) ETag() string { return etag(u.Version) }

// UnmarshalJSONFrom reads a user and keeps the text.
func (u *User) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type plain User
	*u = User{}
	return u.read(dec, (*plain)(u))
}

// UserPage is a part of the list of users.
type UserPage struct {
	Users     []User `json:"users"`
	NextToken string `json:"nextToken,omitempty"` // "": there is no more
}

// UserFilter says which page of the list of users to get.
type UserFilter struct {
	Username  string // the one with this username; "": all
	Email     string // the one with this e-mail address, without a Username; "": all
	Limit     int    // users of a page at most, to 100; 0: 50
	NextToken string // of the page before
}

// NewUser is a profile to be created.
type NewUser struct {
	UserID string `json:"userid,omitempty"` // "": the server makes one
	Key    string `json:"-"`                // Idempotency-Key: the same again gives the first answer again; "": CreateUser makes one
	Profile
}

// ProfilePatch changes parts of a profile (RFC 7396). nil leaves a part as it is,
// and "" removes it: ProfilePatch{Address: new("1 Main Street"), Email: new("")}.
type ProfilePatch struct{ Name, Username, Email, Address *string }

// Users returns a page of the users, in no particular order. It is for
// administrators. GET /users.
func (c *Client) Users(ctx context.Context, f UserFilter) (UserPage, error) {
	return get[UserPage](ctx, c, "list the users", withQuery("/users", map[string]string{"username": f.Username, "email": f.Email, "limit": number(f.Limit), "nextToken": f.NextToken}))
}

// AllUsers goes through all pages of [Client.Users], from the filter's on. It ends
// after an error.
func (c *Client) AllUsers(ctx context.Context, f UserFilter) iter.Seq2[User, error] {
	return all(f.NextToken, func(token string) ([]User, string, error) {
		f.NextToken = token
		p, err := c.Users(ctx, f)
		return p.Users, p.NextToken, err
	})
}

// CreateUser creates a profile. It is for administrators. POST /users.
func (c *Client) CreateUser(ctx context.Context, u NewUser) (User, error) {
	const what = "create the user"
	if u.Key == "" {
		u.Key = uuid.NewString()
	}
	body, err := encode(what, u)
	if err != nil {
		return User{}, err
	}
	out, a, err := call[User](ctx, c, what, Request{
		Method: http.MethodPost, Path: "/users", Header: http.Header{"Idempotency-Key": {u.Key}}, Body: body, Repeatable: true,
	})
	out.Replayed = a.Header.Get("Idempotent-Replayed") == "true"
	return out, err
}

// Profile returns a user's profile, for administrators and for the user. GET
// /users/{userid}.
func (c *Client) Profile(ctx context.Context, userID string) (User, error) {
	return get[User](ctx, c, "get the profile", userPath(userID))
}

// PutProfile creates or replaces a user's profile, for administrators and for the
// user. It has to be of this version, unless that is AnyVersion. PUT /users/{userid}.
func (c *Client) PutProfile(ctx context.Context, userID string, p Profile, version int) (User, error) {
	return c.writeProfile(ctx, "write the profile", http.MethodPut, userID, p, version)
}

// PatchProfile changes parts of a user's profile, for administrators and for the
// user. It has to be of this version, unless that is AnyVersion. PATCH /users/{userid}.
func (c *Client) PatchProfile(ctx context.Context, userID string, p ProfilePatch, version int) (User, error) {
	return c.writeProfile(ctx, "change the profile", http.MethodPatch, userID, p.merge(), version)
}

// merge returns the merge patch, in which null removes.
func (p ProfilePatch) merge() map[string]any {
	out := map[string]any{}
	for name, value := range map[string]*string{"name": p.Name, "username": p.Username, "email": p.Email, "address": p.Address} {
		switch {
		case value == nil:
		case *value == "":
			out[name] = nil
		default:
			out[name] = *value
		}
	}
	return out
}

// writeProfile writes a profile. It isn't sent again when no answer came: the
// profile doesn't tell whose change it has.
func (c *Client) writeProfile(ctx context.Context, what, method, userID string, body any, version int) (User, error) {
	text, err := encode(what, body)
	if err != nil {
		return User{}, err
	}
	u, _, err := call[User](ctx, c, what, Request{Method: method, Path: userPath(userID), Header: ifMatch(version), Body: text})
	return u, err
}

// DeleteProfile deletes a user's profile, for administrators and for the user. It has to
// be of this version, unless that is AnyVersion. Orders and the sign-in account
// stay. DELETE /users/{userid}.
func (c *Client) DeleteProfile(ctx context.Context, userID string, version int) error {
	_, err := c.Do(ctx, Request{Method: http.MethodDelete, Path: userPath(userID), Header: ifMatch(version)})
	if err != nil {
		return fmt.Errorf("delete the profile: %w", err)
	}
	return nil
}

// Erasure is what became of a user's records.
type Erasure struct {
	UserID        string `json:"userid"`
	OrdersChanged int    `json:"ordersChanged"` // from which notes and addresses were taken
}

// EraseUser deletes a user's profile, and takes notes and addresses off the user's
// orders. It takes as long as it takes, and can be repeated. The sign-in account is the user pool's. It is
// for administrators. POST /users/{userid}/erasure.
func (c *Client) EraseUser(ctx context.Context, userID string) (Erasure, error) {
	out, _, err := call[Erasure](ctx, c, "erase the user", Request{Method: http.MethodPost, Path: userPath(userID) + "/erasure", Repeatable: true, unlimited: true})
	return out, err
}

// userPath returns the path of a user.
func userPath(userID string) string { return "/users/" + url.PathEscape(userID) }
