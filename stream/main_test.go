package stream

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"comanda/dynamo"
	"comanda/dynamolocal"
	"comanda/order"
	"comanda/sqlite"
	"comanda/storage"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

func TestMain(m *testing.M) { os.Exit(dynamolocal.Run(m)) }

var background = context.Background()

// patience is the timeout of a request on a machine that is busy with tests.
const patience = time.Minute

// cloud is a table of orders with a stream on DynamoDB Local.
type cloud struct {
	*dynamo.Store
	client *dynamodb.Client
	table  string // its name there
}

func newCloud(t *testing.T) cloud {
	t.Helper()
	tables := []storage.Table{order.Table}
	c := cloud{client: dynamolocal.Client(t)}
	opts := dynamo.Options{Prefix: dynamolocal.Prefix(), Timeout: patience}
	c.table = opts.Prefix + order.TableName
	if err := dynamo.CreateTables(background, c.client, tables, opts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := c.client.DeleteTable(background, &dynamodb.DeleteTableInput{TableName: &c.table}); err != nil {
			t.Error(err)
		}
	})
	var err error
	if c.Store, err = dynamo.New(c.client, tables, opts); err != nil {
		t.Fatal(err)
	}
	return c
}

// find finds the stream of the table, as a poller wants it.
func (c cloud) find(ctx context.Context) (string, error) { return c.StreamARN(ctx, order.TableName) }

// newEmbedded opens an empty embedded store.
func newEmbedded(t *testing.T) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(background, filepath.Join(t.TempDir(), "orders.db"), []storage.Table{order.Table}, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
