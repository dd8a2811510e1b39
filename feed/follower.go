package feed

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"comanda/storage"
)

// follower is one consumer on its way through the shards.
type follower struct {
	*Dispatcher
	consumer  Consumer
	positions map[string]*position // by shard
	troubles  map[string]*trouble  // of shards whose last attempt failed
	full      bool                 // the last pass had a full batch: more is waiting
}

// position is how far the consumer has come in a shard, as stored.
type position struct {
	positionDoc
	record *storage.Record // nil: not stored yet
}

// pass delivers one batch of each shard that has something. It reports whether
// anything moved. A shard that fails rests for a while, with its children, and the others go on.
func (f *follower) pass(ctx context.Context) (moved bool) {
	f.full = false
	if f.resting(allShards) {
		return false
	}
	shards, err := f.config.Feed.Shards(ctx)
	if err != nil {
		if ctx.Err() == nil {
			f.failed(allShards, fmt.Errorf("list the shards of the feed: %w", err))
		}
		return false
	}
	listed := make(map[string]bool, len(shards))
	for _, s := range shards {
		listed[s.ID] = true
	}
	maps.DeleteFunc(f.troubles, func(shard string, _ *trouble) bool { return !listed[shard] })
	for _, s := range shards {
		if f.resting(s.ID) {
			continue
		}
		more, err := f.serve(ctx, s, listed[s.Parent])
		switch {
		case ctx.Err() != nil:
			return moved
		case err != nil:
			f.failed(s.ID, err)
		default:
			delete(f.troubles, s.ID)
		}
		moved = moved || more
	}
	return moved
}

// allShards stands for the list of shards among the troubles.
const allShards = ""

// serve delivers one batch of a shard, unless it is finished or its parent comes first.
func (f *follower) serve(ctx context.Context, s Shard, parentListed bool) (moved bool, err error) {
	p, err := f.position(ctx, s.ID)
	if err != nil || p.Closed {
		return false, err
	}
	if turn, err := f.parentIsDone(ctx, s, parentListed, p); !turn || err != nil {
		return false, err
	}
	if moved, err = f.step(ctx, s.ID, p); err != nil {
		err = fmt.Errorf("after %q: %w", p.Sequence, err)
	}
	return moved, err
}

// parentIsDone reports whether nothing of a shard's parent comes before it any more: it
// has none, or that is finished, or gone.
func (f *follower) parentIsDone(ctx context.Context, s Shard, listed bool, p *position) (bool, error) {
	switch {
	case listed:
		parent, err := f.position(ctx, s.Parent)
		return err == nil && parent.Closed, err
	case s.Parent != "" && p.record == nil:
		return true, f.orphan(ctx, s)
	}
	return true, nil
}

func (f *follower) position(ctx context.Context, shard string) (*position, error) {
	if p := f.positions[shard]; p != nil {
		return p, nil
	}
	p := &position{}
	var err error
	if p.record, err = load(ctx, f.config.Store, positionKind+f.consumer.Name(), shard, &p.positionDoc); err != nil {
		return nil, fmt.Errorf("read the position of %s: %w", f.consumer.Name(), err)
	}
	f.positions[shard] = p
	return p, nil
}

// orphan tells when a shard begins whose parent is gone before this consumer had
// finished with it, which it can be after a day.
func (f *follower) orphan(ctx context.Context, s Shard) error {
	parent, err := f.position(ctx, s.Parent)
	if err == nil && parent.record != nil && !parent.Closed {
		f.lost(s.Parent)
	}
	return err
}

// lost tells that changes are gone which the consumer hasn't seen.
func (f *follower) lost(shard string) {
	f.config.Observer.Failed(f.consumer.Name())
	f.config.Logger.Error("changes were trimmed before a consumer had seen them: rebuild what it makes", "consumer", f.consumer.Name(), "shard", shard)
}

// step delivers one batch of a shard and stores the new position.
func (f *follower) step(ctx context.Context, shard string, p *position) (moved bool, err error) {
	if f.config.Feed.Ender != nil && f.consumer.Asleep() {
		end, err := f.config.Feed.Ender.End(ctx, shard)
		if err != nil {
			return false, err
		}
		if f.consumer.Asleep() { // asked again: what it wants from now on comes after that end
			return f.jump(ctx, shard, p, end)
		}
	}
	batch, err := f.config.Feed.Read(ctx, shard, p.Sequence, f.config.Batch)
	if err != nil {
		return false, err
	}
	if batch.Lost {
		f.lost(shard)
	}
	f.full = f.full || len(batch.Changes) == f.config.Batch
	if len(batch.Changes) == 0 && !batch.Closed {
		return false, nil
	}
	done := len(batch.Changes)
	if !f.consumer.Asleep() { // asked after reading: what it wants from now on comes later
		if done, err = f.deliver(ctx, shard, batch.Changes); err != nil {
			if len(batch.Changes) > 0 {
				f.lagged(batch.Changes[0])
			}
			return false, err
		}
	}
	next := p.at(p.Sequence)
	if done > 0 {
		last := batch.Changes[done-1]
		next.Sequence = last.Sequence
		f.lagged(last)
	}
	next.Closed = batch.Closed && done == len(batch.Changes)
	return true, f.store(ctx, shard, p, next)
}

// at returns the position at another place of the shard.
func (p positionDoc) at(s Sequence) positionDoc {
	p.Format, p.Sequence = format, s
	return p
}

// lagged tells how far behind the consumer is: the age of the last change that it
// is done with or, where it fails, of the first that it isn't.
func (f *follower) lagged(c Change) {
	if !c.Time.IsZero() {
		f.config.Observer.Lagged(f.consumer.Name(), f.config.Now().Sub(c.Time))
	}
}

// jump moves the position of a sleeping consumer to the end of a shard.
func (f *follower) jump(ctx context.Context, shard string, p *position, end Sequence) (moved bool, err error) {
	if end.Compare(p.Sequence) <= 0 {
		return false, nil
	}
	f.config.Observer.Lagged(f.consumer.Name(), 0)
	return true, f.store(ctx, shard, p, p.at(end))
}

// deliver reads the events of changes, puts what can't be read aside, and hands
// the rest over. It ends before a change that a later release has written, which is
// an error when it is the first: that one waits for an upgrade, and all behind it do,
// because what follows from it must not be left out.
func (f *follower) deliver(ctx context.Context, shard string, changes []Change) (done int, err error) {
	events := make([]Event, 0, len(changes))
	for ; done < len(changes); done++ {
		c := changes[done]
		e, err := Read(c)
		if err == nil {
			events = append(events, e)
			continue
		}
		if Newer(err) {
			if done == 0 {
				return 0, err
			}
			break
		}
		letter := DeadLetter{
			Shard: shard, Sequence: c.Sequence, EventID: c.ID, UserID: c.Key.Partition, OrderID: c.Key.Sort, Time: c.Time, Reason: err.Error(),
		}
		if err := f.config.Dead.Put(ctx, letter); err != nil {
			return 0, err
		}
		f.config.Observer.Died(f.consumer.Name())
		f.config.Logger.Error("a change could not be read and was put to the dead letters", "shard", shard, "sequence", string(c.Sequence), "reason", err.Error())
	}
	if len(events) == 0 {
		return done, nil
	}
	return done, f.consumer.Consume(ctx, shard, events)
}

// store writes a position. A failure leaves the batch to be delivered again.
func (f *follower) store(ctx context.Context, shard string, p *position, next positionDoc) error {
	r, err := save(ctx, f.config.Store, p.record, positionKind+f.consumer.Name(), shard, &next)
	var conflict *storage.Conflict
	if errors.As(err, &conflict) {
		return errMoved
	}
	if err != nil {
		return fmt.Errorf("store the position of %s: %w", f.consumer.Name(), err)
	}
	p.positionDoc, p.record = next, r
	return nil
}
