package dynamo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"comanda/storage"
)

// Answers of DynamoDB that are made up.
var (
	throughput  = answered(http.StatusBadRequest, "ProvisionedThroughputExceededException", "")
	throttling  = answered(http.StatusBadRequest, "ThrottlingException", "")
	requestRate = answered(http.StatusBadRequest, "RequestLimitExceeded", "")
	putConflict = answered(http.StatusBadRequest, "TransactionConflictException", "")
	inProgress  = answered(http.StatusBadRequest, "TransactionInProgressException", "")
	internal    = answered(http.StatusInternalServerError, "InternalServerError", "")
	unavailable = answered(http.StatusServiceUnavailable, "ServiceUnavailable", "")
	proxyError  = raw(http.StatusBadGateway, "text/html", "<h1>bad gateway</h1>")
	tooMany     = raw(http.StatusTooManyRequests, "text/plain", "slow down")
	garbled     = raw(http.StatusOK, "application/x-amz-json-1.0", `{"Attributes":`)
	cutRefusal  = broken(http.StatusBadRequest, `{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","Item":{`)
	denied      = answered(http.StatusBadRequest, "AccessDeniedException", "")
	conflicting = answered(http.StatusBadRequest, "TransactionCanceledException", reasons("None", "TransactionConflict"))
	overloaded  = answered(http.StatusBadRequest, "TransactionCanceledException", reasons("ThrottlingError", "ProvisionedThroughputExceeded"))
	invalid     = answered(http.StatusBadRequest, "TransactionCanceledException", reasons("None", "ValidationError"))
)

func reasons(codes ...string) string {
	return `,"CancellationReasons":[{"Code":"` + strings.Join(codes, `"},{"Code":"`) + `"}]`
}

// outcome is what a commit can come to.
type outcome string

const (
	success  outcome = "success"
	conflict outcome = "conflict"
	isBusy   outcome = "busy"
	unknown  outcome = "unknown"
	plain    outcome = "a plain error"
)

func outcomeOf(err error) outcome {
	_, refused := errors.AsType[*storage.Conflict](err)
	busy, unsure := errors.Is(err, storage.ErrBusy), errors.Is(err, storage.ErrUnknown)
	switch {
	case err == nil:
		return success
	case busy && unsure:
		return "busy and unknown at once"
	case refused:
		return conflict
	case busy:
		return isBusy
	case unsure:
		return unknown
	}
	return plain
}

type commitCase struct {
	name     string
	faults   []fault
	want     outcome
	applied  bool // the record has the commit's version afterwards
	requests int
}

// commitCases hold for a commit of any kind.
func commitCases(attempts int) []commitCase {
	return []commitCase{
		{"no fault", nil, success, true, 1},
		{"throttled by the table", []fault{throughput}, success, true, 2},
		{"throttled by the account", []fault{throttling, requestRate}, success, true, 3},
		{"throttled all the time", always(throttling), isBusy, false, attempts},
		{"a refusal that breaks off", []fault{cutRefusal}, success, true, 2},
		{"refusals that break off all the time", always(cutRefusal), isBusy, false, attempts},
		{"told to slow down all the time", always(tooMany), isBusy, false, attempts},
		{"no connection", []fault{refused}, success, true, 2},
		{"no connection all the time", always(refused), isBusy, false, attempts},
		{"an internal error", []fault{internal}, success, true, 2},
		{"internal errors all the time", always(internal), unknown, false, attempts},
		{"unavailable all the time", always(unavailable), unknown, false, attempts},
		{"a proxy's errors all the time", always(proxyError), unknown, false, attempts},
		{"a request that gets lost", []fault{lost}, success, true, 2},
		{"requests that get lost", always(lost), unknown, false, attempts},
		{"an answer that can't be read, and then throttling", append([]fault{garbled}, always(throttling)...), unknown, false, attempts},
		{"an answer that gets lost", []fault{unanswered}, success, true, 2},
		{"answers that get lost", always(unanswered), unknown, true, attempts},
		{"an answer that gets lost, and then no connection", append([]fault{unanswered}, always(refused)...), unknown, true, attempts},
		{"an answer that gets lost, and then no permission", []fault{unanswered, denied}, unknown, true, 2},
		{"no permission", []fault{denied}, plain, false, 1},
	}
}

func TestASingleWriteUnderFaults(t *testing.T) {
	s := newShaky(t, Options{})
	cases := append(commitCases(s.opts.Attempts),
		commitCase{"a conflict with a transaction", []fault{putConflict}, success, true, 2},
		commitCase{"conflicts with transactions all the time", always(putConflict), isBusy, false, s.opts.Attempts})
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			k := orderKey("single", fmt.Sprint(i))
			r := storage.Record{Key: k, Doc: []byte(`{"n":1}`)}
			s.run(t, c, storage.Write{New: &r})
			old := s.put(t, nil, storage.Record{Key: orderKey("replaced", fmt.Sprint(i)), Doc: r.Doc})
			s.run(t, c, storage.Write{Old: &old, New: &storage.Record{Key: old.Key, Doc: []byte(`{"n":2}`)}})
		})
	}
}

func TestATransactionUnderFaults(t *testing.T) {
	s := newShaky(t, Options{})
	cases := append(commitCases(s.opts.Attempts),
		commitCase{"a conflict with another", []fault{conflicting}, success, true, 2},
		commitCase{"conflicts with others all the time", always(conflicting), isBusy, false, s.opts.Attempts},
		commitCase{"throttled items all the time", always(overloaded), isBusy, false, s.opts.Attempts},
		commitCase{"an attempt still in progress", []fault{inProgress}, success, true, 2},
		commitCase{"an attempt in progress all the time", always(inProgress), unknown, false, s.opts.Attempts},
		commitCase{"an item that isn't valid", []fault{invalid}, plain, false, 1})
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			first := storage.Record{Key: orderKey("transaction", fmt.Sprint(i)), Doc: []byte(`{"n":1}`)}
			second := storage.Record{Key: storage.Key{Table: people.Name, Partition: fmt.Sprint(i)}, Doc: []byte(`{"n":1}`)}
			s.run(t, c, storage.Write{New: &first}, storage.Write{New: &second})
		})
	}
}

// run commits under the faults of a case, and looks at the first record afterwards.
func (s shaky) run(t *testing.T, c commitCase, writes ...storage.Write) {
	t.Helper()
	commit := storage.Commit{ID: storage.NewCommitID(), Writes: writes}
	s.meets(c.faults...)
	err := s.Commit(context.Background(), commit)
	if got := outcomeOf(err); got != c.want {
		t.Errorf("commit: got %s (%v), want %s", got, err, c.want)
	}
	if got := s.count(); got != c.requests {
		t.Errorf("requests: got %d, want %d", got, c.requests)
	}
	if got := s.version(t, writes[0].Key()) == commit.ID; got != c.applied {
		t.Errorf("applied: got %v, want %v", got, c.applied)
	}
}

func TestARefusalAfterAnAnswerThatGotLost(t *testing.T) {
	s := newShaky(t, Options{})
	one, two := []byte(`{"n":1}`), []byte(`{"n":2}`)
	other := func(t *testing.T, k storage.Key) func() {
		return func() { // another writer, past the faults of this one
			r, err := s.Get(context.Background(), k)
			if err != nil {
				t.Fatal(err)
			}
			s.put(t, &r, storage.Record{Key: k, Doc: two})
		}
	}
	for _, c := range []struct {
		name   string
		faults func(t *testing.T, k storage.Key) []fault
		write  func(t *testing.T, k storage.Key) storage.Write
		want   outcome
	}{
		{"a creation that another writer has replaced since",
			func(t *testing.T, k storage.Key) []fault { return []fault{fault(unanswered).then(other(t, k))} },
			func(_ *testing.T, k storage.Key) storage.Write {
				return storage.Write{New: &storage.Record{Key: k, Doc: one}}
			},
			unknown},
		{"a creation that got lost, and another writer was faster",
			func(t *testing.T, k storage.Key) []fault {
				return []fault{fault(lost).then(func() { s.put(t, nil, storage.Record{Key: k, Doc: two}) })}
			},
			func(_ *testing.T, k storage.Key) storage.Write {
				return storage.Write{New: &storage.Record{Key: k, Doc: one}}
			},
			unknown},
		{"a creation that was throttled, and another writer was faster",
			func(t *testing.T, k storage.Key) []fault {
				return []fault{throttling.then(func() { s.put(t, nil, storage.Record{Key: k, Doc: two}) })}
			},
			func(_ *testing.T, k storage.Key) storage.Write {
				return storage.Write{New: &storage.Record{Key: k, Doc: one}}
			},
			conflict},
		{"a deletion",
			func(*testing.T, storage.Key) []fault { return []fault{unanswered} },
			func(t *testing.T, k storage.Key) storage.Write {
				old := s.put(t, nil, storage.Record{Key: k, Doc: one})
				return storage.Write{Old: &old}
			},
			unknown},
		{"a deletion that was throttled",
			func(*testing.T, storage.Key) []fault { return []fault{throughput} },
			func(t *testing.T, k storage.Key) storage.Write {
				old := s.put(t, nil, storage.Record{Key: k, Doc: one})
				return storage.Write{Old: &old}
			},
			success},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := orderKey("refused", c.name)
			w := c.write(t, k)
			s.meets(c.faults(t, k)...)
			err := s.Commit(context.Background(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{w}})
			if got := outcomeOf(err); got != c.want {
				t.Errorf("commit: got %s (%v), want %s", got, err, c.want)
			}
		})
	}
}

func TestACommitThatIsSentAgainIsASuccess(t *testing.T) {
	s := newShaky(t, Options{})
	r := storage.Record{Key: orderKey("again", "a"), Doc: []byte(`{}`)}
	person := storage.Record{Key: storage.Key{Table: people.Name, Partition: "again"}, Doc: []byte(`{}`)}
	single := storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &r}}}
	several := storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &person}, {New: &storage.Record{Key: orderKey("again", "b"), Doc: r.Doc}}}}
	for name, c := range map[string]storage.Commit{"of one write": single, "of several writes": several} {
		for n := range 2 {
			if err := s.Commit(context.Background(), c); err != nil {
				t.Errorf("commit %s, time %d: %v", name, n+1, err)
			}
		}
	}
}
