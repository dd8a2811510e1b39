package main

import (
	"context"
	"fmt"
	"os"

	"comanda/administration"
	"comanda/app"
	"comanda/installation"

	"github.com/urfave/cli/v3"
)

const usersDescription = `Administers the users of a data directory, at the server that serves it or, when
none does, directly.

   comanda users add --username ana --email ana@example.com --generate-password
   comanda users add --username boss --admin
   comanda users confirm --username ben
   comanda users reset-password --username ana --password-stdin < password-file
   comanda users codes
   comanda users list
   comanda users groups --username ana --add restaurant-1
   comanda users delete --username ana
   comanda users erase --username ana

Everything else about users works with aws cognito-idp after eval "$(comanda env)".

Exit codes: 0 done, 1 failed, 2 wrong usage or settings.`

func (p program) usersCommand() *cli.Command {
	s := app.Defaults()
	return &cli.Command{
		Name: "users", Usage: "add, list, change and remove users", Description: usersDescription,
		Flags: []cli.Flag{
			dataFlag(),
			&cli.StringFlag{
				Name: "admin-group", Value: s.AdminGroup, Destination: &s.AdminGroup, Sources: environment("admin-group"),
				Usage: "`GROUP` whose members are administrators, as the server was told",
			},
			passwordPolicyFlag(&s),
		},
		Commands: []*cli.Command{
			p.usersAdd(&s), p.usersConfirm(&s), p.usersReset(&s), p.usersList(&s), p.usersGroups(&s), p.usersCodes(&s), p.usersDelete(&s), p.usersErase(&s),
		},
	}
}

func (p program) usersAdd(s *app.Settings) *cli.Command {
	return &cli.Command{
		Name: "add", Usage: "create a user who can sign in at once",
		Description: "Creates a user with a password that stays valid. The password is asked for,\nread from standard input, or generated and printed once.\n\n" +
			"   comanda users add --username ana --generate-password\n   comanda users add --username boss --admin --email boss@example.com --name 'Grace Bos'\n\n" +
			"Exit codes: 0 done, 1 failed, 2 wrong usage or settings.",
		Flags: []cli.Flag{
			usernameFlag(), passwordFlag(), generateFlag(),
			&cli.StringFlag{Name: "email", Usage: "`ADDRESS` of the user, taken as verified"},
			&cli.StringFlag{Name: "name", Usage: "the user's full `NAME`"},
			&cli.BoolFlag{Name: "admin", Usage: "make the user an administrator"},
		},
		Action: p.withPassword(s, addUser),
	}
}

func (p program) usersConfirm(s *app.Settings) *cli.Command {
	return &cli.Command{
		Name: "confirm", Usage: "confirm a user who has signed up, without the code",
		Description: "   comanda users confirm --username ben\n\nExit codes: 0 done, 1 failed, 2 wrong usage or settings.",
		Flags:       []cli.Flag{usernameFlag()},
		Action: func(ctx context.Context, c *cli.Command) error {
			if _, err := arguments(c, 0, ""); err != nil {
				return err
			}
			return p.administer(ctx, c, *s, func(s *administration.Connection) error {
				err := s.ConfirmAccount(ctx, c.String("username"))
				if err != nil {
					return fmt.Errorf("confirm the user: %w", err)
				}
				return nil
			})
		},
	}
}

func (p program) usersReset(s *app.Settings) *cli.Command {
	return &cli.Command{
		Name: "reset-password", Usage: "set a user's password",
		Description: "Sets a password that stays valid and ends the user's sessions. The password is\nasked for, read from standard input, or generated and printed once.\n\n" +
			"   comanda users reset-password --username ana\n   comanda users reset-password --username ana --generate-password\n\n" +
			"Exit codes: 0 done, 1 failed, 2 wrong usage or settings.",
		Flags: []cli.Flag{usernameFlag(), passwordFlag(), generateFlag()},
		Action: p.withPassword(s, func(ctx context.Context, c *cli.Command, s *administration.Connection, password string) error {
			if err := s.SetPassword(ctx, c.String("username"), password); err != nil {
				return fmt.Errorf("set the password: %w", err)
			}
			return nil
		}),
	}
}

// administer runs do with the user pool of --data.
func (p program) administer(ctx context.Context, c *cli.Command, s app.Settings, do func(*administration.Connection) error) error {
	config, err := p.alone(c.String("data"), os.Getenv(variable("store")), s)
	if err != nil {
		return err
	}
	return installation.Connect(ctx, config, do)
}

// withPassword returns the action of a command that sets a password: it gets the
// password first, runs do, and shows a generated password after that has worked.
func (p program) withPassword(s *app.Settings, do func(context.Context, *cli.Command, *administration.Connection, string) error) cli.ActionFunc {
	return func(ctx context.Context, c *cli.Command) error {
		if _, err := arguments(c, 0, ""); err != nil {
			return err
		}
		if _, err := installation.Keys(c.String("data")); err != nil {
			return err // before a password is typed
		}
		password, generated, err := p.newPassword(c)
		if err != nil {
			return err
		}
		err = p.administer(ctx, c, *s, func(s *administration.Connection) error { return do(ctx, c, s, password) })
		if err != nil || !generated {
			return err
		}
		return p.Result(map[string]string{"password": password}, "%s\n", password)
	}
}

func addUser(ctx context.Context, c *cli.Command, s *administration.Connection, password string) error {
	account := administration.NewAccount{Username: c.String("username"), Password: password, Email: c.String("email"), Name: c.String("name")}
	if c.Bool("admin") {
		account.Group = c.String("admin-group")
	}
	if err := s.AddAccount(ctx, account); err != nil {
		return fmt.Errorf("create the user: %w", err)
	}
	return nil
}
