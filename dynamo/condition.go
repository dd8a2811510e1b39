package dynamo

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"comanda/storage"
)

// condition is what must hold for a record when a commit is applied.
type condition struct {
	expression string
	names      map[string]string
	values     item
}

// isAbsent requires that there is no record.
func (t *table) isAbsent() condition {
	return condition{expression: "attribute_not_exists(#p)", names: map[string]string{"#p": t.decl.Partition}}
}

// isAt requires that the record has the version. A record of other software
// must still have none of ours: nothing, or a value of another type.
func (t *table) isAt(version string) condition {
	if version == "" {
		return condition{
			expression: "attribute_exists(#p) AND NOT attribute_type(#v, :type)",
			names:      map[string]string{"#p": t.decl.Partition, "#v": VersionAttribute},
			values:     item{":type": text("S")},
		}
	}
	return condition{
		expression: "#v = :version",
		names:      map[string]string{"#v": VersionAttribute},
		values:     item{":version": text(version)},
	}
}

// step is a part of a commit, made ready for DynamoDB.
type step struct {
	table *table
	key   storage.Key
	row   item // to be put; nil deletes, or only checks
	check bool
	condition
}

// steps returns the parts of a commit: its writes and then its checks.
func (s *Store) steps(c storage.Commit) ([]step, error) {
	steps := make([]step, 0, len(c.Writes)+len(c.Checks))
	size := 0
	for _, w := range c.Writes {
		t := s.tables[w.Key().Table]
		st := step{table: t, key: w.Key(), condition: t.isAbsent()}
		if w.Old != nil {
			st.condition = t.isAt(w.Old.Version)
		}
		if err := checkText(storage.Record{Key: st.key}); err != nil {
			return nil, err
		}
		if w.New != nil {
			if err := checkText(*w.New); err != nil {
				return nil, err
			}
			var err error
			if st.row, err = t.item(*w.New, c.ID); err != nil {
				return nil, err
			}
			size += itemSize(st.row)
		}
		steps = append(steps, st)
	}
	for _, r := range c.Checks {
		if err := checkText(storage.Record{Key: r.Key}); err != nil {
			return nil, err
		}
		t := s.tables[r.Key.Table]
		steps = append(steps, step{table: t, key: r.Key, check: true, condition: t.isAt(r.Version)})
	}
	if size > maxTransaction && len(steps) > 1 {
		return nil, &storage.LimitError{What: "items of a transaction on DynamoDB in bytes", Got: size, Limit: maxTransaction}
	}
	return steps, nil
}

// transactItem returns the step as a part of a transaction.
func (st step) transactItem() types.TransactWriteItem {
	const old = types.ReturnValuesOnConditionCheckFailureAllOld
	switch {
	case st.check:
		return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
			TableName: &st.table.name, Key: st.table.keyItem(st.key), ConditionExpression: aws.String(st.expression),
			ExpressionAttributeNames: st.names, ExpressionAttributeValues: st.values, ReturnValuesOnConditionCheckFailure: old}}
	case st.row == nil:
		return types.TransactWriteItem{Delete: &types.Delete{
			TableName: &st.table.name, Key: st.table.keyItem(st.key), ConditionExpression: aws.String(st.expression),
			ExpressionAttributeNames: st.names, ExpressionAttributeValues: st.values, ReturnValuesOnConditionCheckFailure: old}}
	}
	return types.TransactWriteItem{Put: &types.Put{
		TableName: &st.table.name, Item: st.row, ConditionExpression: aws.String(st.expression),
		ExpressionAttributeNames: st.names, ExpressionAttributeValues: st.values, ReturnValuesOnConditionCheckFailure: old}}
}
