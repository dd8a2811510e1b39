package dynamo

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"comanda/storage"
)

// Definition returns the request that creates a table as this package needs it,
// under its declared name: billed on demand, indexes of keys only, and, for a table with a
// feed, a stream with both images. Templates are held to it.
func Definition(t storage.Table) *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{
		TableName:   aws.String(t.Name),
		BillingMode: types.BillingModePayPerRequest,
		KeySchema:   keySchema(t.Partition, t.Sort),
	}
	keysOnly := &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly}
	attributes := []string{t.Partition, t.Sort}
	for _, ix := range t.Indexes {
		attributes = append(attributes, ix.Partition, ix.Sort)
		name, schema := aws.String(ix.Name), keySchema(ix.Partition, ix.Sort)
		if ix.Global {
			in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes,
				types.GlobalSecondaryIndex{IndexName: name, KeySchema: schema, Projection: keysOnly})
			continue
		}
		in.LocalSecondaryIndexes = append(in.LocalSecondaryIndexes,
			types.LocalSecondaryIndex{IndexName: name, KeySchema: schema, Projection: keysOnly})
	}
	slices.Sort(attributes)
	for _, name := range slices.Compact(attributes) {
		if name != "" {
			in.AttributeDefinitions = append(in.AttributeDefinitions,
				types.AttributeDefinition{AttributeName: aws.String(name), AttributeType: types.ScalarAttributeTypeS})
		}
	}
	if t.Feed {
		in.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewAndOldImages}
	}
	return in
}

func keySchema(partition, sort string) []types.KeySchemaElement {
	schema := []types.KeySchemaElement{{AttributeName: aws.String(partition), KeyType: types.KeyTypeHash}}
	if sort != "" {
		schema = append(schema, types.KeySchemaElement{AttributeName: aws.String(sort), KeyType: types.KeyTypeRange})
	}
	return schema
}
