package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"comanda/storage"
)

// The server is asked as well, so that the bounds are DynamoDB's and not ours.
func TestNumbersAtTheBoundsAreStoredAndOneFurtherIsRefused(t *testing.T) {
	s := openTables(t, []storage.Table{people}, Options{})
	digits := strings.Repeat("1234567890", 4)
	for i, text := range []string{digits[:38], digits[:38] + "000", "0." + digits[:38], "1e125", "9." + strings.Repeat("9", 37) + "e125", "-1e-130", "1.5e-130", "0e-999"} {
		r := storage.Record{Key: storage.Key{Table: people.Name, Partition: fmt.Sprint(i)}, Doc: []byte(`{"n":` + text + `}`)}
		if err := s.Commit(context.Background(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &r}}}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{digits[:39], "1e126", "1e-131"} {
		r := storage.Record{Key: storage.Key{Table: people.Name, Partition: "over"}, Doc: []byte(`{"n":` + text + `}`)}
		err := s.Commit(context.Background(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &r}}})
		if _, ok := errors.AsType[*storage.LimitError](err); !ok {
			t.Errorf("%s: got %v, want a limit error", text, err)
		}
	}
}

func TestItemsThatAreTooLargeOnDynamoDBAreALimit(t *testing.T) {
	s := openTables(t, []storage.Table{orders, people}, Options{})
	// A list of ones takes two bytes each in JSON and three on DynamoDB.
	ones := func(n int) []byte { return []byte(`{"n":[1` + strings.Repeat(",1", n-1) + `]}`) }
	commit := func(k storage.Key, n int) error {
		r := storage.Record{Key: k, Doc: ones(n)}
		return s.Commit(context.Background(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &r}}})
	}
	k := storage.Key{Table: people.Name, Partition: "p"}
	it, err := s.tables[people.Name].item(storage.Record{Key: k, Doc: ones(1)}, storage.NewCommitID())
	if err != nil {
		t.Fatal(err)
	}
	most := 1 + (maxItem-itemSize(it))/3
	if err := commit(k, most); err != nil {
		t.Errorf("the largest item: %v", err)
	}
	k.Partition = "q"
	err = commit(k, most+1)
	if limit, ok := errors.AsType[*storage.LimitError](err); !ok || limit.Limit != maxItem || limit.Got > maxItem+3 {
		t.Errorf("one element more: got %v, want a limit error with %d", err, maxItem)
	}
	c := storage.Commit{ID: storage.NewCommitID()}
	for i := range 20 {
		c.Writes = append(c.Writes, storage.Write{New: &storage.Record{
			Key: storage.Key{Table: people.Name, Partition: fmt.Sprint("many ", i)}, Doc: ones(storage.MaxCommit/20/2 - 10)}})
	}
	if limit, ok := errors.AsType[*storage.LimitError](s.Commit(context.Background(), c)); !ok || limit.Limit != maxTransaction {
		t.Errorf("documents of nearly %d bytes, but items of half as much again: got %v, want a limit error with %d", storage.MaxCommit, limit, maxTransaction)
	}
}
