package notification

import (
	"fmt"

	"comanda/feed"

	"github.com/go-json-experiment/json/jsontext"
)

// Messages returns what changes announce, oldest first, for a channel that has
// no place for an id beside the text, as Amazon SNS behind an EventBridge Pipe:
// each is the JSON of a notification with the event's id as "id". A change that
// can't be read as an order's is a dead letter, whose consumer and shard are left
// to the caller, and doesn't hold up the others. One that a later release has written
// does, as the error says: see [feed.Newer].
func Messages(changes []feed.Change) (messages []jsontext.Value, dead []feed.DeadLetter, err error) {
	messages = []jsontext.Value{}
	for _, c := range changes {
		text, err := message(c)
		switch {
		case feed.Newer(err):
			return nil, nil, fmt.Errorf("announce change %s: %w", c.Sequence, err)
		case err != nil:
			dead = append(dead, feed.DeadLetter{
				Sequence: c.Sequence, EventID: c.ID, UserID: c.Key.Partition, OrderID: c.Key.Sort, Time: c.Time, Reason: err.Error(),
			})
		case text != nil:
			messages = append(messages, text)
		}
	}
	return messages, dead, nil
}

func message(c feed.Change) ([]byte, error) {
	e, err := feed.Read(c)
	if err != nil {
		return nil, err
	}
	kind := typeOf(e)
	if kind == "" {
		return nil, nil
	}
	return render(e, kind, e.ID)
}
