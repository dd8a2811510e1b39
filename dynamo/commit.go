package dynamo

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"comanda/storage"
)

// Commit applies a commit: one write by PutItem or DeleteItem, several writes or
// checks by TransactWriteItems. See [storage.Store].
func (s *Store) Commit(ctx context.Context, c storage.Commit) error {
	if err := c.Validate(s.declared); err != nil {
		return err
	}
	steps, err := s.steps(c)
	if err != nil {
		return err
	}
	unsure, err := s.apply(ctx, c.ID, steps)
	if err == nil {
		return nil
	}
	conflict, err := refusal(steps, err)
	switch {
	case conflict == nil && !unsure:
		return fmt.Errorf("commit to table %s: %w", steps[0].key.Table, busy(err))
	case conflict == nil:
		return fmt.Errorf("commit to table %s: %w: %w", steps[0].key.Table, storage.ErrUnknown, err)
	case conflict.Current != nil && conflict.Current.Version == c.ID:
		return nil // an attempt of ours was applied after all
	case unsure:
		return fmt.Errorf("commit to table %s: %w: refused after an attempt that got no answer", conflict.Key.Table, storage.ErrUnknown)
	}
	return conflict
}

// apply sends the request for the steps, see [send].
func (s *Store) apply(ctx context.Context, id string, steps []step) (unsure bool, err error) {
	if len(steps) == 1 {
		return s.applyOne(ctx, steps[0])
	}
	in := &dynamodb.TransactWriteItemsInput{ClientRequestToken: &id}
	for _, st := range steps {
		in.TransactItems = append(in.TransactItems, st.transactItem())
	}
	_, unsure, err = send(ctx, s, in, s.client.TransactWriteItems)
	return unsure, err
}

func (s *Store) applyOne(ctx context.Context, st step) (unsure bool, err error) {
	const old = types.ReturnValuesOnConditionCheckFailureAllOld
	if st.row == nil {
		_, unsure, err = send(ctx, s, &dynamodb.DeleteItemInput{
			TableName: &st.table.name, Key: st.table.keyItem(st.key), ConditionExpression: aws.String(st.expression),
			ExpressionAttributeNames: st.names, ExpressionAttributeValues: st.values, ReturnValuesOnConditionCheckFailure: old,
		}, s.client.DeleteItem)
		return unsure, err
	}
	_, unsure, err = send(ctx, s, &dynamodb.PutItemInput{
		TableName: &st.table.name, Item: st.row, ConditionExpression: aws.String(st.expression),
		ExpressionAttributeNames: st.names, ExpressionAttributeValues: st.values, ReturnValuesOnConditionCheckFailure: old,
	}, s.client.PutItem)
	return unsure, err
}

// refusal returns the conflict that an error stands for, or the error when it is
// something else. A record that isn't as expected decides, whatever else was
// wrong with a transaction.
func refusal(steps []step, err error) (*storage.Conflict, error) {
	if failed, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
		return steps[0].conflict(failed.Item)
	}
	canceled, ok := errors.AsType[*types.TransactionCanceledException](err)
	if !ok {
		return nil, err
	}
	for i, r := range canceled.CancellationReasons {
		if aws.ToString(r.Code) == reasonCondition && i < len(steps) {
			return steps[i].conflict(r.Item)
		}
	}
	return nil, err
}

// conflict returns the refusal because of the item that was found, or of none.
func (st step) conflict(found item) (*storage.Conflict, error) {
	c := &storage.Conflict{Key: st.key}
	if len(found) == 0 {
		return c, nil
	}
	r, err := st.table.record(found)
	if err != nil {
		return nil, err
	}
	c.Current = &r
	return c, nil
}
