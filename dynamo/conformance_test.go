package dynamo

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"comanda/dynamolocal"
	"comanda/storage"
	"comanda/storagetest"
)

// patience is the timeout of an attempt on a machine that is busy with tests.
const patience = time.Minute

// openTables returns a store with new tables, whose client has the options given.
func openTables(t *testing.T, tables []storage.Table, opts Options, client ...func(*dynamodb.Options)) *Store {
	t.Helper()
	opts.Prefix, opts.Timeout = dynamolocal.Prefix(), patience
	plain := dynamolocal.Client(t)
	ctx := context.Background()
	if err := CreateTables(ctx, plain, tables, opts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, d := range tables {
			name := opts.Prefix + d.Name
			if _, err := plain.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &name}); err != nil {
				t.Error(err)
			}
		}
	})
	s, err := New(dynamolocal.Client(t, client...), tables, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) {
	storagetest.Run(t, func(t *testing.T, tables []storage.Table) storage.Store {
		return openTables(t, tables, Options{})
	})
}
