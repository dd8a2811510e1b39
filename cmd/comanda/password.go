package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/urfave/cli/v3"
	"golang.org/x/term"
)

const maxPassword = 4 << 10 // bytes that are read of a line with a password

var errNoTerminal = errors.New("read the password: standard input is not a terminal: give --password-stdin")

func passwordFlag() cli.Flag {
	return &cli.BoolFlag{Name: "password-stdin", Usage: "read the password from the first line of standard input"}
}

func generateFlag() cli.Flag {
	return &cli.BoolFlag{Name: "generate-password", Usage: "make a strong password and print it, once"}
}

// readPassword returns one password: the first line of standard input with
// --password-stdin, or what somebody types at the prompt.
func (p program) readPassword(c *cli.Command, prompt string) (string, error) {
	if !c.Bool("password-stdin") {
		return p.ask(prompt)
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
// input, or typed twice. generated says that nobody knows it yet.
func (p program) newPassword(c *cli.Command) (password string, generated bool, err error) {
	if c.Bool("generate-password") {
		if c.Bool("password-stdin") {
			return "", false, usage("--generate-password and --password-stdin exclude each other: give one of them")
		}
		return generatePassword(), true, nil
	}
	if c.Bool("password-stdin") {
		password, err = p.readPassword(c, "")
		return password, false, err
	}
	password, err = p.askTwice()
	return password, false, err
}

// askTwice makes sure that what nobody could see was typed as meant.
func (p program) askTwice() (string, error) {
	first, err := p.ask("New password: ")
	if err != nil {
		return "", err
	}
	second, err := p.ask("The same again: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", errors.New("read the password: the two differ: try again")
	}
	return first, nil
}

// ask prompts on standard error, which is still the terminal inside of $(…), and
// reads a line without echo. An interrupt restores the echo first.
func (p program) ask(prompt string) (string, error) {
	fd := int(p.in.Fd())
	state, err := term.GetState(fd)
	if err != nil {
		return "", errNoTerminal
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	defer signal.Stop(interrupted)
	type typed struct {
		text []byte
		err  error
	}
	line := make(chan typed, 1)
	_, _ = io.WriteString(p.err, prompt)
	go func() {
		text, err := term.ReadPassword(fd)
		line <- typed{text, err}
	}()
	select {
	case t := <-line:
		_, _ = io.WriteString(p.err, "\n")
		if t.err != nil {
			return "", fmt.Errorf("read the password: %w", t.err)
		}
		return string(t.text), nil
	case <-interrupted:
		return "", errors.Join(errors.New("read the password: interrupted"), term.Restore(fd, state))
	}
}

// generatePassword returns a password of 29 characters with 130 random bits. It
// has every kind of character that a policy can ask for, and none that a shell
// gives a meaning to.
func generatePassword() string { return "A" + strings.ToLower(rand.Text()) + "-7" }
