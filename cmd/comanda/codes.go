package main

import (
	"context"
	"fmt"
	"time"

	"comanda/administration"
	"comanda/app"
	"comanda/pool"

	"github.com/urfave/cli/v3"
)

func (p program) usersCodes(s *app.Settings) *cli.Command {
	return &cli.Command{
		Name: "codes", Usage: "show the codes that wait to be told to users",
		Description: "Without --smtp, and without a terminal to show them on, codes for confirming an\naccount or for a new password wait here, and so do generated temporary passwords.\n" +
			"Tell one only to somebody whom you know: whoever has it gets in.\n\n" +
			"   comanda users codes\n   comanda users codes --username ana" + codesLine,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "username", Usage: "only those of the user with this `NAME`"},
			&cli.BoolFlag{Name: "json", Usage: "print a list in JSON"},
		},
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
	all := []pool.PendingCode{}
	for code, err := range a.PendingCodes(ctx, c.String("username")) {
		if err != nil {
			return fmt.Errorf("show the codes: %w", err)
		}
		all = append(all, code)
	}
	switch {
	case c.Bool("json"):
		return p.printJSON(all)
	case len(all) == 0:
		return p.print("no codes\n")
	}
	t := newTable()
	t.row("USERNAME", "EMAIL", "FOR", "CODE", "ASKED", "GOOD UNTIL")
	for _, code := range all {
		asked := ""
		if !code.Asked.IsZero() {
			asked = code.Asked.Format(time.RFC3339)
		}
		t.row(code.Username, code.Email, string(code.Purpose), code.Code, asked, code.Expires.Format(time.RFC3339))
	}
	text, err := t.text()
	if err != nil {
		return err
	}
	return p.print(text)
}
