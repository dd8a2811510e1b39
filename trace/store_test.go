package trace

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"comanda/storage"

	"go.opentelemetry.io/otel/codes"
	oteltrace "go.opentelemetry.io/otel/trace"
)

// scripted answers everything with one record, or an error.
type scripted struct {
	err  error
	seen oteltrace.SpanContext // of the last call
}

func (s *scripted) answer(ctx context.Context) (storage.Page, error) {
	s.seen = oteltrace.SpanContextFromContext(ctx)
	if s.err != nil {
		return storage.Page{}, s.err
	}
	return storage.Page{Records: make([]storage.Record, 2)}, nil
}

func (s *scripted) Get(ctx context.Context, k storage.Key) (storage.Record, error) {
	_, err := s.answer(ctx)
	return storage.Record{Key: k}, err
}

func (s *scripted) Query(ctx context.Context, _ storage.Query) (storage.Page, error) {
	return s.answer(ctx)
}

func (s *scripted) Scan(ctx context.Context, _ string, _ storage.Cursor, _ int) (storage.Page, error) {
	return s.answer(ctx)
}

func (s *scripted) Commit(ctx context.Context, _ storage.Commit) error {
	_, err := s.answer(ctx)
	return err
}

var secretKey = storage.Key{Table: "orders", Partition: "secret", Sort: "secret"}

// calls are the methods of a store, by the names of their spans.
var calls = map[string]struct {
	call  func(context.Context, storage.Store) error
	count string
}{
	"get orders": {func(ctx context.Context, s storage.Store) error { _, err := s.Get(ctx, secretKey); return err }, "1"},
	"query orders": {func(ctx context.Context, s storage.Store) error {
		_, err := s.Query(ctx, storage.Query{Table: "orders", Partition: "secret"})
		return err
	}, "2"},
	"scan orders": {func(ctx context.Context, s storage.Store) error {
		_, err := s.Scan(ctx, "orders", "secret", 1)
		return err
	}, "2"},
	"commit orders": {func(ctx context.Context, s storage.Store) error {
		new := &storage.Record{Key: secretKey, Doc: []byte(`{"note":"secret"}`)}
		return s.Commit(ctx, storage.Commit{ID: "secret", Writes: []storage.Write{{New: new}, {Old: new}, {Old: new}}})
	}, "3"},
}

func TestTheStoresWorkIsBelowTheRequest(t *testing.T) {
	for name, c := range calls {
		t.Run(name, func(t *testing.T) {
			b, inner := newBench(t), &scripted{}
			ctx, request := b.tracer.Start(t.Context(), "request")
			if err := c.call(ctx, b.Store(inner)); err != nil {
				t.Fatal(err)
			}
			spans := b.spans()
			if len(spans) != 1 || spans[0].Name != name || spans[0].Parent.SpanID() != request.SpanContext().SpanID() || spans[0].SpanContext.SpanID() != inner.seen.SpanID() {
				t.Fatalf("got %v, want one span %q around the call and below the request", spans, name)
			}
			got := attributes(spans[0])
			count := got["comanda.records"] + got["comanda.writes"]
			if len(got) != 3 || got["db.collection.name"] != "orders" || got["db.operation.name"]+" orders" != name || count != c.count {
				t.Errorf("attributes: got %v, want the operation, the table and %s", got, c.count)
			}
		})
	}
}

func TestWorkWithoutARequestHasNoSpan(t *testing.T) {
	for name, c := range calls {
		b, inner := newBench(t), &scripted{}
		if err := c.call(t.Context(), b.Store(inner)); err != nil {
			t.Fatal(err)
		}
		if spans := b.spans(); len(spans) != 0 || inner.seen.IsValid() {
			t.Errorf("%s: got %v, want no span", name, spans)
		}
	}
}

func TestErrorsOfTheStoreAreOneWord(t *testing.T) {
	tests := map[string]struct {
		err     error
		failure string // error.type
		outcome string
	}{
		"not found": {storage.ErrNotFound, "", "not_found"},
		"conflict":  {&storage.Conflict{Key: secretKey}, "", "conflict"},
		"busy":      {fmt.Errorf("secret: %w", storage.ErrBusy), "busy", ""},
		"unknown":   {storage.ErrUnknown, "unknown", ""},
		"limit":     {&storage.LimitError{What: "secret"}, "limit", ""},
		"cursor":    {storage.ErrCursor, "cursor", ""},
		"left":      {context.Canceled, "canceled", ""},
		"late":      {context.DeadlineExceeded, "timeout", ""},
		"other":     {errors.New("secret"), "_OTHER", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			ctx, _ := b.tracer.Start(t.Context(), "request")
			for _, c := range calls {
				if err := c.call(ctx, b.Store(&scripted{err: tt.err})); !errors.Is(err, tt.err) {
					t.Errorf("error: got %v, want %v", err, tt.err)
				}
			}
			for _, s := range b.spans() {
				got := attributes(s)
				if got["error.type"] != tt.failure || got["comanda.outcome"] != tt.outcome {
					t.Errorf("%s: got %v, want error %q, outcome %q", s.Name, got, tt.failure, tt.outcome)
				}
				if failed := s.Status.Code == codes.Error; failed != (tt.failure != "") || s.Status.Description != "" || len(s.Events) != 0 {
					t.Errorf("%s: got status %v and events %v, want no text, and an error only if it is one", s.Name, s.Status, s.Events)
				}
			}
		})
	}
}
