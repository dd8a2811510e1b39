package main

import (
	"context"
	"fmt"

	"comanda/administration"
	"comanda/app"
	"comanda/terminal"

	"github.com/urfave/cli/v3"
)

func (p program) usersCodes(s *app.Settings) *cli.Command {
	return &cli.Command{
		Name: "codes", Usage: "show the codes that wait to be told to users",
		Description: "Without --smtp, and without a terminal to show them on, codes for confirming an\naccount or for a new password wait here, and so do generated temporary passwords.\n" +
			"Tell one only to somebody whom you know: whoever has it gets in.\n\n" +
			"   comanda users codes\n   comanda users codes --username ana" + codesLine,
		Flags: []cli.Flag{&cli.StringFlag{Name: "username", Usage: "only those of the user with this `NAME`"}},
		Action: func(ctx context.Context, c *cli.Command) error {
			if _, err := arguments(c, 0, ""); err != nil {
				return err
			}
			return p.administer(ctx, c, *s, func(s *administration.Connection) error {
				return p.listCodes(ctx, c, administration.Remote{Connection: s})
			})
		},
	}
}

// listCodes prints the codes that wait.
func (p program) listCodes(ctx context.Context, c *cli.Command, a administration.Administration) error {
	l := p.List(p.clockOf(ctx, a), "USERNAME", "EMAIL", "FOR", "CODE", terminal.When("ASKED"), terminal.When("GOOD UNTIL"))
	for code, err := range a.PendingCodes(ctx, c.String("username")) {
		if err == nil {
			err = l.Add(code, code.Username, code.Email, code.Purpose, code.Code, code.Asked, code.Expires)
		}
		if err != nil {
			return fmt.Errorf("show the codes: %w", err)
		}
	}
	return l.End("no codes")
}
