package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// NewLogger returns a logger that writes text for people, or JSON with the keys
// of AWS Lambda Powertools in their order: level, location, message, timestamp,
// service, then what [WithInvocation] has put into the context, and then what the
// line is about. Durations are milliseconds there, and their keys end in _ms. A key
// that the line has already becomes another one, such as attr_message.
func NewLogger(w io.Writer, level slog.Level, asJSON bool, service string) *slog.Logger {
	if !asJSON {
		return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
	}
	inner := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: rewrite})
	return slog.New(&powertools{inner: inner, service: service})
}

// powertools writes records by way of a JSONHandler whose own first attributes
// are left out, because their names and order differ.
type powertools struct {
	inner   slog.Handler
	service string
	attrs   []slog.Attr
}

func (h *powertools) Enabled(ctx context.Context, l slog.Level) bool { return h.inner.Enabled(ctx, l) }

func (h *powertools) Handle(ctx context.Context, r slog.Record) error {
	var line object
	line.add(
		slog.String("level", r.Level.String()),
		slog.String("location", location(r.PC)),
		slog.String("message", r.Message),
		slog.String("timestamp", strings.Replace(r.Time.Format("2006-01-02 15:04:05.000-0700"), ".", ",", 1)),
		slog.String("service", h.service),
	)
	if in, ok := ctx.Value(invocationKey{}).(*Invocation); ok {
		line.add(in.attrs()...)
	}
	line.add(h.attrs...)
	r.Attrs(func(a slog.Attr) bool { line.add(a); return true })
	out := slog.NewRecord(r.Time, r.Level, "", 0)
	for _, a := range line.members {
		if a.Value.Kind() != slog.KindGroup { // which rewrite never sees
			a.Key = mark + a.Key
		}
		out.AddAttrs(a)
	}
	return h.inner.Handle(ctx, out)
}

func (h *powertools) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.attrs = append(slices.Clip(h.attrs), attrs...)
	return &c
}

// WithGroup is part of slog.Handler. Lines are flat, so a group's name is left out.
func (h *powertools) WithGroup(string) slog.Handler { return h }

// mark tells the attributes of Handle from slog's own of the same name.
const mark = "\x00"

// rewrite leaves slog's own attributes out.
func rewrite(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	key, ours := strings.CutPrefix(a.Key, mark)
	if !ours {
		return slog.Attr{}
	}
	a.Key = key
	return a
}

// closure is what the compiler adds to the name of the function around a function
// without one.
var closure = regexp.MustCompile(`(\.func\d+|\.gowrap\d+|\.deferwrap\d+|\.\d+)+$`)

// location returns function:line of a call, as Powertools shows it.
func location(pc uintptr) string {
	frame, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	function := closure.ReplaceAllString(path.Base(frame.Function), "")
	if i := strings.LastIndexByte(function, '.'); i >= 0 {
		function = function[i+1:]
	}
	return fmt.Sprintf("%s:%d", function, frame.Line)
}
