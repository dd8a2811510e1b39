package main

import (
	"context"
	"errors"
	"fmt"

	"comanda/administration"
	"comanda/installation"
	"comanda/terminal"

	"github.com/urfave/cli/v3"
)

const signInDescription = `Signs a user in and prints the ID token, alone on one line, on standard output.
The password is asked for without echo, or read from standard input.

   export COMANDA_TOKEN="$(comanda token --username ana)"
   comanda token --username ana --password-stdin < password-file
   curl -H "Authorization: $(comanda token --username ana)" http://127.0.0.1:8080/orders

Whoever signs in for the first time with a temporary password is asked for a
new one. A token is valid for an hour.

Exit codes: 0 done, 1 failed, 2 wrong usage.`

func (p program) tokenCommand() *cli.Command {
	return &cli.Command{
		Name: "token", Usage: "sign in and print the ID token", Description: signInDescription,
		Flags: []cli.Flag{
			dataFlag(), urlFlag(), usernameFlag(), passwordFlag(),
			&cli.StringFlag{Name: "client-id", Usage: "`ID` of the user pool's client; otherwise the one of --data", Sources: environment("client-id")},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if _, err := arguments(c, 0, ""); err != nil {
				return err
			}
			s, err := clientOf(ctx, c)
			if err != nil {
				return err
			}
			token, err := p.signIn(ctx, c, s)
			if err != nil {
				return err
			}
			return p.Result(map[string]string{"token": token}, "%s\n", token)
		},
	}
}

func usernameFlag() cli.Flag {
	return &cli.StringFlag{Name: "username", Aliases: []string{"u"}, Usage: "`NAME` of the user", Required: true}
}

// clientOf returns a client for unsigned operations, which need the client id only.
// Passwords go to a server that the user has named, or that has shown whose it is.
func clientOf(ctx context.Context, c *cli.Command) (*administration.Connection, error) {
	server, err := serverOf(ctx, c)
	if err != nil {
		return nil, err
	}
	if !server.Known {
		return nil, fmt.Errorf("data directory %s has no keys.json, so that nothing shows whose server %s is: give its --url", c.String("data"), server.URL)
	}
	id := c.String("client-id")
	if id == "" || overridden(c, "client-id") {
		keys, err := installation.Keys(c.String("data"))
		if err != nil {
			return nil, fmt.Errorf("%w, or give --client-id", err)
		}
		id = keys.ClientID
	}
	return server.Connection(id), nil
}

func (p program) signIn(ctx context.Context, c *cli.Command, s *administration.Connection) (string, error) {
	username := c.String("username")
	password, err := p.readPassword(c, "Password: ")
	if err != nil {
		return "", err
	}
	out, err := s.SignIn(ctx, username, password)
	if err != nil {
		return "", fmt.Errorf("sign in: %w", err)
	}
	if out.ChallengeName == administration.NewPasswordRequired {
		if out, err = p.replaceTemporary(ctx, c, s, out.Session); err != nil {
			return "", err
		}
	}
	if out.ChallengeName != "" {
		return "", fmt.Errorf("sign in: the server asks for %q, which this program doesn't know: use the AWS CLI", out.ChallengeName)
	}
	return out.AuthenticationResult.IDToken, nil
}

// replaceTemporary lets a user who came with a temporary password choose their own.
func (p program) replaceTemporary(ctx context.Context, c *cli.Command, s *administration.Connection, session string) (administration.Outcome, error) {
	if c.Bool("password-stdin") {
		return administration.Outcome{}, errors.New("sign in: the password is temporary and a new one must be chosen: " +
			"run the command without --password-stdin, or use comanda users reset-password")
	}
	p.Note("the password is temporary: choose your own")
	password, err := asPassword(terminal.AskTwice(p.in, p.err))
	if err != nil {
		return administration.Outcome{}, err
	}
	out, err := s.ChoosePassword(ctx, c.String("username"), session, password)
	if err != nil {
		return administration.Outcome{}, fmt.Errorf("choose a password: %w", err)
	}
	return out, nil
}
