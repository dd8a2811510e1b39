package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"comanda/administration"
	"comanda/app"

	"github.com/urfave/cli/v3"
)

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
			if c.String("filter") != "" && c.String("group") != "" {
				return usage("--filter and --group exclude each other: give one of them")
			}
			return p.administer(ctx, c, *s, func(server *administration.Connection) error {
				list, of := server.Accounts, c.String("filter")
				if group := c.String("group"); group != "" {
					list, of = server.Members, group
				}
				users, err := list(ctx, of)
				if err != nil {
					return fmt.Errorf("list the users: %w", err)
				}
				return p.showAccounts(users, c.Bool("json"))
			})
		},
	}
}

func (p program) showAccounts(users []administration.Account, asJSON bool) error {
	slices.SortFunc(users, func(a, b administration.Account) int { return strings.Compare(a.ShownName(), b.ShownName()) })
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
		t.row(u.ShownName(), status, u.Attribute("email"), u.Attribute("name"), created, u.UserID())
	}
	text, err := t.text()
	if err != nil {
		return err
	}
	return p.print(text)
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
			return p.administer(ctx, c, *s, func(server *administration.Connection) error {
				if err := server.ChangeGroups(ctx, c.String("username"), c.StringSlice("add"), c.StringSlice("remove")); err != nil {
					return fmt.Errorf("change the user's groups: %w", err)
				}
				groups, err := server.Groups(ctx, c.String("username"))
				if err != nil {
					return fmt.Errorf("show the user's groups: %w", err)
				}
				for _, g := range groups {
					if err := p.print(printable(g) + "\n"); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}
