package trace

import (
	"context"
	"errors"

	"comanda/storage"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	oteltrace "go.opentelemetry.io/otel/trace"
)

// The store's attributes. The first two are of the semantic conventions for databases.
const (
	keyOperation attribute.Key = "db.operation.name"  // commit, get, query or scan
	keyTable     attribute.Key = "db.collection.name" // of a commit, the table of its first write
	keyWrites    attribute.Key = "comanda.writes"     // number of a commit's writes
	keyRecords   attribute.Key = "comanda.records"    // number of records read
	keyOutcome   attribute.Key = "comanda.outcome"    // not_found or conflict, which are no failures
)

// Store returns s, with spans for its commits and reads on behalf of a request whose trace
// is recorded.
func (t *Tracer) Store(s storage.Store) storage.Store {
	if t == nil {
		return s
	}
	return &store{inner: s, tracer: t.tracer}
}

type store struct {
	inner  storage.Store
	tracer oteltrace.Tracer
}

// begin starts a span, unless nothing is recorded that it could belong to.
func (s *store) begin(ctx context.Context, operation, table string) (context.Context, oteltrace.Span) {
	if outer := oteltrace.SpanFromContext(ctx); !outer.IsRecording() {
		return ctx, outer
	}
	return s.tracer.Start(ctx, operation+" "+table, oteltrace.WithAttributes(keyOperation.String(operation), keyTable.String(table)))
}

// end ends a span of begin.
func end(span oteltrace.Span, err error, count attribute.KeyValue) {
	if !span.IsRecording() {
		return
	}
	span.SetAttributes(count)
	switch kind, failed := kindOf(err); {
	case failed:
		span.SetAttributes(attribute.String("error.type", kind))
		span.SetStatus(codes.Error, "") // an error's text may have an id in it
	case kind != "":
		span.SetAttributes(keyOutcome.String(kind))
	}
	span.End()
}

// kindOf returns one word for an error, "" for none, and whether the store has failed.
func kindOf(err error) (kind string, failed bool) {
	var conflict *storage.Conflict
	var limit *storage.LimitError
	switch {
	case err == nil:
		return "", false
	case errors.Is(err, storage.ErrNotFound):
		return "not_found", false
	case errors.As(err, &conflict):
		return "conflict", false
	case errors.Is(err, storage.ErrBusy):
		return "busy", true
	case errors.Is(err, storage.ErrUnknown):
		return "unknown", true
	case errors.As(err, &limit):
		return "limit", true
	case errors.Is(err, storage.ErrCursor):
		return "cursor", true
	case errors.Is(err, context.Canceled):
		return "canceled", true
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout", true
	}
	return "_OTHER", true // as the semantic conventions have it
}

// Commit implements [storage.Store].
func (s *store) Commit(ctx context.Context, c storage.Commit) error {
	var table string
	if len(c.Writes) > 0 {
		table = c.Writes[0].Key().Table
	}
	ctx, span := s.begin(ctx, "commit", table)
	err := s.inner.Commit(ctx, c)
	end(span, err, keyWrites.Int(len(c.Writes)))
	return err
}

// Get implements [storage.Reader].
func (s *store) Get(ctx context.Context, k storage.Key) (storage.Record, error) {
	ctx, span := s.begin(ctx, "get", k.Table)
	r, err := s.inner.Get(ctx, k)
	found := 1
	if err != nil {
		found = 0
	}
	end(span, err, keyRecords.Int(found))
	return r, err
}

// Query implements [storage.Reader].
func (s *store) Query(ctx context.Context, q storage.Query) (storage.Page, error) {
	ctx, span := s.begin(ctx, "query", q.Table)
	p, err := s.inner.Query(ctx, q)
	end(span, err, keyRecords.Int(len(p.Records)))
	return p, err
}

// Scan implements [storage.Reader].
func (s *store) Scan(ctx context.Context, table string, after storage.Cursor, limit int) (storage.Page, error) {
	ctx, span := s.begin(ctx, "scan", table)
	p, err := s.inner.Scan(ctx, table, after, limit)
	end(span, err, keyRecords.Int(len(p.Records)))
	return p, err
}
