package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"comanda/administration"
	"comanda/app"
	"comanda/terminal"

	"github.com/urfave/cli/v3"
)

func (p program) usersList(s *app.Settings) *cli.Command {
	return &cli.Command{
		Name: "list", Usage: "list the users who can sign in, or find one",
		Description: "FILTER is one of Amazon Cognito's: an attribute, = or ^= (begins with), a value in\nquotes.\n\n" +
			"   comanda users list\n   comanda users list --email ana@example.com\n   comanda users list --filter 'status = \"Disabled\"' --json\n   comanda users list --group restaurant-1" + codesLine,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "email", Usage: "only who has this e-mail `ADDRESS`, in any case"},
			&cli.StringFlag{Name: "username", Usage: "only who signs in with this `NAME`, in any case"},
			&cli.StringFlag{Name: "filter", Usage: "only users that this `FILTER` lets through"},
			&cli.StringFlag{Name: "group", Usage: "only users in this `GROUP`"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if _, err := arguments(c, 0, ""); err != nil {
				return err
			}
			given := slices.DeleteFunc([]string{"email", "username", "filter", "group"}, func(name string) bool { return c.String(name) == "" })
			if len(given) > 1 {
				return usage("--%s and --%s exclude each other: give one of them", given[0], given[1])
			}
			return p.administer(ctx, c, *s, func(server *administration.Connection) error {
				users, err := accounts(ctx, c, server)
				if err != nil {
					return fmt.Errorf("list the users: %w", err)
				}
				return p.showAccounts(ctx, administration.Remote{Connection: server}, users, *s)
			})
		},
	}
}

// accounts returns the accounts that the flags ask for.
func accounts(ctx context.Context, c *cli.Command, server *administration.Connection) ([]administration.Account, error) {
	if group := c.String("group"); group != "" {
		return server.Members(ctx, group)
	}
	filter := c.String("filter")
	for _, attribute := range []string{"email", "username"} {
		if value := c.String(attribute); value != "" {
			filter = attribute + ` = "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
		}
	}
	return server.Accounts(ctx, filter)
}

// showAccounts prints accounts with their groups.
func (p program) showAccounts(ctx context.Context, a administration.Remote, users []administration.Account, s app.Settings) error {
	groups, err := a.GroupsOfAll(ctx)
	if err != nil {
		return fmt.Errorf("list the users' groups: %w", err)
	}
	slices.SortFunc(users, func(a, b administration.Account) int { return strings.Compare(a.ShownName(), b.ShownName()) })
	l, met := p.List(p.clockOf(ctx, a), "USERNAME", "STATUS", "EMAIL", "NAME", "GROUPS", terminal.When("CREATED"), "ID"), []string{}
	for _, u := range users {
		status := u.UserStatus
		if !u.Enabled {
			status += ", disabled"
		}
		u.Groups = groups[u.Attribute("sub")]
		met = append(met, u.Groups...)
		created := time.Unix(int64(u.UserCreateDate), 0)
		if err := l.Add(u, u.ShownName(), status, u.Attribute("email"), u.Attribute("name"), strings.Join(u.Groups, ","), created, u.UserID()); err != nil {
			return err
		}
	}
	p.warnOfGroups(ctx, a, s, met)
	return l.End("no users")
}

// warnOfGroups names the groups that mean nothing to the server, which are a slip more often than not.
func (p program) warnOfGroups(ctx context.Context, a administration.Administration, s app.Settings, groups []string) {
	if status, err := a.Status(ctx); err == nil {
		s.AdminGroup = status.Settings["admin-group"] // as the server was told
	}
	slices.Sort(groups)
	for _, g := range slices.Compact(groups) {
		if s.Means(g) == "" {
			p.Note("group %q means nothing here: administrators are in %q, and staff of a restaurant in restaurant-ID, such as restaurant-1", g, s.AdminGroup)
		}
	}
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
					if err := p.Result(map[string]string{"group": g, "means": s.Means(g)}, "%s\n", printable(g)); err != nil {
						return err
					}
				}
				p.warnOfGroups(ctx, administration.Remote{Connection: server}, *s, groups)
				return nil
			})
		},
	}
}
