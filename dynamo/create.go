package dynamo

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"comanda/storage"
)

// CreateTables creates the tables that aren't there, waits until they can be used and
// then checks all of them as [Store.Check] does. Tables that are there stay as
// they are.
func CreateTables(ctx context.Context, client *dynamodb.Client, tables []storage.Table, opts Options) error {
	s, err := New(client, tables, opts)
	if err != nil {
		return err
	}
	for _, d := range tables {
		if err := s.create(ctx, s.tables[d.Name]); err != nil {
			return fmt.Errorf("create table %s: %w", s.tables[d.Name].name, err)
		}
	}
	return s.Check(ctx)
}

// maxWait is how often a new table is asked for; waits reach one second soon.
const maxWait = 120

func (s *Store) create(ctx context.Context, t *table) error {
	in := Definition(t.decl)
	in.TableName = &t.name
	if _, err := read(ctx, s, in, s.client.CreateTable); err != nil && codeOf(err) != codeTableThere {
		return err
	}
	for n := range maxWait {
		there, err := s.describe(ctx, t)
		if err != nil && codeOf(err) != codeNoTable {
			return err
		}
		if err == nil && there.TableStatus == types.TableStatusActive {
			return nil
		}
		if err := s.pause(ctx, n); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: it isn't active after asking %d times", storage.ErrBusy, maxWait)
}

// Check asks DynamoDB whether the tables are there with the keys declared, and
// remembers which lack a local index. Among its errors are [ErrNoTable] and
// [ErrOtherTable].
func (s *Store) Check(ctx context.Context) error {
	for _, t := range slices.SortedFunc(maps.Values(s.tables), func(a, b *table) int { return cmp.Compare(a.name, b.name) }) {
		there, err := s.describe(ctx, t)
		switch {
		case codeOf(err) == codeNoTable:
			return fmt.Errorf("table %s: %w: create it, or check prefix, region and account", t.name, ErrNoTable)
		case err != nil:
			return fmt.Errorf("describe table %s: %w", t.name, err)
		}
		if err := t.compare(there); err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
		for _, ix := range t.indexes {
			ix.missing.Store(!ix.Global && !hasIndex(there, ix.Name))
		}
	}
	return nil
}

func (s *Store) describe(ctx context.Context, t *table) (*types.TableDescription, error) {
	out, err := read(ctx, s, &dynamodb.DescribeTableInput{TableName: &t.name}, s.client.DescribeTable)
	if err != nil {
		return nil, err
	}
	return out.Table, nil
}

// compare refuses a table with other keys. Everything else can be lived with.
func (t *table) compare(there *types.TableDescription) error {
	kinds := make(map[string]types.ScalarAttributeType)
	for _, a := range there.AttributeDefinitions {
		kinds[aws.ToString(a.AttributeName)] = a.AttributeType
	}
	got := make(map[types.KeyType]string)
	for _, k := range there.KeySchema {
		name := aws.ToString(k.AttributeName)
		if got[k.KeyType] = name; kinds[name] != types.ScalarAttributeTypeS {
			return fmt.Errorf("%w: key %s is of type %s and not S", ErrOtherTable, name, kinds[name])
		}
	}
	if got[types.KeyTypeHash] != t.decl.Partition || got[types.KeyTypeRange] != t.decl.Sort {
		return fmt.Errorf("%w: %q and %q instead of %q and %q", ErrOtherTable,
			got[types.KeyTypeHash], got[types.KeyTypeRange], t.decl.Partition, t.decl.Sort)
	}
	return nil
}

// hasIndex reports whether a table has an index, which may still be being built.
func hasIndex(there *types.TableDescription, name string) bool {
	state := stateOf(there, name)
	return state != "" && state != types.IndexStatusDeleting
}

// stateOf returns the state of an index, or "" when the table has none of the
// name. A local index is made with its table.
func stateOf(there *types.TableDescription, name string) types.IndexStatus {
	for _, ix := range there.LocalSecondaryIndexes {
		if aws.ToString(ix.IndexName) == name {
			return types.IndexStatusActive
		}
	}
	for _, ix := range there.GlobalSecondaryIndexes {
		if aws.ToString(ix.IndexName) == name {
			return cmp.Or(ix.IndexStatus, types.IndexStatusActive)
		}
	}
	return ""
}

// StreamARN returns the name of the stream of a declared table, for the Streams
// API, or [ErrNoStream].
func (s *Store) StreamARN(ctx context.Context, name string) (string, error) {
	t, err := s.table(name)
	if err != nil {
		return "", err
	}
	there, err := s.describe(ctx, t)
	if err != nil {
		return "", fmt.Errorf("describe table %s: %w", t.name, err)
	}
	on := there.StreamSpecification
	if on == nil || !aws.ToBool(on.StreamEnabled) || on.StreamViewType != types.StreamViewTypeNewAndOldImages {
		return "", fmt.Errorf("table %s: %w: enable it with the view type %s", t.name, ErrNoStream, types.StreamViewTypeNewAndOldImages)
	}
	return aws.ToString(there.LatestStreamArn), nil
}
