package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"comanda/dynamo"
	"comanda/storage"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// CreateTables implements [Place].
func (c cloud) CreateTables(ctx context.Context, tables []storage.Table) ([]TableState, error) {
	clients, err := c.clients(ctx)
	if err != nil {
		return nil, err
	}
	states, err := c.createTables(ctx, clients.tables, tables)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", c, err)
	}
	return states, nil
}

func (c cloud) createTables(ctx context.Context, client *dynamodb.Client, tables []storage.Table) ([]TableState, error) {
	states := make([]TableState, len(tables))
	for i, t := range tables {
		found, err := c.describe(ctx, client, t)
		if err != nil {
			return nil, err
		}
		states[i] = TableState{Table: t, Name: c.nameOf(t), There: found != nil}
	}
	if err := dynamo.CreateTables(ctx, client, tables, c.options()); err != nil {
		return nil, err
	}
	for i, t := range tables {
		found, err := c.describe(ctx, client, t)
		if err != nil {
			return nil, err
		}
		if found == nil {
			return nil, fmt.Errorf("table %s has gone again", c.nameOf(t))
		}
		states[i].Lacks = lacking(t, found)
	}
	return states, nil
}

// describe returns nil for a table that isn't there.
func (c cloud) describe(ctx context.Context, client *dynamodb.Client, t storage.Table) (*types.TableDescription, error) {
	name := c.nameOf(t)
	out, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
	if _, missing := errors.AsType[*types.ResourceNotFoundException](err); missing {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("describe table %s: %w", name, dynamo.Unreached(err))
	}
	return out.Table, nil
}

// lacking says what a table that other software has made hasn't got. Orders can be
// had without, but not everything works, or not for everybody.
func lacking(t storage.Table, found *types.TableDescription) (lacks []string) {
	has := make(map[string]bool)
	for _, ix := range found.LocalSecondaryIndexes {
		has[aws.ToString(ix.IndexName)] = true
	}
	for _, ix := range found.GlobalSecondaryIndexes {
		has[aws.ToString(ix.IndexName)] = true
	}
	for _, ix := range t.Indexes {
		if !has[ix.Name] {
			lacks = append(lacks, "index "+ix.Name)
		}
	}
	if s := found.StreamSpecification; t.Feed && (s == nil || !aws.ToBool(s.StreamEnabled)) {
		lacks = append(lacks, "stream")
	}
	return lacks
}

// Definition returns the request that makes a table on DynamoDB, as a JSON object
// of the members that are set.
func Definition(t storage.Table) (map[string]any, error) {
	text, err := json.Marshal(dynamo.Definition(t))
	if err != nil {
		return nil, err
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, err
	}
	onlySet(out)
	return out, nil
}

// onlySet removes members that are null or "" from an object and all objects in it:
// that is how the SDK's structs have what isn't set, enumerations among them.
func onlySet(v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if member == nil || member == "" {
				delete(v, name)
			}
			onlySet(member)
		}
	case []any:
		for _, element := range v {
			onlySet(element)
		}
	}
}
