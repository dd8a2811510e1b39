package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"comanda/app"

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
			return p.administer(ctx, c, *s, func(s *signIn) error { return p.listCodes(ctx, c, atServer{s}) })
		},
	}
}

// listCodes prints all pages of codes.
func (p program) listCodes(ctx context.Context, c *cli.Command, at administered) error {
	all, page := []app.Code{}, app.CodesPage{Username: c.String("username")}
	for {
		var out app.Codes
		if err := at.call(ctx, "Comanda.ListCodes", page, &out); err != nil {
			var refused *signInError
			if errors.As(err, &refused) {
				return fmt.Errorf("show the codes: %s", refused.Message)
			}
			return fmt.Errorf("show the codes: %w", err)
		}
		all = append(all, out.Codes...)
		if page.After = out.Next; page.After == "" {
			break
		}
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
		t.row(code.Username, code.Email, code.Purpose, code.Code, asked, code.Expires.Format(time.RFC3339))
	}
	text, err := t.text()
	if err != nil {
		return err
	}
	return p.print(text)
}
