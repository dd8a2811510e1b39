package terminal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/term"
)

const maxSecret = 4 << 10 // bytes that are read of a line with a secret

var (
	// ErrNoTerminal says that there is no one to ask.
	ErrNoTerminal = errors.New("standard input is not a terminal")

	// ErrNoLine says that standard input begins with an empty line, or has none.
	ErrNoLine = errors.New("the first line of standard input is empty")
)

// Stream is what may be a terminal, such as an [os.File].
type Stream interface {
	io.ReadWriter
	Fd() uintptr
}

// Is reports whether a stream is a terminal.
func Is[S Stream](s S) bool { return term.IsTerminal(int(s.Fd())) }

// FirstLine returns the first line of in, without its end. An empty one is [ErrNoLine].
func FirstLine(in io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(in, maxSecret)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", ErrNoLine
	}
	return line, nil
}

// AskTwice asks for a new secret, and makes sure that what was typed unseen was meant so.
func AskTwice(in, out Stream) (string, error) {
	typed, err := Ask(in, out, "New password: ", "The same again: ")
	if err != nil {
		return "", err
	}
	if typed[0] != typed[1] {
		return "", errors.New("the two differ: try again")
	}
	return typed[0], nil
}

// Ask reads a line for each prompt from the terminal in, without echo. Prompts appear when
// the echo is off already, so that nothing typed early is shown. Its out can be standard
// error, which is still the terminal inside of $(…). Without a terminal it is [ErrNoTerminal].
func Ask(in, out Stream, prompts ...string) (typed []string, err error) {
	if !Is(in) {
		return nil, ErrNoTerminal
	}
	fd := int(in.Fd())
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
