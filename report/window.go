package report

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/base64"
	"fmt"
	"io"

	"comanda/feed"

	"github.com/go-json-experiment/json"
)

// maxState is the size of a state, in bytes, at which it is counted at once. A
// tumbling window of AWS Lambda ends early when its state passes 1 MB.
const maxState = 700 << 10

// Invocation is what a function with a tumbling window on a stream is invoked with.
type Invocation struct {
	Shard   string
	Changes []feed.Change // oldest first
	State   string        // as the window's last invocation has returned it; "" at first
	End     bool          // the window ends here, in time or early
}

// Result is what such a function returns.
type Result struct {
	State string // for the next invocation of the window

	// Failed is the first change that was not handled. It and all after it have
	// to be delivered again. "" when all were.
	Failed feed.Sequence
}

// Window gathers the changes of a window in its state and counts them at its end.
// It has no memory between invocations.
type Window struct {
	config Config
	book   *book
	most   int // size of a state
}

// NewWindow returns the handler of windows.
func NewWindow(c Config) *Window {
	return &Window{c, newBook(c.Store, nil), maxState}
}

// Handle handles one invocation. After an error the whole invocation has to be
// repeated, with the same state: what was counted in spite of it isn't counted again.
//
// A change that isn't an order's, or can't be counted, is put to the dead
// letters. When even that fails, what came before it is counted at once, so that it
// doesn't matter which state the next invocation gets.
func (w *Window) Handle(ctx context.Context, in Invocation) (Result, error) {
	gathered, err := decodeState(in.State)
	if err != nil {
		return Result{}, err
	}
	var out Result
	var failure error
	for _, c := range in.Changes {
		if n := len(gathered); n > 0 && c.Sequence != "" && c.Sequence.Compare(gathered[n-1].sequence) <= 0 {
			continue // delivered again, and in the state already
		}
		changes, err := w.changes(ctx, in.Shard, c)
		if err != nil {
			out.Failed, failure = c.Sequence, err
			break
		}
		gathered = append(gathered, changes...)
	}
	if out.State, err = encodeState(gathered); err != nil {
		return Result{}, err
	}
	if !in.End && failure == nil && len(out.State) <= w.most {
		return out, nil
	}
	if failure != nil {
		w.config.Logger.Error("a change could not be handled and will be delivered again", "shard", in.Shard, "sequence", string(out.Failed), "error", failure.Error())
		w.config.Observer.Failed(Name)
	}
	if len(gathered) == 0 {
		return Result{Failed: out.Failed}, nil
	}
	r, err := w.config.openRoot(ctx)
	if err == nil {
		err = w.book.enter(ctx, r, in.Shard, gathered)
	}
	if err != nil {
		return Result{}, err
	}
	return Result{Failed: out.Failed}, nil
}

func (w *Window) changes(ctx context.Context, shard string, c feed.Change) ([]change, error) {
	e, err := feed.Read(c)
	switch {
	case err == nil:
		return w.config.changes(ctx, shard, e)
	case feed.Newer(err):
		return nil, err // it waits for an upgrade, and is delivered again until then
	}
	return nil, w.config.bury(ctx, feed.DeadLetter{
		Shard: shard, Sequence: c.Sequence, EventID: c.ID, UserID: c.Key.Partition, OrderID: c.Key.Sort, Time: c.Time, Reason: err.Error(),
	})
}

// encodeState returns changes as text: JSON, compressed, since names repeat, in base64.
func encodeState(changes []change) (string, error) {
	if len(changes) == 0 {
		return "", nil
	}
	docs := make([]changeDoc, len(changes))
	for i, c := range changes {
		docs[i] = changeDoc{c.sequence, c.at, c.placed, c.parts}
	}
	var out bytes.Buffer
	z, err := flate.NewWriter(&out, flate.BestSpeed)
	if err == nil {
		err = json.MarshalWrite(z, docs)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return "", fmt.Errorf("write the state of a window: %w", err)
	}
	return base64.StdEncoding.EncodeToString(out.Bytes()), nil
}

func decodeState(state string) ([]change, error) {
	if state == "" {
		return nil, nil
	}
	data, err := base64.StdEncoding.DecodeString(state)
	var docs []changeDoc
	if err == nil {
		data, err = io.ReadAll(flate.NewReader(bytes.NewReader(data)))
	}
	if err == nil {
		err = json.Unmarshal(data, &docs)
	}
	if err != nil {
		return nil, fmt.Errorf("read the state of a window: %w", err)
	}
	changes := make([]change, len(docs))
	for i, d := range docs {
		changes[i] = change{d.Sequence, d.At, d.Placed, d.Parts}
		for _, p := range d.Parts {
			if p.row != nil { // a later release has gathered it, and must count it
				return nil, fmt.Errorf("read the state of a window: %w", newKind(p.kind))
			}
		}
	}
	return changes, nil
}
