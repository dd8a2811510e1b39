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
	"time"
)

// NewLogger returns a logger that writes text for people, or JSON with the keys
// of AWS Lambda Powertools in their order: level, location, message, timestamp,
// service, then what [WithInvocation] has put into the context, and then what the
// line is about. Durations are milliseconds there, and their keys end in _ms.
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
	out := slog.NewRecord(r.Time, r.Level, "", 0)
	out.AddAttrs(
		slog.String(mark+"level", r.Level.String()),
		slog.String(mark+"location", location(r.PC)),
		slog.String(mark+"message", r.Message),
		slog.String(mark+"timestamp", strings.Replace(r.Time.Format("2006-01-02 15:04:05.000-0700"), ".", ",", 1)),
		slog.String(mark+"service", h.service),
	)
	if in, ok := ctx.Value(invocationKey{}).(*Invocation); ok {
		out.AddAttrs(in.attrs()...)
	}
	out.AddAttrs(h.attrs...)
	r.Attrs(func(a slog.Attr) bool { out.AddAttrs(a); return true })
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

// rewrite leaves slog's own attributes out and gives durations, which slog writes as
// bare nanoseconds, their unit.
func rewrite(groups []string, a slog.Attr) slog.Attr {
	if key, ours := strings.CutPrefix(a.Key, mark); ours {
		a.Key = key
		return a
	}
	if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey && a.Value.String() == "") {
		return slog.Attr{}
	}
	if a.Value.Kind() == slog.KindDuration {
		return slog.Float64(a.Key+"_ms", float64(a.Value.Duration())/float64(time.Millisecond))
	}
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
