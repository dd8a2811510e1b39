package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"comanda/app"

	"github.com/urfave/cli/v3"
)

// account is a user of the pool, as the user pools API shows it in lists and,
// with the attributes under another name, alone.
type account struct {
	Username       string
	Attributes     []attribute
	UserAttributes []attribute `json:",omitempty"`
	UserCreateDate float64     // seconds since 1970
	Enabled        bool
	UserStatus     string
}

type attribute struct{ Name, Value string }

func (a account) attribute(name string) string {
	for _, at := range slices.Concat(a.Attributes, a.UserAttributes) {
		if at.Name == name {
			return at.Value
		}
	}
	return ""
}

// userID returns the id that the account has in our records.
func (a account) userID() string {
	if id := a.attribute("custom:comanda_id"); id != "" {
		return id
	}
	return a.attribute("sub")
}

func (p program) usersList(s *app.Settings) *cli.Command {
	return &cli.Command{
		Name: "list", Usage: "list the users who can sign in",
		Description: "FILTER is one of Amazon Cognito's: an attribute, = or ^= (begins with), a value in\nquotes.\n\n" +
			"   comanda users list\n   comanda users list --filter 'email ^= \"ana@\"'\n   comanda users list --filter 'status = \"Disabled\"' --json\n   comanda users list --group restaurant-1" + codesLine,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "filter", Usage: "only users that this `FILTER` lets through"},
			&cli.StringFlag{Name: "group", Usage: "only users in this `GROUP`"},
			&cli.BoolFlag{Name: "json", Usage: "print a list in JSON"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if _, err := arguments(c, 0, ""); err != nil {
				return err
			}
			operation, in := "ListUsers", map[string]any{"Filter": c.String("filter")}
			if group := c.String("group"); group != "" {
				if c.String("filter") != "" {
					return usage("--filter and --group exclude each other: give one of them")
				}
				operation, in = "ListUsersInGroup", map[string]any{"GroupName": group}
			}
			return p.administer(ctx, c, *s, func(s *signIn) error {
				users, err := s.list(ctx, operation, in)
				if err != nil {
					return fmt.Errorf("list the users: %w", err)
				}
				return p.showAccounts(users, c.Bool("json"))
			})
		},
	}
}

// list returns what all pages of a list have.
func (s *signIn) list(ctx context.Context, operation string, in map[string]any) ([]account, error) {
	users := []account{}
	for {
		var page struct {
			Users                      []account
			PaginationToken, NextToken string
		}
		if err := s.adminFor(ctx, operation, in, &page); err != nil {
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

func (p program) showAccounts(users []account, asJSON bool) error {
	slices.SortFunc(users, func(a, b account) int { return strings.Compare(a.shownName(), b.shownName()) })
	if asJSON {
		text, err := json.Marshal(users)
		if err != nil {
			return err
		}
		return p.print(string(text) + "\n")
	}
	if len(users) == 0 {
		return p.print("no users\n")
	}
	t := newTable()
	t.row("USERNAME", "STATUS", "EMAIL", "NAME", "CREATED", "ID")
	for _, u := range users {
		status := u.UserStatus
		if !u.Enabled {
			status += ", disabled"
		}
		created := time.Unix(int64(u.UserCreateDate), 0).UTC().Format(time.RFC3339)
		t.row(u.shownName(), status, u.attribute("email"), u.attribute("name"), created, u.userID())
	}
	text, err := t.text()
	if err != nil {
		return err
	}
	return p.print(text)
}

// shownName returns what people sign in with: whoever does so with an address
// has an id for a username.
func (a account) shownName() string {
	if a.Username == a.attribute("sub") {
		return a.attribute("email")
	}
	return a.Username
}

func (p program) usersGroups(s *app.Settings) *cli.Command {
	return &cli.Command{
		Name: "groups", Usage: "show a user's groups, and change them",
		Description: "A group that doesn't exist yet is created. Members of restaurant-ID are staff of\nthat restaurant. Leaving a group ends the tokens that name it.\n\n" +
			"   comanda users groups --username ana\n   comanda users groups --username ana --add restaurant-1\n   comanda users groups --username ana --remove apiAdmins" + codesLine,
		Flags: []cli.Flag{
			usernameFlag(),
			&cli.StringSliceFlag{Name: "add", Usage: "put the user into this `GROUP`; repeatable"},
			&cli.StringSliceFlag{Name: "remove", Usage: "take the user out of this `GROUP`; repeatable"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if _, err := arguments(c, 0, ""); err != nil {
				return err
			}
			return p.administer(ctx, c, *s, func(s *signIn) error {
				if err := s.changeGroups(ctx, c.String("username"), c.StringSlice("add"), c.StringSlice("remove")); err != nil {
					return fmt.Errorf("change the user's groups: %w", err)
				}
				return p.showGroups(ctx, s, c.String("username"))
			})
		},
	}
}

func (s *signIn) changeGroups(ctx context.Context, username string, add, remove []string) error {
	if err := s.admin(ctx, "AdminGetUser", map[string]any{"Username": username}); err != nil {
		return err // before a group is created for nobody
	}
	for _, g := range add {
		err := s.admin(ctx, "CreateGroup", map[string]any{"GroupName": g})
		if err != nil && !refusedWith(err, "GroupExistsException") {
			return err
		}
		if err := s.admin(ctx, "AdminAddUserToGroup", map[string]any{"Username": username, "GroupName": g}); err != nil {
			return err
		}
	}
	for _, g := range remove {
		if err := s.admin(ctx, "AdminRemoveUserFromGroup", map[string]any{"Username": username, "GroupName": g}); err != nil {
			return err
		}
	}
	return nil
}

// showGroups prints a user's groups, one a line.
func (p program) showGroups(ctx context.Context, s *signIn, username string) error {
	in := map[string]any{"Username": username}
	for {
		var page struct {
			Groups    []struct{ GroupName string }
			NextToken string
		}
		if err := s.adminFor(ctx, "AdminListGroupsForUser", in, &page); err != nil {
			return fmt.Errorf("show the user's groups: %w", err)
		}
		for _, g := range page.Groups {
			if err := p.print(printable(g.GroupName) + "\n"); err != nil {
				return err
			}
		}
		if page.NextToken == "" {
			return nil
		}
		in["NextToken"] = page.NextToken
	}
}
