package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"comanda/administration"
	"comanda/app"
	"comanda/client"
	"comanda/terminal"

	"github.com/urfave/cli/v3"
)

const maxReply = 100 // bytes that are read of an answer to a question

func yesFlag() cli.Flag {
	return &cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "don't ask"}
}

func (p program) usersDelete(s *app.Settings) *cli.Command {
	return &cli.Command{
		Name: "delete", Usage: "delete a user's sign-in account",
		Description: "Ends all of the user's tokens. The profile and the orders stay: comanda users erase\nremoves what is personal of them, too.\n\n" +
			"   comanda users delete --username ana" + codesLine,
		Flags: []cli.Flag{usernameFlag(), yesFlag()},
		Action: func(ctx context.Context, c *cli.Command) error {
			if _, err := arguments(c, 0, ""); err != nil {
				return err
			}
			return p.administer(ctx, c, *s, func(s *administration.Connection) error {
				u, err := s.Account(ctx, c.String("username"))
				if err != nil {
					return fmt.Errorf("delete the user: %w", err)
				}
				if err := p.confirm(c, "Delete the sign-in account of "+printable(u.ShownName())+"?"); err != nil {
					return err
				}
				return p.deleteAccount(ctx, s, u)
			})
		},
	}
}

func (p program) deleteAccount(ctx context.Context, s *administration.Connection, u administration.Account) error {
	if err := s.DeleteAccount(ctx, u.Attribute("sub")); err != nil {
		return fmt.Errorf("delete the sign-in account: %w: repeat the command", err)
	}
	return p.Result(map[string]string{"deleted": u.ShownName()}, "deleted the sign-in account of %s\n", printable(u.ShownName()))
}

func (p program) usersErase(s *app.Settings) *cli.Command {
	return &cli.Command{
		Name: "erase", Usage: "erase what is personal of a user",
		Description: "Deletes the user's profile, takes notes and addresses off the user's orders, and\nthen deletes the sign-in account. What the business needs of the orders stays.\nIt can be repeated when it was interrupted. COMANDA_TOKEN, or the file that\n--token-file names, must be an administrator's.\n\n" +
			"   export COMANDA_TOKEN=\"$(comanda token --username admin)\"\n   comanda users erase --username ana" + codesLine,
		Flags: []cli.Flag{
			usernameFlag(), yesFlag(), tokenFileFlag(),
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if _, err := arguments(c, 0, ""); err != nil {
				return err
			}
			token, err := readToken(c)
			if err != nil {
				return err
			}
			return p.administer(ctx, c, *s, func(s *administration.Connection) error {
				u, err := s.Account(ctx, c.String("username"))
				if err != nil {
					return fmt.Errorf("erase the user: %w", err)
				}
				if err := p.confirm(c, "Erase what is personal of "+printable(u.ShownName())+", for ever?"); err != nil {
					return err
				}
				api, err := clientAt(s.URL, token, s.Client)
				if err != nil {
					return err
				}
				return p.erase(ctx, s, api, u)
			})
		},
	}
}

// erase removes records first and the account last: as long as the account is
// there, it says which records are the user's.
func (p program) erase(ctx context.Context, s *administration.Connection, api *client.Client, u administration.Account) error {
	erased, err := api.EraseUser(ctx, u.UserID())
	if err != nil {
		return fmt.Errorf("erase the user's records: %w", inWords(api, err))
	}
	if err := p.Result(erased, "erased the profile, and notes and addresses on %d orders\n", erased.OrdersChanged); err != nil {
		return err
	}
	return p.deleteAccount(ctx, s, u)
}

// confirm asks whether to go on, unless --yes is given. An operator who can't be asked
// has to give it.
func (p program) confirm(c *cli.Command, question string) error {
	if c.Bool("yes") {
		return nil
	}
	if !terminal.Is(p.in) {
		return usage("%s: standard input is not a terminal: give --yes", said(c))
	}
	if _, err := io.WriteString(p.err, question+" [y/N] "); err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	reply, err := bufio.NewReader(io.LimitReader(p.in, maxReply)).ReadString('\n')
	if reply = strings.ToLower(strings.TrimSpace(reply)); err == nil && (reply == "y" || reply == "yes") {
		return nil
	}
	return fmt.Errorf("%s: nothing was done", said(c))
}
