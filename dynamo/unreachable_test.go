package dynamo

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"comanda/order"
	"comanda/storage"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

func TestAServiceThatNobodyCanConnectToIsNotCalledBusy(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	client := dynamodb.New(dynamodb.Options{Region: "local", BaseEndpoint: &closed, RetryMaxAttempts: 1, Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")})
	s, err := New(client, []storage.Table{order.Table}, Options{Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	if err != nil {
		t.Fatal(err)
	}
	key := storage.Key{Table: order.TableName, Partition: "ana", Sort: "one"}
	_, get := s.Get(t.Context(), key)
	put := s.Commit(t.Context(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &storage.Record{Key: key, Doc: []byte(`{"a":1}`)}}}})
	for what, err := range map[string]error{"get": get, "commit": put, "check": s.Check(t.Context())} {
		if !errors.Is(err, storage.ErrBusy) || !strings.Contains(err.Error(), "DynamoDB can't be reached at "+closed+": ") || strings.Contains(err.Error(), storage.ErrBusy.Error()) {
			t.Errorf("%s: got %v, want that %s can't be reached", what, err, closed)
		}
	}
}
