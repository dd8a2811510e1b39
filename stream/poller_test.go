package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"

	"comanda/dynamo"
	"comanda/dynamolocal"
	"comanda/feed"
	"comanda/order"
	"comanda/storage"
	"comanda/storagetest"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

func TestParentsAreListedBeforeTheirChildren(t *testing.T) {
	r := newReading(t, &scriptedShard{id: "c", parent: "b"}, &scriptedShard{id: "d", parent: "b"}, &scriptedShard{id: "b", parent: "a", closed: true},
		&scriptedShard{id: "x", parent: "long gone"}, &scriptedShard{id: "a", closed: true})
	if got, want := r.list(), []string{"a", "b", "c", "d", "x"}; !slices.Equal(got, want) {
		t.Errorf("shards: got %v, want %v", got, want)
	}
	if got := r.requests["DescribeStream"]; got != 3 {
		t.Errorf("requests of two lists of three pages, a moment apart: got %d, want 3", got)
	}
	r.clock.Move(listEvery)
	r.list()
	if got := r.requests["DescribeStream"]; got != 6 {
		t.Errorf("requests of another list later: got %d, want 3 more", got)
	}
}

func TestAShardIsReadToItsEndAndItsChildrenAreFound(t *testing.T) {
	a := &scriptedShard{id: "a", sequences: []int{1, 2, 3}}
	r := newReading(t, a)
	r.want("a", "", 2, "1 2")
	r.want("a", "2", 2, "3") // at once, since the answer before was full
	a.sequences = append(a.sequences, 4)
	r.want("a", "3", 2, "") // no more than a few requests a second
	r.clock.Move(pollEvery)
	r.want("a", "3", 2, "4")
	r.clock.Move(pollEvery)
	r.want("a", "4", 2, "")
	a.sequences, a.closed = append(a.sequences, 5), true
	r.script.shards = append(r.script.shards, &scriptedShard{id: "b", parent: "a", sequences: []int{6}})
	r.clock.Move(pollEvery)
	r.want("a", "4", 2, "5", "closed")
	r.want("a", "5", 2, "", "closed")
	if got := r.list(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("shards when one has ended: got %v, want its child at once", got)
	}
	r.want("b", "", 2, "6")
}

func TestAShardThatHasEndedIsReadPastItsHoles(t *testing.T) {
	r := newReading(t, &scriptedShard{id: "a", sequences: []int{1}, closed: true, holes: 3})
	r.want("a", "", 9, "1", "closed")
}

func TestConsumersNearEachOtherShareRequests(t *testing.T) {
	r := newReading(t, &scriptedShard{id: "a", sequences: []int{1, 2, 3, 4, 5, 6}})
	r.want("a", "", 4, "1 2 3 4")
	r.want("a", "", 4, "1 2 3 4") // the second consumer
	r.want("a", "2", 1, "3")      // one with other batches
	r.clock.Move(pollEvery)
	r.want("a", "4", 4, "5 6")
	r.want("a", "4", 4, "5 6")
	if got := r.requests["GetRecords"]; got != 2 {
		t.Errorf("requests of three consumers: got %d, want 2", got)
	}
	if got := r.requests["GetShardIterator"]; got != 1 {
		t.Errorf("iterators of three consumers: got %d, want 1", got)
	}
}

func TestReadingGoesOnAfterWhatEndsAnIterator(t *testing.T) {
	r := newReading(t, &scriptedShard{id: "a", sequences: []int{1, 2, 3, 4, 5}})
	r.want("a", "", 2, "1 2")
	r.age++ // all iterators expire
	r.clock.Move(pollEvery)
	r.want("a", "2", 2, "3 4")
	r.Poller = NewPoller(r.script, order.Table, r.find, r.clock.Now) // another process goes on
	r.list()
	r.want("a", "4", 2, "5")
}

func TestAPlaceThatIsGoneIsSaid(t *testing.T) {
	a := &scriptedShard{id: "a", sequences: []int{1, 2, 3, 4, 5}, trimmed: 3}
	r := newReading(t, a)
	r.want("a", "1", 1, "4", "lost")
	r.clock.Move(pollEvery)
	r.want("a", "4", 1, "5")
	r.want("a", "1", 9, "4 5", "lost") // another consumer
	r.want("a", "", 9, "4 5")          // who begins has lost nothing
	a.sequences, a.trimmed = append(a.sequences, 6, 7, 8), 7
	r.clock.Move(pollEvery)
	r.want("a", "5", 9, "8", "lost") // the iterator stood still too long
}

func TestErrorsOfTheStreamAreSaid(t *testing.T) {
	r := newReading(t, &scriptedShard{id: "a", sequences: []int{1}})
	r.fail["GetRecords"] = &types.LimitExceededException{}
	if _, err := r.Read(background, "a", "", 1); !errors.Is(err, storage.ErrBusy) {
		t.Errorf("read when throttled: got %v, want %v", err, storage.ErrBusy)
	}
	r.want("a", "", 1, "1")

	if _, err := r.Read(background, "b", "", 1); err == nil {
		t.Error("read of an unknown shard: got no error, want one")
	}
	r.clock.Move(listEvery)
	r.fail["DescribeStream"] = &types.ResourceNotFoundException{}
	if _, err := r.Shards(background); err == nil || r.finds != 1 {
		t.Errorf("list of a stream that is gone: got %v, asked %d times for it, want an error", err, r.finds)
	}
	if r.list(); r.finds != 2 {
		t.Errorf("list after that: asked %d times for the stream, want 2", r.finds)
	}
	r.view = types.StreamViewTypeNewImage
	r.clock.Move(listEvery)
	if _, err := r.Shards(background); !errors.Is(err, errImages) {
		t.Errorf("list of a stream without old images: got %v, want %v", err, errImages)
	}
	down := errors.New("down")
	p := NewPoller(r.script, order.Table, func(context.Context) (string, error) { return "", down }, r.clock.Now)
	if _, err := p.Shards(background); !errors.Is(err, down) {
		t.Errorf("list of a stream that can't be found: got %v, want %v", err, down)
	}
}

func TestAWindowKeepsNoMoreThanItMay(t *testing.T) {
	w := &window{}
	for n := 1; n <= maxKept+7; n++ {
		w.add(FromStreams(order.Table, scripted(n)))
	}
	if len(w.changes) != maxKept || w.from != "7" || w.place("7") != 0 || w.place("6") >= 0 || w.place("8") != 1 {
		t.Errorf("after %d changes: got %d from %q on, want %d from 7 on", maxKept+7, len(w.changes), w.from, maxKept)
	}
	big := FromStreams(order.Table, scripted(5000))
	big.After = make([]byte, maxKeptBytes)
	w.add(big)
	if len(w.changes) != 1 || w.size != maxKeptBytes || w.place("5000") != 1 {
		t.Errorf("after a large change: got %d changes of %d bytes, want it alone", len(w.changes), w.size)
	}
}

// place stores n new orders of ana's in the cloud.
func (c cloud) place(t *testing.T, from, n int) {
	t.Helper()
	for i := from; i < from+n; i++ {
		k := storage.Key{Table: order.TableName, Partition: "ana", Sort: fmt.Sprint("o-", i)}
		w := storage.Write{New: &storage.Record{Key: k, Doc: []byte(`{"n":` + strconv.Itoa(i) + `}`)}}
		if err := c.Commit(background, storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{w}}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestARealStreamIsReadFromAnyPlaceAndAcrossItsEnd(t *testing.T) {
	c, clock := newCloud(t), storagetest.NewClock(noon)
	c.place(t, 0, 5)
	newPoller := func() *Poller { return NewPoller(dynamolocal.Streams(t), order.Table, c.find, clock.Now) }
	all := drain(t, newPoller(), clock)
	if len(all) != 5 {
		t.Fatalf("changes: got %d, want 5", len(all))
	}
	for i, from := range all {
		p := newPoller()
		shards, err := p.Shards(background)
		if err != nil || len(shards) != 1 {
			t.Fatalf("shards: got %v (%v), want one", shards, err)
		}
		b, err := p.Read(background, shards[0].ID, from.Sequence, 9)
		if err != nil || len(b.Changes) != 4-i || b.Closed || b.Lost {
			t.Errorf("after change %d: got %d more, closed %v, lost %v (%v), want %d", i, len(b.Changes), b.Closed, b.Lost, err, 4-i)
		}
	}

	// The stream's end closes its shards, as a split does.
	p := newPoller()
	if _, err := p.Shards(background); err != nil {
		t.Fatal(err)
	}
	c.stream(t, false)
	b, err := p.Read(background, p.shards[0].ID, "", 9)
	if err != nil || len(b.Changes) != 5 || !b.Closed {
		t.Errorf("a closed shard: got %d changes, closed %v (%v), want 5 and closed", len(b.Changes), b.Closed, err)
	}
	if _, err := c.find(background); !errors.Is(err, dynamo.ErrNoStream) {
		t.Errorf("stream of a table without one: got %v, want %v", err, dynamo.ErrNoStream)
	}
}

// stream switches the table's stream on or off.
func (c cloud) stream(t *testing.T, on bool) {
	t.Helper()
	s := &dynamotypes.StreamSpecification{StreamEnabled: &on}
	if on {
		s.StreamViewType = dynamotypes.StreamViewTypeNewAndOldImages
	}
	if _, err := c.client.UpdateTable(background, &dynamodb.UpdateTableInput{TableName: &c.table, StreamSpecification: s}); err != nil {
		t.Fatal(err)
	}
}

func TestAStreamThatWasSwitchedOffAndOnIsReadOnBothSides(t *testing.T) {
	c, clock := newCloud(t), storagetest.NewClock(noon)
	newPoller := func() *Poller { return NewPoller(dynamolocal.Streams(t), order.Table, c.find, clock.Now) }
	p := newPoller()
	c.place(t, 0, 2)
	if got := drain(t, p, clock); len(got) != 2 {
		t.Fatalf("changes: got %d, want 2", len(got))
	}
	c.place(t, 2, 1) // no poller reads it in time
	c.stream(t, false)
	clock.Move(listEvery)
	if _, err := p.Shards(background); !errors.Is(err, dynamo.ErrNoStream) {
		t.Errorf("while it is off: got %v, want %v", err, dynamo.ErrNoStream)
	}
	c.stream(t, true)
	c.place(t, 3, 2)
	for name, p := range map[string]*Poller{"the process that was there": p, "a new process": newPoller()} {
		if got := drain(t, p, clock); len(got) != 5 || got[2].Key.Sort != "o-2" || got[4].Key.Sort != "o-4" {
			t.Errorf("%s: got %d changes, want 5, the old stream's first", name, len(got))
		}
	}
}

func TestSeveralConsumersReadWhileOrdersArePlaced(t *testing.T) {
	const orders, consumers = 60, 3
	c := newCloud(t)
	clock := storagetest.NewClock(noon)
	p := NewPoller(dynamolocal.Streams(t), order.Table, c.find, clock.Now)
	shards, err := p.Shards(background)
	if err != nil || len(shards) != 1 {
		t.Fatalf("shards: got %v (%v), want one", shards, err)
	}
	read := make([][]feed.Change, consumers)
	var running sync.WaitGroup
	for i := range read {
		running.Go(func() {
			for at := feed.Sequence(""); len(read[i]) < orders; {
				clock.Move(pollEvery)
				b, err := p.Read(background, shards[0].ID, at, 3+i)
				if err != nil {
					t.Errorf("consumer %d: %v", i, err)
					return
				}
				if read[i] = append(read[i], b.Changes...); len(read[i]) > 0 {
					at = read[i][len(read[i])-1].Sequence
				}
			}
		})
	}
	c.place(t, 0, orders)
	running.Wait()
	for i, changes := range read {
		for n, change := range changes {
			if want := fmt.Sprint("o-", n); change.Key.Sort != want {
				t.Fatalf("consumer %d, change %d: got order %s, want %s", i, n, change.Key.Sort, want)
			}
		}
	}
}
