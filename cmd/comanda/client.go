package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"comanda/administration"
	"comanda/client"

	"github.com/urfave/cli/v3"
)

// newClient returns a client of the API for the server and the user that the flags name.
func newClient(ctx context.Context, c *cli.Command) (*client.Client, error) {
	token, err := readToken(c)
	if err != nil {
		return nil, err
	}
	server, err := serverOf(ctx, c)
	if err != nil {
		return nil, err
	}
	return clientAt(server.URL, token, server.Client)
}

// clientAt returns a client of the API at a URL.
func clientAt(base, token string, through *http.Client) (*client.Client, error) {
	return client.New(client.Config{URL: base, Tokens: client.StaticToken(token), HTTP: through})
}

func tokenFileFlag() cli.Flag {
	return &cli.StringFlag{
		Name: "token-file", Usage: "`FILE` with the ID token, instead of COMANDA_TOKEN", Sources: environment("token-file"), TakesFile: true,
	}
}

// readToken returns the ID token. There is no flag for it, because everybody on
// the machine can see the arguments of a process.
func readToken(c *cli.Command) (string, error) {
	token := os.Getenv("COMANDA_TOKEN")
	if file := c.String("token-file"); file != "" {
		data, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("--token-file: %w", err)
		}
		token = string(data)
	}
	if token = strings.TrimSpace(token); token == "" {
		return "", usage(`no token: export COMANDA_TOKEN="$(comanda token --username NAME)", or give --token-file`)
	}
	return token, nil
}

// inWords returns what an operation of the API came to in words for people at a
// terminal. What the client says by itself is for programs.
func inWords(api *client.Client, err error) error {
	e, ok := errors.AsType[*client.Error](err)
	switch {
	case !ok:
		return err
	case e.Status == 0:
		return administration.Unreachable(api.URL(), e.Err)
	case e.Type == "":
		return fmt.Errorf("%s answered %d %s: is it a Comanda server?", api.URL(), e.Status, e.Title)
	}
	return &refusal{e}
}

// refusal is a refusal by the API.
type refusal struct{ by *client.Error }

// Error has one line for the refusal and one for each violation.
func (r *refusal) Error() string {
	text := r.by.Title
	if r.by.Detail != "" {
		text += ": " + r.by.Detail
	}
	for _, v := range r.by.Violations {
		text += "\n  " + v.Path + ": " + v.Message
	}
	switch {
	case r.by.Status == http.StatusUnauthorized:
		text += `: export COMANDA_TOKEN="$(comanda token --username NAME)"`
	case r.by.Status >= http.StatusInternalServerError:
		text += " (request " + r.by.RequestID + ")"
	}
	return text
}

// Unwrap returns the refusal as the client has it.
func (r *refusal) Unwrap() error { return r.by }
