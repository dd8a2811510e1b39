package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"comanda/dynamolocal"
	"comanda/order"
	"comanda/pool"
	"comanda/storage"
	"comanda/user"
)

// outline says what of a definition matters.
func outline(in *dynamodb.CreateTableInput) string {
	var b strings.Builder
	keys := func(schema []types.KeySchemaElement) {
		for _, k := range schema {
			fmt.Fprintf(&b, " %s %s", k.KeyType, *k.AttributeName)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "table %s %s", *in.TableName, in.BillingMode)
	keys(in.KeySchema)
	for _, a := range in.AttributeDefinitions {
		fmt.Fprintf(&b, "attribute %s %s\n", *a.AttributeName, a.AttributeType)
	}
	for _, ix := range in.LocalSecondaryIndexes {
		fmt.Fprintf(&b, "local %s %s", *ix.IndexName, ix.Projection.ProjectionType)
		keys(ix.KeySchema)
	}
	for _, ix := range in.GlobalSecondaryIndexes {
		fmt.Fprintf(&b, "global %s %s", *ix.IndexName, ix.Projection.ProjectionType)
		keys(ix.KeySchema)
	}
	if s := in.StreamSpecification; s != nil && *s.StreamEnabled {
		fmt.Fprintf(&b, "stream %s\n", s.StreamViewType)
	}
	return b.String()
}

func TestDefinitionsFollowFromDeclarations(t *testing.T) {
	for _, c := range []struct {
		table storage.Table
		want  string
	}{
		{orders, `table orders PAY_PER_REQUEST HASH userId RANGE orderId
attribute opened S
attribute orderId S
attribute placed S
attribute restaurant S
attribute userId S
local by_time KEYS_ONLY HASH userId RANGE placed
global open KEYS_ONLY HASH restaurant RANGE opened
stream NEW_AND_OLD_IMAGES
`},
		{people, `table people PAY_PER_REQUEST HASH userid
attribute userid S
`},
	} {
		if diff := cmp.Diff(c.want, outline(Definition(c.table))); diff != "" {
			t.Errorf("definition of %s (-want +got):\n%s", c.table.Name, diff)
		}
	}
}

func TestAllTablesOfTheProgramCanBeMade(t *testing.T) {
	openTables(t, append([]storage.Table{order.Table, user.Table, user.Claims}, pool.Tables()...), Options{})
}

func TestTablesAreCreatedOnce(t *testing.T) {
	opts := Options{}
	s := openTables(t, []storage.Table{orders, people}, opts)
	ctx := context.Background()
	r := storage.Record{Key: orderKey("ana", "a"), Doc: []byte(`{}`)}
	if err := s.Commit(ctx, storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &r}}}); err != nil {
		t.Fatal(err)
	}
	opts.Prefix = strings.TrimSuffix(s.tables[orders.Name].name, orders.Name)
	if err := CreateTables(ctx, dynamolocal.Client(t), []storage.Table{orders, people}, opts); err != nil {
		t.Errorf("create tables again: %v", err)
	}
	if _, err := s.Get(ctx, r.Key); err != nil {
		t.Errorf("get after creating again: %v", err)
	}
	for name, wantStream := range map[string]bool{orders.Name: true, people.Name: false} {
		there, err := s.describe(ctx, s.tables[name])
		if err != nil {
			t.Fatal(err)
		}
		if got := there.StreamSpecification != nil && aws.ToBool(there.StreamSpecification.StreamEnabled); got != wantStream {
			t.Errorf("stream of %s: got %v, want %v", name, got, wantStream)
		}
	}
	other := people
	other.Partition = "somebody"
	if err := CreateTables(ctx, dynamolocal.Client(t), []storage.Table{other}, opts); !errors.Is(err, ErrOtherTable) {
		t.Errorf("create a table that is there with another key: got %v, want %v", err, ErrOtherTable)
	}
}

func TestDeclarationsThatCannotBeLaidOutAreRefused(t *testing.T) {
	for name, change := range map[string]func(*storage.Table, *Options){
		"a short name":                       func(d *storage.Table, _ *Options) { d.Name = "ab" },
		"a name with a space":                func(_ *storage.Table, o *Options) { o.Prefix = "a b" },
		"a name given that is none":          func(_ *storage.Table, o *Options) { o.Names = map[string]string{orders.Name: ""} },
		"no partition":                       func(d *storage.Table, _ *Options) { d.Partition = "" },
		"no document":                        func(d *storage.Table, _ *Options) { d.Doc = "" },
		"a document in the key":              func(d *storage.Table, _ *Options) { d.Doc = d.Sort },
		"a document in the version":          func(d *storage.Table, _ *Options) { d.Doc = VersionAttribute },
		"a local index without sort keys":    func(d *storage.Table, _ *Options) { d.Sort = "" },
		"a local index of another partition": func(d *storage.Table, _ *Options) { d.Indexes[0].Partition = "other" },
		"an index with a short name":         func(d *storage.Table, _ *Options) { d.Indexes[1].Name = "ix" },
		"two indexes on one attribute":       func(d *storage.Table, _ *Options) { d.Indexes[1].Sort = d.Indexes[0].Sort },
		"an index without an attribute":      func(d *storage.Table, _ *Options) { d.Indexes[1].Partition = "" },
	} {
		d, opts := orders, Options{}
		d.Indexes = append([]storage.Index(nil), orders.Indexes...)
		change(&d, &opts)
		if _, err := newTable(d, opts); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	if _, err := newTable(orders, Options{}); err != nil {
		t.Errorf("a good one: %v", err)
	}
}
