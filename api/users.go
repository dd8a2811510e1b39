package api

import (
	"errors"
	"net/http"

	"comanda/payload"
	"comanda/storage"
	"comanda/user"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

func (c *call) createUser() (answer, error) {
	var creation user.Creation
	if err := c.body(func(v *payload.Value) { creation = user.ReadCreation(v) }); err != nil {
		return answer{}, err
	}
	key, err := c.idempotencyKey()
	if err != nil {
		return answer{}, err
	}
	if key != "" {
		key = createRoute + " " + key
	}
	p, replayed, err := c.users().Create(c.Context(), c.caller.ID, creation, key)
	if err != nil {
		return answer{}, err
	}
	ans, err := userAnswer(p)
	ans.replayed = replayed
	return ans, err
}

func (c *call) getUser() (answer, error) {
	p, err := c.profile()
	if err != nil {
		return answer{}, err
	}
	same, err := c.unchanged(p.Version)
	if err != nil {
		return answer{}, err
	}
	if same && p.Version > 0 {
		return answer{status: http.StatusNotModified, version: p.Version}, nil
	}
	return userAnswer(p)
}

// profile returns the profile of the user that the path names. One's own that
// was never stored comes from the token.
func (c *call) profile() (user.Profile, error) {
	id, err := c.validUserID()
	if err != nil {
		return user.Profile{}, err
	}
	p, err := c.api.Users.Get(c.Context(), id)
	if errors.Is(err, user.ErrNotFound) && id == c.caller.ID {
		return user.Profile{ID: id, Content: user.Content{
			Name: c.caller.Name, Username: c.caller.Username, Email: c.caller.Email,
		}}, nil
	}
	return p, err
}

func (c *call) putUser() (answer, error) {
	var content user.Content
	return c.writeUser(func(v *payload.Value) { content = user.ReadContent(v) }, func(id string, match []int) (user.Profile, error) {
		return c.users().Put(c.Context(), id, content, match)
	})
}

func (c *call) patchUser() (answer, error) {
	var patch user.Patch
	return c.writeUser(func(v *payload.Value) { patch = user.ReadPatch(v) }, func(id string, match []int) (user.Profile, error) {
		return c.users().Patch(c.Context(), id, patch, match)
	})
}

// users returns the profiles for this request, and for what the caller may claim in them.
func (c *call) users() *user.Service {
	a := user.Authority{Administrator: c.caller.Admin, Username: c.caller.Username}
	if c.caller.Verified {
		a.Email = c.caller.Email
	}
	return c.api.Users.As(a).Under(c.terms)
}

func (c *call) writeUser(read func(*payload.Value), write func(id string, match []int) (user.Profile, error)) (answer, error) {
	id, match, err := c.targetUser()
	if err != nil {
		return answer{}, err
	}
	if err := c.body(read); err != nil {
		return answer{}, err
	}
	p, err := write(id, match)
	if err != nil {
		return answer{}, err
	}
	return userAnswer(p)
}

func (c *call) deleteUser() (answer, error) {
	id, match, err := c.targetUser()
	if err != nil {
		return answer{}, err
	}
	if err := c.users().Delete(c.Context(), id, match); err != nil {
		return answer{}, err
	}
	body, err := json.Marshal(map[string]string{"userid": id})
	return answer{status: http.StatusOK, body: body}, err
}

// eraseUser forgets who a person was. What the business needs of their orders
// stays; the sign-in account is the user pool's to delete.
func (c *call) eraseUser() (answer, error) {
	id, err := c.validUserID()
	if err != nil {
		return answer{}, err
	}
	if err := c.api.Users.Delete(c.Context(), id, nil); err != nil && !errors.Is(err, user.ErrNotFound) {
		return answer{}, err
	}
	changed, err := c.api.Orders.Erase(c.Context(), c.caller.ID, id)
	if err != nil {
		return answer{}, err
	}
	body, err := json.Marshal(struct {
		UserID        string `json:"userid"`
		OrdersChanged int    `json:"ordersChanged"`
	}{id, changed})
	return answer{status: http.StatusOK, body: body}, err
}

// targetUser returns what a write is about: the user, and the versions it insists on.
func (c *call) targetUser() (id string, match []int, err error) {
	if id, err = c.validUserID(); err != nil {
		return "", nil, err
	}
	if match = c.ifMatch(); match == nil && c.Header.Get("If-Match") != "" {
		match = user.AnyVersion // If-Match: * insists on there being a profile, which PUT doesn't otherwise
	}
	return id, match, c.readUnless()
}

func (c *call) validUserID() (string, error) {
	id := c.userID()
	if !user.ValidID(id) {
		return "", invalidUserID(id)
	}
	return id, nil
}

func invalidUserID(id string) error {
	return payload.Refuse("path.userid", "%s must be 1 to %d characters of A-Z a-z 0-9 . _ : @ -", payload.Show(id), user.MaxID)
}

func (c *call) listUsers() (answer, error) {
	q := c.query
	wanted := user.Key{Username: q.text("username"), Email: q.text("email")}
	bound := []string{"listUsers", c.caller.ID}
	if wanted != (user.Key{}) {
		bound = append(bound, wanted.Username, wanted.Email)
	}
	limit := q.integer("limit", 1, user.MaxPage, defaultPage)
	after := q.pageToken(bound...)
	if wanted.Username != "" && wanted.Email != "" {
		q.reject("email", "excludes username: give one of them")
	}
	if err := q.err(); err != nil {
		return answer{}, err
	}
	page, err := c.pageOfUsers(wanted, after, limit)
	if err != nil {
		return answer{}, err
	}
	out := struct {
		Users     []jsontext.Value `json:"users"`
		NextToken string           `json:"nextToken,omitempty"`
	}{Users: make([]jsontext.Value, len(page.Users)), NextToken: newPageToken(page.Next, bound...)}
	for i, p := range page.Users {
		if out.Users[i], err = p.Render(); err != nil {
			return answer{}, err
		}
	}
	body, err := json.Marshal(&out)
	return answer{status: http.StatusOK, body: body}, err
}

// pageOfUsers returns the one who is wanted, if there is one, or with the
// zero Key a page of all users.
func (c *call) pageOfUsers(wanted user.Key, after storage.Cursor, limit int) (user.Page, error) {
	if wanted == (user.Key{}) {
		page, err := c.api.Users.List(c.Context(), after, limit)
		if errors.Is(err, storage.ErrCursor) {
			err = errToken
		}
		return page, err
	}
	p, err := c.api.Users.Find(c.Context(), wanted)
	switch {
	case errors.Is(err, user.ErrNotFound):
		return user.Page{}, nil
	case err != nil:
		return user.Page{}, err
	}
	return user.Page{Users: []user.Profile{p}}, nil
}

func userAnswer(p user.Profile) (answer, error) {
	body, err := p.Render()
	return answer{status: http.StatusOK, body: body, version: p.Version}, err
}
