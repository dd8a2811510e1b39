package administration

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Account is a user of the pool, as the user pools API shows it in lists and,
// with the attributes under another name, alone.
type Account struct {
	Username       string
	Attributes     []Attribute
	UserAttributes []Attribute `json:",omitempty"`
	UserCreateDate float64     // seconds since 1970
	Enabled        bool
	UserStatus     string
	Groups         []string `json:",omitempty"` // where they were asked for
}

// Attribute is one thing that is known about a user.
type Attribute struct{ Name, Value string }

// Attribute returns the value of an attribute, "" when the account has none of the name.
func (a Account) Attribute(name string) string {
	for _, at := range slices.Concat(a.Attributes, a.UserAttributes) {
		if at.Name == name {
			return at.Value
		}
	}
	return ""
}

// UserID returns the id that the account has in our records.
func (a Account) UserID() string {
	if id := a.Attribute("custom:comanda_id"); id != "" {
		return id
	}
	return a.Attribute("sub")
}

// ShownName returns what the user signs in with: the username, or, where that is an
// id, the address.
func (a Account) ShownName() string {
	if a.Username == a.Attribute("sub") {
		return a.Attribute("email")
	}
	return a.Username
}

// NewAccount is a user who is to be created with a password that stays valid.
type NewAccount struct {
	Username, Password string
	Email              string // taken as verified; "": none
	Name               string // in full; "": none
	Group              string // to be in; "": none
}

func (n NewAccount) attributes() []Attribute {
	out := []Attribute{}
	if n.Email != "" {
		out = append(out, Attribute{"email", n.Email}, Attribute{"email_verified", "true"})
	}
	if n.Name != "" {
		out = append(out, Attribute{"name", n.Name})
	}
	return out
}

// GeneratePassword returns a password of 29 characters with 130 random bits. It
// has every kind of character that a policy can ask for, and none that a shell
// gives a meaning to.
func GeneratePassword() string { return "A" + strings.ToLower(rand.Text()) + "-7" }

// AddAccount creates a user, entirely or not at all. The password is given as the
// temporary one first, so that one which breaks the policy leaves no user behind.
func (c *Connection) AddAccount(ctx context.Context, n NewAccount) error {
	err := c.Admin(ctx, "AdminCreateUser", map[string]any{
		"Username": n.Username, "TemporaryPassword": n.Password, "MessageAction": "SUPPRESS", "UserAttributes": n.attributes(),
	}, nil)
	if err != nil {
		return err
	}
	err = c.SetPassword(ctx, n.Username, n.Password)
	if err == nil && n.Group != "" {
		err = c.Admin(ctx, "AdminAddUserToGroup", map[string]any{"Username": n.Username, "GroupName": n.Group}, nil)
	}
	if err != nil {
		err = fmt.Errorf("%w: nothing was created", err)
		return errors.Join(err, c.DeleteAccount(ctx, n.Username))
	}
	return nil
}

// ConfirmAccount confirms a user who has signed up, without the code.
func (c *Connection) ConfirmAccount(ctx context.Context, username string) error {
	return c.Admin(ctx, "AdminConfirmSignUp", map[string]any{"Username": username}, nil)
}

// SetPassword sets a password that stays valid, and ends the user's sessions.
func (c *Connection) SetPassword(ctx context.Context, username, password string) error {
	return c.Admin(ctx, "AdminSetUserPassword", map[string]any{"Username": username, "Password": password, "Permanent": true}, nil)
}

// DeleteAccount deletes a user, who is named by username or by sub.
func (c *Connection) DeleteAccount(ctx context.Context, name string) error {
	return c.Admin(ctx, "AdminDeleteUser", map[string]any{"Username": name}, nil)
}

// Account returns the account of a username.
func (c *Connection) Account(ctx context.Context, username string) (a Account, err error) {
	err = c.Admin(ctx, "AdminGetUser", map[string]any{"Username": username}, &a)
	return a, err
}

// Accounts returns the accounts that a filter of Amazon Cognito's lets through, ""
// being all.
func (c *Connection) Accounts(ctx context.Context, filter string) ([]Account, error) {
	return c.list(ctx, "ListUsers", map[string]any{"Filter": filter})
}

// Members returns the accounts in a group.
func (c *Connection) Members(ctx context.Context, group string) ([]Account, error) {
	return c.list(ctx, "ListUsersInGroup", map[string]any{"GroupName": group})
}

// list returns what all pages of a list have.
func (c *Connection) list(ctx context.Context, operation string, in map[string]any) ([]Account, error) {
	users := []Account{}
	for {
		var page struct {
			Users                      []Account
			PaginationToken, NextToken string
		}
		if err := c.Admin(ctx, operation, in, &page); err != nil {
			return nil, err
		}
		users = append(users, page.Users...)
		switch {
		case page.PaginationToken != "":
			in["PaginationToken"] = page.PaginationToken
		case page.NextToken != "":
			in["NextToken"] = page.NextToken
		default:
			return users, nil
		}
	}
}

// Groups returns the names of a user's groups.
func (c *Connection) Groups(ctx context.Context, username string) (names []string, err error) {
	for in := map[string]any{"Username": username}; ; {
		var page struct {
			Groups    []struct{ GroupName string }
			NextToken string
		}
		if err := c.Admin(ctx, "AdminListGroupsForUser", in, &page); err != nil {
			return names, err
		}
		for _, g := range page.Groups {
			names = append(names, g.GroupName)
		}
		if page.NextToken == "" {
			return names, nil
		}
		in["NextToken"] = page.NextToken
	}
}

// ChangeGroups puts a user into groups, which are created if need be, and takes
// the user out of others.
func (c *Connection) ChangeGroups(ctx context.Context, username string, add, remove []string) error {
	if _, err := c.Account(ctx, username); err != nil {
		return err // before a group is created for no member
	}
	for _, g := range add {
		err := c.Admin(ctx, "CreateGroup", map[string]any{"GroupName": g}, nil)
		if err != nil && !refusedWith(err, "GroupExistsException") {
			return err
		}
		if err := c.Admin(ctx, "AdminAddUserToGroup", map[string]any{"Username": username, "GroupName": g}, nil); err != nil {
			return err
		}
	}
	for _, g := range remove {
		if err := c.Admin(ctx, "AdminRemoveUserFromGroup", map[string]any{"Username": username, "GroupName": g}, nil); err != nil {
			return err
		}
	}
	return nil
}
