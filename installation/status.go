package installation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"comanda/administration"
	"comanda/datadir"
)

// Status describes the server of a data directory: by its own account or, where the directory
// has no keys because users sign in elsewhere, by what it tells everybody.
func Status(ctx context.Context, path string) (administration.Status, error) {
	server, err := Find(ctx, path)
	if err != nil {
		return administration.Status{}, err
	}
	keys, err := Keys(path)
	if errors.Is(err, datadir.ErrAbsent) {
		return server.public(ctx, path)
	}
	if err != nil {
		return administration.Status{}, err
	}
	return administration.Remote{Connection: server.connection(keys)}.Status(ctx)
}

// public returns what a server tells everybody.
func (s Server) public(ctx context.Context, path string) (administration.Status, error) {
	out := administration.Status{URL: s.URL, Data: Absolute(path)}
	var about struct{ Version string }
	if _, err := s.ask(ctx, "/version", &about); err != nil {
		return out, err
	}
	out.Release = about.Version
	var ready struct {
		Status any // of a problem it is a number
		Title  string
	}
	status, err := s.ask(ctx, "/readyz", &ready)
	if out.State = fmt.Sprint(ready.Status); status != http.StatusOK {
		out.State, out.Troubles = administration.NotReady, []string{ready.Title}
	}
	return out, err
}

// ask gets an answer for everybody.
func (s Server) ask(ctx context.Context, path string, out any) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, nil)
	if err != nil {
		return 0, err
	}
	resp, err := s.Client.Do(r)
	if err != nil {
		return 0, administration.Unreachable(s.URL, err)
	}
	if err := errors.Join(json.NewDecoder(resp.Body).Decode(out), resp.Body.Close()); err != nil {
		return resp.StatusCode, fmt.Errorf("read what %s%s answers: %w", s.URL, path, err)
	}
	return resp.StatusCode, nil
}
