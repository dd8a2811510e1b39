package dynamo

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"comanda/storage"
)

// reads are the operations that change nothing, on a record that is there.
func (s shaky) reads(k storage.Key) map[string]func(context.Context) error {
	byTime := storage.Query{Table: k.Table, Index: "by_time", Partition: k.Partition, Limit: 5}
	return map[string]func(context.Context) error{
		"get":   func(ctx context.Context) error { _, err := s.Get(ctx, k); return err },
		"query": func(ctx context.Context) error { _, err := s.Query(ctx, byTime); return err },
		"scan":  func(ctx context.Context) error { _, err := s.Scan(ctx, k.Table, "", 5); return err },
		"check": s.Check,
	}
}

func TestReadsUnderFaults(t *testing.T) {
	s := newShaky(t, Options{})
	r := s.put(t, nil, storage.Record{Key: orderKey("read", "a"), Doc: []byte(`{}`)})
	for _, c := range []struct {
		name   string
		faults []fault
		want   outcome
	}{
		{"throttled", []fault{throughput}, success},
		{"throttled all the time", always(throttling), isBusy},
		{"an internal error", []fault{internal}, success},
		{"internal errors all the time", always(internal), isBusy},
		{"a proxy's errors all the time", always(proxyError), isBusy},
		{"no connection", []fault{refused}, success},
		{"no connection all the time", always(refused), isBusy},
		{"answers that get lost", []fault{unanswered, lost, garbled}, success},
		{"answers that get lost all the time", always(unanswered), isBusy},
		{"a refusal that breaks off", []fault{cutRefusal}, success},
		{"no permission", []fault{denied}, plain},
	} {
		for name, read := range s.reads(r.Key) {
			t.Run(c.name+", "+name, func(t *testing.T) {
				s.meets(c.faults...)
				if err := read(context.Background()); outcomeOf(err) != c.want {
					t.Errorf("got %s (%v), want %s", outcomeOf(err), err, c.want)
				}
			})
		}
	}
}

func TestPausesGrowAndAreSpread(t *testing.T) {
	s := newShaky(t, Options{Attempts: 9, Random: func() float64 { return 0.5 }})
	s.meets(always(throttling)...)
	if _, err := s.Get(context.Background(), orderKey("pauses", "a")); !errors.Is(err, storage.ErrNotFound) {
		t.Fatalf("get at the ninth attempt: got %v, want %v", err, storage.ErrNotFound)
	}
	want := []time.Duration{12500 * time.Microsecond, 25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond,
		400 * time.Millisecond, 500 * time.Millisecond, 500 * time.Millisecond}
	if len(*s.pauses) != len(want) {
		t.Fatalf("pauses: got %v, want %v", *s.pauses, want)
	}
	for i, d := range *s.pauses {
		if d != want[i] {
			t.Errorf("pause %d: got %v, want %v", i, d, want[i])
		}
	}
}

func TestNoAttemptIsMadeThatTheDeadlineHasNoTimeFor(t *testing.T) {
	deadline := time.Now().Add(time.Hour)
	s := newShaky(t, Options{Now: func() time.Time { return deadline.Add(-20 * time.Millisecond) }, Random: func() float64 { return 0.9 }})
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	r := storage.Record{Key: orderKey("deadline", "a"), Doc: []byte(`{}`)}
	for name, c := range map[string]struct {
		fault fault
		want  outcome
	}{"throttled": {throttling, isBusy}, "unanswered": {unanswered, unknown}} {
		s.meets(always(c.fault)...)
		err := s.Commit(ctx, storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &r}}})
		if got := outcomeOf(err); got != c.want || s.count() != 1 {
			t.Errorf("%s: got %s (%v) after %d requests, want %s after one", name, got, err, s.count(), c.want)
		}
	}
	if len(*s.pauses) != 0 {
		t.Errorf("pauses: got %v, want none", *s.pauses)
	}
}

func TestAContextThatEndsBetweenAttempts(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := newShaky(t, Options{Sleep: func(ctx context.Context, _ time.Duration) error { cancel(); return ctx.Err() }})
	r := storage.Record{Key: orderKey("canceled", "a"), Doc: []byte(`{}`)}
	for _, c := range []struct {
		name  string
		fault fault
		want  outcome
	}{{"throttled", throttling, plain}, {"unanswered", unanswered, unknown}} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel = context.WithCancel(context.Background())
			s.meets(always(c.fault)...)
			err := s.Commit(ctx, storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &r}}})
			if got := outcomeOf(err); got != c.want || !errors.Is(err, context.Canceled) || s.count() != 1 {
				t.Errorf("got %s (%v) after %d requests, want %s and %v after one", got, err, s.count(), c.want, context.Canceled)
			}
		})
	}
}

// hanging is a server that never answers.
type hanging struct{}

func (hanging) Do(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestAServerThatNeverAnswersIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := dynamodb.New(dynamodb.Options{Region: "us-east-1", BaseEndpoint: aws.String("http://127.0.0.1:1"), HTTPClient: hanging{},
			Credentials: aws.AnonymousCredentials{}})
		s, err := New(client, []storage.Table{orders}, Options{Timeout: time.Second, Attempts: 4})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err = s.Get(context.Background(), orderKey("a", "a")); outcomeOf(err) != isBusy {
			t.Errorf("get: got %v, want %v", err, storage.ErrBusy)
		}
		if took := time.Since(start); took < 4*time.Second || took > 4*time.Second+firstPause*7 {
			t.Errorf("get: took %v, want four attempts of a second and short pauses", took)
		}
		c := storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &storage.Record{Key: orderKey("a", "a"), Doc: []byte(`{}`)}}}}
		if err = s.Commit(context.Background(), c); outcomeOf(err) != unknown {
			t.Errorf("commit: got %v, want %v", err, storage.ErrUnknown)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 1500*time.Millisecond)
		defer cancel()
		start = time.Now()
		if err = s.Commit(ctx, c); outcomeOf(err) != unknown || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 1500*time.Millisecond {
			t.Errorf("commit with a deadline: got %v after %v, want %v at the deadline", err, time.Since(start), storage.ErrUnknown)
		}
	})
}

func TestErrorsHoldNothingOfTheRecord(t *testing.T) {
	s := newShaky(t, Options{Attempts: 2})
	k := orderKey("secret-user", "secret-order")
	r := storage.Record{Key: k, Doc: []byte(`{"name":"secret-name"}`), Index: map[string]storage.IndexKey{"open": {Partition: "secret-place", Sort: "secret-time"}}}
	stored := s.put(t, nil, r)
	for name, f := range map[string]fault{"throttled": throttling, "lost": lost, "unconnected": refused, "garbled": garbled, "denied": denied} {
		for read, do := range s.reads(k) {
			s.meets(always(f)...)
			wantNoSecret(t, name+" "+read, do(context.Background()))
		}
		s.meets(always(f)...)
		wantNoSecret(t, name+" commit", s.Commit(context.Background(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: &stored, New: &r}}}))
	}
	s.meets()
	c := storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &r}}}
	wantNoSecret(t, "conflict", s.Commit(context.Background(), c))
	for _, doc := range []string{`{"secret`, `{"a":"secret`, `{"a":tsecret}`, `{"secret":1,"secret":2}`, `["secret"]`, `{"a":1}"secret"`, "{\"a\":\"secret\xff\"}"} {
		r.Doc = []byte(doc)
		wantNoSecret(t, doc, s.Commit(context.Background(), c))
	}
}

func wantNoSecret(t *testing.T, name string, err error) {
	t.Helper()
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("%s: got %v, want an error that keeps it to itself", name, err)
	}
}
