package main

import (
	"errors"
	"fmt"
	"strings"

	"comanda/administration"
	"comanda/terminal"

	"github.com/urfave/cli/v3"
)

func passwordFlag() cli.Flag {
	return &cli.BoolFlag{Name: "password-stdin", Usage: "read the password from the first line of standard input"}
}

func generateFlag() cli.Flag {
	return &cli.BoolFlag{Name: "generate-password", Usage: "make a strong password and print it, once"}
}

// readPassword returns one password: the first line of standard input with
// --password-stdin, or what the operator types at the prompt.
func (p program) readPassword(c *cli.Command, prompt string) (string, error) {
	if c.Bool("password-stdin") {
		return asPassword(terminal.FirstLine(p.in))
	}
	typed, err := terminal.Ask(p.in, p.err, prompt)
	return asPassword(strings.Join(typed, ""), err)
}

// newPassword returns a password that is to be set: generated, from standard
// input, or typed twice. generated says that it isn't known yet.
func (p program) newPassword(c *cli.Command) (password string, generated bool, err error) {
	switch stdin := c.Bool("password-stdin"); {
	case c.Bool("generate-password") && stdin:
		return "", false, usage("--generate-password and --password-stdin exclude each other: give one of them")
	case c.Bool("generate-password"):
		return administration.GeneratePassword(), true, nil
	case stdin:
		password, err = p.readPassword(c, "")
		return password, false, err
	}
	password, err = asPassword(terminal.AskTwice(p.in, p.err))
	return password, false, err
}

// asPassword returns what was read, and says of an error what to do.
func asPassword(read string, err error) (string, error) {
	switch {
	case errors.Is(err, terminal.ErrNoTerminal):
		return "", usage("read the password: %w: give --password-stdin", err)
	case errors.Is(err, terminal.ErrNoLine):
		return "", usage("--password-stdin: %w: put the password there", err)
	case err != nil:
		return "", fmt.Errorf("read the password: %w", err)
	}
	return read, nil
}
