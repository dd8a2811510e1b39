package function

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"comanda/feed"
	"comanda/notification"
)

// notifier is the name under which changes that can't be announced are dead letters.
const notifier = "notifications"

// enrichment turns records of the orders' stream into notifications, for a Pipe
// that publishes them. What announces nothing is left out; an empty list ends the
// Pipe's work on a batch.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/pipes-enrichment.html
func (h *Handler) enrichment(string) (event, error) {
	store, err := h.settings.store()
	if err != nil {
		return nil, err
	}
	letters, watch := feed.NewDeadLetters(store), observer{h.metrics}
	return func(ctx context.Context, payload []byte) ([]byte, error) {
		var records streamRecords
		if err := json.Unmarshal(payload, &records); err != nil {
			return nil, fmt.Errorf("read the event: it isn't a Pipe's batch of records: %w", err)
		}
		changes := records.changes()
		messages, dead, err := notification.Messages(changes)
		if err != nil { // the Pipe delivers the batch again, until this function is upgraded
			watch.Failed(notifier)
			h.logger.ErrorContext(ctx, "changes could not be announced and will be delivered again", "error", err.Error())
			return nil, errors.New("changes could not be announced now")
		}
		for _, l := range dead {
			l.Consumer = notifier
			if err := letters.Put(ctx, l); err != nil {
				return nil, err
			}
			h.logger.ErrorContext(ctx, "a change was put to the dead letters",
				"consumer", notifier, "sequence", string(l.Sequence), "event_id", l.EventID, "reason", l.Reason)
			watch.Died(notifier)
		}
		for _, c := range slices.Backward(changes) {
			if !c.Time.IsZero() {
				watch.Lagged(notifier, h.now().Sub(c.Time))
				break
			}
		}
		out, err := json.Marshal(messages)
		if err != nil {
			return nil, fmt.Errorf("write the notifications: %w", err)
		}
		return out, nil
	}, nil
}
