package dynamo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"comanda/storage"
)

// list returns the sort keys of all pages of a query.
func list(t *testing.T, s *Store, q storage.Query) []string {
	t.Helper()
	var ids []string
	for {
		page, err := s.Query(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Records {
			ids = append(ids, r.Key.Sort)
		}
		if q.After = page.Next; q.After == "" {
			return ids
		}
	}
}

func TestATableWithoutTheLocalIndexIsListedAllTheSame(t *testing.T) {
	n := newNetwork()
	s, client, table := workshopTable(t, n, taking)
	for i, id := range []string{"d", "b", "e", "a", "c"} {
		putItem(t, client, table, workshopItem("ana", id, fmt.Sprintf("2021-04-09T10:20:3%dZ", i)))
	}
	putItem(t, client, table, workshopItem("bob", "x", "2021-04-09T10:20:30Z"))
	putItem(t, client, table, item{"userId": text("ana"), "orderId": text("timeless")})
	ours := storage.Record{Key: orderKey("ana", "ours"), Doc: []byte(`{}`),
		Index: map[string]storage.IndexKey{"by_time": {Partition: "ana", Sort: "2021-04-09T10:20:32Z_ours"}}}
	if err := s.Commit(context.Background(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &ours}}}); err != nil {
		t.Fatal(err)
	}
	want := []string{"d", "b", "e", "ours", "a", "c"} // by time
	base := storage.Query{Table: orders.Name, Index: "by_time", Partition: "ana"}
	for base.Limit = 1; base.Limit <= len(want)+1; base.Limit++ {
		q := base
		if got := list(t, s, q); !slices.Equal(got, want) {
			t.Errorf("pages of %d: got %v, want %v", q.Limit, got, want)
		}
		q.Descending = true
		backwards := slices.Clone(want)
		slices.Reverse(backwards)
		if got := list(t, s, q); !slices.Equal(got, backwards) {
			t.Errorf("pages of %d, newest first: got %v, want %v", q.Limit, got, backwards)
		}
		q.From, q.To, q.Descending = "2021-04-09T10:20:31Z", "2021-04-09T10:20:33Z", false
		if got := list(t, s, q); !slices.Equal(got, want[1:4]) {
			t.Errorf("pages of %d, of two seconds: got %v, want %v", q.Limit, got, want[1:4])
		}
	}
	n.meets()
	base.Limit = 10
	list(t, s, base)
	if got := n.count(); got != 1 {
		t.Errorf("a list once it is known that the index is missing: got %d requests, want 1", got)
	}
	if _, err := s.Query(context.Background(), storage.Query{Table: orders.Name, Index: "open", Partition: "1", Limit: 1}); !errors.Is(err, ErrNoIndex) {
		t.Errorf("query of the global index that is missing: got %v, want %v", err, ErrNoIndex)
	}
}

func TestACheckFindsOutThatAnIndexIsMissing(t *testing.T) {
	n := newNetwork()
	s, client, table := workshopTable(t, n, taking)
	putItem(t, client, table, workshopItem("ana", "a", "2021-04-09T10:20:30Z"))
	if err := s.Check(context.Background()); err != nil {
		t.Fatal(err)
	}
	n.meets()
	if got := list(t, s, storage.Query{Table: orders.Name, Index: "by_time", Partition: "ana", Limit: 5}); len(got) != 1 || n.count() != 1 {
		t.Errorf("list: got %v with %d requests, want one record with one", got, n.count())
	}
}

func TestARefusedQueryOfAnIndexThatIsThereIsAnError(t *testing.T) {
	s := newShaky(t, Options{})
	s.meets(answered(400, "ValidationException", ""))
	_, err := s.Query(context.Background(), storage.Query{Table: orders.Name, Index: "by_time", Partition: "ana", Limit: 5})
	if codeOf(err) != codeValidation || s.tables[orders.Name].indexes["by_time"].missing.Load() {
		t.Errorf("got %v, want DynamoDB's answer", err)
	}
}

func TestAnIndexThatIsBeingBuiltIsBusy(t *testing.T) {
	s := newShaky(t, Options{})
	described := func(status types.IndexStatus) fault {
		return raw(http.StatusOK, "application/x-amz-json-1.0",
			fmt.Sprintf(`{"Table":{"TableStatus":"ACTIVE","GlobalSecondaryIndexes":[{"IndexName":"open","IndexStatus":%q}]}}`, status))
	}
	for status, want := range map[types.IndexStatus]error{types.IndexStatusCreating: storage.ErrBusy, types.IndexStatusDeleting: ErrNoIndex} {
		s.meets(answered(http.StatusBadRequest, codeValidation, ""), described(status))
		_, err := s.Query(context.Background(), line)
		if !errors.Is(err, want) || !strings.Contains(err.Error(), "open") {
			t.Errorf("query of an index that is %s: got %v, want %v and which", status, err, want)
		}
	}
}

func TestAPartitionTooLargeToSortIsAnError(t *testing.T) {
	const most = 60
	opts := taking
	opts.unindexed = most
	s, client, table := workshopTable(t, newNetwork(), opts)
	fill := func(from, to int) {
		var requests []types.WriteRequest
		for i := from; i < to; i++ {
			it := item{"userId": text("ana"), "orderId": text(fmt.Sprint(i)), "data": &types.AttributeValueMemberM{
				Value: item{"orderTime": text(fmt.Sprintf("%05d", i))}}}
			requests = append(requests, types.WriteRequest{PutRequest: &types.PutRequest{Item: it}})
		}
		for part := range slices.Chunk(requests, 25) {
			in := &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{table: part}}
			if out, err := client.BatchWriteItem(context.Background(), in); err != nil || len(out.UnprocessedItems) > 0 {
				t.Fatalf("fill: %v, left %d", err, len(out.UnprocessedItems))
			}
		}
	}
	fill(0, most)
	q := storage.Query{Table: orders.Name, Index: "by_time", Partition: "ana", Descending: true, Limit: 2}
	page, err := s.Query(context.Background(), q)
	if err != nil || len(page.Records) != 2 || page.Records[0].Key.Sort != fmt.Sprint(most-1) {
		t.Fatalf("list of %d records: got %d (%v), want the latest two", most, len(page.Records), err)
	}
	fill(most, most+1)
	if _, err := s.Query(context.Background(), q); !errors.Is(err, ErrNoIndex) || !strings.Contains(err.Error(), "comanda copy") {
		t.Errorf("list of one record more: got %v, want %v and what to do", err, ErrNoIndex)
	}
}
