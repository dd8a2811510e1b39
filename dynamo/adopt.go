package dynamo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"comanda/storage"
)

// Adopt gives the items of other software in a table the index attributes that
// they lack, as Options.Index says, and returns how many it has changed. Without
// that, an item that was put into a table with our indexes is in none of them until its first
// change: it can be read and changed, but is in no list.
//
// Nothing else of an item is changed, and it stays one of other software. What needs
// nothing isn't written, so Adopt can be interrupted, repeated, and run while
// this package's stores work on the table. It reads the whole table. The stream shows each
// item with equal documents before and after. progress is told how many items of other
// software were found so far.
func (s *Store) Adopt(ctx context.Context, name string, progress func(found int)) (int, error) {
	t, err := s.table(name)
	if err != nil || t.foreign == nil {
		return 0, err
	}
	there, err := s.describe(ctx, t)
	if err != nil {
		return 0, fmt.Errorf("describe table %s: %w", t.name, err)
	}
	in := &dynamodb.ScanInput{
		TableName: &t.name, FilterExpression: aws.String("NOT attribute_type(#v, :type)"),
		ExpressionAttributeNames: map[string]string{"#v": VersionAttribute}, ExpressionAttributeValues: item{":type": text("S")},
	}
	for n, found := 0, 0; ; {
		out, err := read(ctx, s, in, s.client.Scan)
		if err != nil {
			return n, fmt.Errorf("scan table %s: %w", t.name, err)
		}
		for _, it := range out.Items {
			changed, err := s.adopt(ctx, t, there, it)
			if err != nil {
				return n, fmt.Errorf("adopt an item of table %s: %w", t.name, err)
			}
			if changed {
				n++
			}
		}
		found += len(out.Items)
		progress(found)
		if in.ExclusiveStartKey = out.LastEvaluatedKey; len(in.ExclusiveStartKey) == 0 {
			return n, nil
		}
	}
}

// adopt gives one item its places in the indexes that are there.
func (s *Store) adopt(ctx context.Context, t *table, there *types.TableDescription, it item) (changed bool, err error) {
	r, err := t.record(it)
	if err != nil {
		return false, err
	}
	wanted := make(map[string]string)
	for name, ix := range t.indexes {
		k, ok := r.Index[name]
		if !ok || !hasIndex(there, name) || !possibleEntry(k) {
			continue
		}
		wanted[ix.Sort] = k.Sort
		if ix.Global {
			wanted[ix.Partition] = k.Partition
		}
	}
	maps.DeleteFunc(wanted, func(attribute, value string) bool {
		has, ok := textOf(it, attribute)
		return ok && has == value
	})
	if len(wanted) == 0 {
		return false, nil
	}
	return s.set(ctx, t, r.Key, wanted)
}

// set sets attributes of an item of other software, unless it has been replaced
// or deleted.
func (s *Store) set(ctx context.Context, t *table, k storage.Key, wanted map[string]string) (done bool, err error) {
	c := t.isAt("")
	var assign []string
	for i, attribute := range slices.Sorted(maps.Keys(wanted)) {
		name, value := fmt.Sprint("#a", i), fmt.Sprint(":a", i)
		c.names[name], c.values[value] = attribute, text(wanted[attribute])
		assign = append(assign, name+" = "+value)
	}
	_, err = read(ctx, s, &dynamodb.UpdateItemInput{
		TableName: &t.name, Key: t.keyItem(k), UpdateExpression: aws.String("SET " + strings.Join(assign, ", ")),
		ConditionExpression: aws.String(c.expression), ExpressionAttributeNames: c.names, ExpressionAttributeValues: c.values,
	}, s.client.UpdateItem)
	if _, ours := errors.AsType[*types.ConditionalCheckFailedException](err); ours {
		return false, nil
	}
	return err == nil, err
}

// possibleEntry reports whether DynamoDB takes an entry of an index.
func possibleEntry(k storage.IndexKey) bool {
	return possiblePartition(k.Partition) && k.Sort != "" && len(k.Sort) <= storage.MaxSort
}
