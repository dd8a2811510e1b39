package terminal

import (
	"errors"
	"fmt"
	"io"

	"golang.org/x/term"
)

// Ask reads a line for each prompt from the terminal fd, without echo. Prompts appear when
// the echo is off already, so that nothing typed early is shown. Its out can be standard
// error, which is still the terminal inside of $(…).
func Ask(fd int, in io.Reader, out io.Writer, prompts ...string) (typed []string, err error) {
	state, err := term.MakeRaw(fd)
	if err != nil {
		return nil, fmt.Errorf("turn the echo off: %w", err)
	}
	defer func() { err = errors.Join(err, term.Restore(fd, state)) }()
	screen := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{in, out}, "")
	for _, prompt := range prompts {
		line, err := screen.ReadPassword(prompt)
		if err != nil {
			return nil, fmt.Errorf("nothing was typed: %w", err)
		}
		typed = append(typed, line)
	}
	return typed, nil
}
