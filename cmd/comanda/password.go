package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"comanda/administration"
	"comanda/terminal"

	"github.com/urfave/cli/v3"
)

const maxPassword = 4 << 10 // bytes that are read of a line with a password

var errNoTerminal = usage("read the password: standard input is not a terminal: give --password-stdin")

func passwordFlag() cli.Flag {
	return &cli.BoolFlag{Name: "password-stdin", Usage: "read the password from the first line of standard input"}
}

func generateFlag() cli.Flag {
	return &cli.BoolFlag{Name: "generate-password", Usage: "make a strong password and print it, once"}
}

// readPassword returns one password: the first line of standard input with
// --password-stdin, or what the operator types at the prompt.
func (p program) readPassword(c *cli.Command, prompt string) (string, error) {
	if !c.Bool("password-stdin") {
		typed, err := p.ask(prompt)
		if err != nil {
			return "", err
		}
		return typed[0], nil
	}
	line, err := bufio.NewReader(io.LimitReader(p.in, maxPassword)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", usage("--password-stdin: the first line of standard input is empty: put the password there")
	}
	return line, nil
}

// newPassword returns a password that is to be set: generated, from standard
// input, or typed twice. generated says that it isn't known yet.
func (p program) newPassword(c *cli.Command) (password string, generated bool, err error) {
	if c.Bool("generate-password") {
		if c.Bool("password-stdin") {
			return "", false, usage("--generate-password and --password-stdin exclude each other: give one of them")
		}
		return administration.GeneratePassword(), true, nil
	}
	if c.Bool("password-stdin") {
		password, err = p.readPassword(c, "")
		return password, false, err
	}
	password, err = p.askTwice()
	return password, false, err
}

// askTwice makes sure that what was typed unseen was meant so.
func (p program) askTwice() (string, error) {
	typed, err := p.ask("New password: ", "The same again: ")
	if err != nil {
		return "", err
	}
	if typed[0] != typed[1] {
		return "", errors.New("read the password: the two differ: try again")
	}
	return typed[0], nil
}

// ask reads a line for each prompt, without echo.
func (p program) ask(prompts ...string) ([]string, error) {
	if !isTerminal(p.in) {
		return nil, errNoTerminal
	}
	typed, err := terminal.Ask(int(p.in.Fd()), p.in, p.err, prompts...)
	if err != nil {
		return nil, fmt.Errorf("read the password: %w", err)
	}
	return typed, nil
}
