package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"comanda/administration"
	"comanda/client"
	"comanda/payload"
	"comanda/terminal"
)

// Names and amounts that people see may come from strangers.
var (
	printable = terminal.Printable
	quote     = terminal.Quote
)

func (p program) progress() *terminal.Progress {
	return &terminal.Progress{Printer: p.Printer, Bar: terminal.Is(p.err)}
}

// failure is what a command that fails says with --json.
type failure struct {
	Error      string              `json:"error"`
	Code       int                 `json:"code"`             // of the exit
	Type       string              `json:"type,omitempty"`   // of the problem, when the API has refused
	Status     int                 `json:"status,omitempty"` // likewise
	Violations []payload.Violation `json:"violations,omitempty"`
}

// fail says why a command fails.
func (p program) fail(err error, text string, code int) {
	if !*p.JSON {
		for line := range strings.Lines(text) {
			p.Note("%s", strings.TrimRight(line, "\n"))
		}
		return
	}
	f := failure{Error: text, Code: code}
	if by, ok := errors.AsType[*client.Error](err); ok {
		f.Type, f.Status, f.Violations = by.Type, by.Status, by.Violations
	}
	p.Complain(f)
}

// clockOf returns the business zone of an administered installation, in which its
// times are shown. Programs get them in UTC, as they do where the server is too old to tell.
func (p program) clockOf(ctx context.Context, a administration.Administration) *time.Location {
	if *p.JSON {
		return time.UTC
	}
	status, err := a.Status(ctx)
	return zoneNamed(status.Settings["zone"], err)
}

// clockAt does so at a server of the API.
func (p program) clockAt(ctx context.Context, api *client.Client) *time.Location {
	if *p.JSON {
		return time.UTC
	}
	about, err := api.About(ctx)
	return zoneNamed(about.Zone, err)
}

func zoneNamed(name string, err error) *time.Location {
	if err == nil {
		if zone, err := time.LoadLocation(name); err == nil {
			return zone
		}
	}
	return time.UTC
}
