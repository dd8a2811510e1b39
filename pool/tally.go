package pool

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"comanda/identity"
	"comanda/storage"
)

const (
	addressCodes       = 5 // sign-ups that name one address, in an hour
	addressCodesSource = 3 // of them from one source
)

// tally is the document of what was asked for in an hour by one source, or for one
// address. Neither is an account's: both can be made up, so they share a fixed
// number of records.
type tally struct {
	storage.Head
	From  int64   `json:"from"` // beginning of the hour
	Count int     `json:"count"`
	By    []share `json:"by,omitempty"` // for an address
}

// share is the part of a tally that comes from one source.
type share struct {
	Source []byte `json:"source"`
	Count  int    `json:"count"`
}

// add counts one more, or refuses it.
func (t *tally) add(most int, now time.Time) error {
	if over(t.From, now, codeWindow) {
		*t = tally{Head: t.Head, From: now.UnixMilli()}
	}
	if t.Count >= most {
		return attemptLimit()
	}
	t.Count++
	return nil
}

// addFrom counts one more from a source, which may not take all that there is:
// otherwise one stranger could use up what an address's owner needs.
func (t *tally) addFrom(source []byte, now time.Time) error {
	next := *t
	next.By = slices.Clone(t.By)
	if err := next.add(addressCodes, now); err != nil {
		return err
	}
	i := slices.IndexFunc(next.By, func(s share) bool { return bytes.Equal(s.Source, source) })
	if i < 0 {
		next.By, i = append(next.By, share{Source: source}), len(next.By)
	}
	if next.By[i].Count >= addressCodesSource {
		return attemptLimit()
	}
	next.By[i].Count++
	*t = next
	return nil
}

// countSource adds to c that the source of the call has asked for one more sign-up
// or code.
func (p *Pool) countSource(ctx context.Context, c *storage.Commit) error {
	if p.config.CodesPerSource < 0 {
		return nil
	}
	key := p.sharedKey("source", identity.SourceFrom(ctx).Host)
	return p.count(ctx, c, key, func(t *tally) error { return t.add(p.config.CodesPerSource, p.now()) })
}

// countAddress adds to c that a sign-up is going to send a code to an address.
func (p *Pool) countAddress(ctx context.Context, c *storage.Commit, email string) error {
	return p.count(ctx, c, p.sharedKey("address", identity.Fold(email)), func(t *tally) error {
		return t.addFrom(p.sourceHash(ctx), p.now())
	})
}

func (p *Pool) count(ctx context.Context, c *storage.Commit, key storage.Key, add func(*tally) error) error {
	var (
		t   tally
		old *storage.Record
	)
	record, err := p.store.Get(ctx, key)
	if err == nil {
		old = &record
		t, err = decode[tally](record)
	} else if errors.Is(err, storage.ErrNotFound) {
		err = nil
	}
	if err == nil {
		err = add(&t)
	}
	if err != nil {
		return err
	}
	t.Format = documentFormat
	r, err := encode(key, &t)
	c.Writes = append(c.Writes, storage.Write{Old: old, New: r})
	return err
}
