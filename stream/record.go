package stream

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"comanda/dynamo"
	"comanda/feed"
	"comanda/storage"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

// item is the attributes of an image or of a key.
type item = map[string]dynamotypes.AttributeValue

// record is a record of a stream, whichever way it came.
type record struct {
	eventID, kind, sequence string
	at                      time.Time
	before, after           item // nil: there is no such image
}

// RecordError says that a record of a stream can't be read. It has nothing of
// what is in the record.
type RecordError struct {
	EventID string
	Err     error
}

func (e *RecordError) Error() string {
	return fmt.Sprintf("record %.64q of the stream can't be read: %v", e.EventID, e.Err)
}

// Unwrap returns what is wrong with the record.
func (e *RecordError) Unwrap() error { return e.Err }

// What can be wrong with a record, beside its attributes.
var (
	errSequence = errors.New("its sequence number isn't 1 to 40 digits")
	errNoID     = errors.New("it has neither a version of ours nor an event id")
	errImages   = errors.New("an image is missing: the stream needs the view type NEW_AND_OLD_IMAGES")
)

// FromLambda returns the change of a table's record that an event source
// mapping delivers. Its Err is a [*RecordError] if the record can't be read; the other fields
// then have what could be.
func FromLambda(t storage.Table, r events.DynamoDBEventRecord) feed.Change {
	before, err := lambdaItem(r.Change.OldImage)
	after, err2 := lambdaItem(r.Change.NewImage)
	return change(t, record{
		eventID: r.EventID, kind: r.EventName, sequence: r.Change.SequenceNumber,
		at: r.Change.ApproximateCreationDateTime.Time, before: before, after: after,
	}, errors.Join(err, err2))
}

// FromStreams returns the change of a table's record that the Streams API
// returns, like [FromLambda].
func FromStreams(t storage.Table, r types.Record) feed.Change {
	out := record{eventID: aws.ToString(r.EventID), kind: string(r.EventName)}
	var err, err2 error
	if d := r.Dynamodb; d != nil {
		out.sequence, out.at = aws.ToString(d.SequenceNumber), aws.ToTime(d.ApproximateCreationDateTime)
		out.before, err = streamItem(d.OldImage)
		out.after, err2 = streamItem(d.NewImage)
	}
	return change(t, out, errors.Join(err, err2))
}

// change makes the change of a record, unless its attributes had an error.
func change(t storage.Table, r record, err error) feed.Change {
	c := feed.Change{Change: storage.Change{ID: r.eventID, Kind: storage.Kind(r.kind), Time: r.at.UTC()}}
	var sequenceErr error
	c.Sequence, sequenceErr = parseSequence(r.sequence)
	before, err2 := read(t, r.before)
	after, err3 := read(t, r.after)
	if err = errors.Join(sequenceErr, err, err2, err3, checkImages(c.Kind, before, after)); err == nil {
		c.ID, err = changeID(r.eventID, before, after)
	}
	for _, image := range []*storage.Record{before, after} {
		if image != nil {
			c.Key = image.Key
		}
	}
	if err != nil {
		c.Err = &RecordError{r.eventID, err}
		return c
	}
	c.Before, c.After = document(before), document(after)
	return c
}

// read returns the stored record that an image shows, nil for none.
func read(t storage.Table, image item) (*storage.Record, error) {
	if image == nil {
		return nil, nil
	}
	r, err := dynamo.ReadItem(t, image)
	if err != nil {
		return nil, err
	}
	return &r, nil
}

func document(r *storage.Record) []byte {
	if r == nil {
		return nil
	}
	return r.Doc
}

// checkImages reports an error unless there are the images that a kind of
// change has.
func checkImages(k storage.Kind, before, after *storage.Record) error {
	had, has := k == storage.Modify || k == storage.Remove, k == storage.Modify || k == storage.Insert
	switch {
	case !had && !has:
		return fmt.Errorf("its kind is %.20q, which is none of INSERT, MODIFY and REMOVE", string(k))
	case had != (before != nil) || has != (after != nil):
		return errImages
	}
	return nil
}

// changeID returns the id of the change from before to after. Other software
// that updates an item of ours in place leaves our version on it, which then
// tells nothing about the change.
func changeID(eventID string, before, after *storage.Record) (string, error) {
	was := ""
	if before != nil {
		was = before.Version
	}
	switch {
	case after != nil && after.Version != "" && after.Version != was:
		return after.Version, nil
	case after == nil && was != "":
		return removalID(was), nil
	case eventID == "":
		return "", errNoID
	}
	return eventID, nil
}

// removalID returns the id of a deletion, 22 characters like those of commits:
// 128 bits of a SHA-256 over the deleted version and the word "removed".
func removalID(version string) string {
	sum := sha256.Sum256([]byte(version + "\x00removed"))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// Lengths of sequence numbers: Amazon's have 21 to 40 digits, and those of
// DynamoDB Local are filled up with zeros to 21.
const (
	minSequence = 21
	maxSequence = 40
)

func parseSequence(s string) (feed.Sequence, error) {
	if s == "" || len(s) > maxSequence || strings.Trim(s, "0123456789") != "" {
		return "", errSequence
	}
	return feed.Sequence(strings.TrimLeft(s, "0")), nil
}

// sequenceNumber is the inverse of parseSequence.
func sequenceNumber(s feed.Sequence) string {
	return strings.Repeat("0", max(0, minSequence-len(s))) + string(s)
}
