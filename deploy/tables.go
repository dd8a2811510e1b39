package deploy

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"comanda/app"
	"comanda/dynamo"
)

// Table is a table in the words of the templates. Every attribute is of type S.
type Table struct {
	Name            string // declared; the deployment's name is in front of it
	Partition, Sort string
	Attributes      []string // of the keys of table and indexes, sorted
	Local, Global   []Index  // both kinds hold keys only
	Stream          bool     // with both images
}

// Index is a secondary index.
type Index struct{ Name, Partition, Sort string }

// ID returns the name with which the resources of the table begin in the SAM
// template: Orders.
func (t Table) ID() string { return pascal(t.Name) }

// Tables returns the tables of the deployment: all that servers with users of
// Cognito need, as package dynamo would create them.
func Tables() []Table {
	var out []Table
	for _, d := range app.ServiceTables() {
		in := dynamo.Definition(d)
		t := Table{Name: d.Name, Stream: in.StreamSpecification != nil}
		t.Partition, t.Sort = keysOf(in.KeySchema)
		for _, a := range in.AttributeDefinitions {
			t.Attributes = append(t.Attributes, aws.ToString(a.AttributeName))
		}
		for _, ix := range in.LocalSecondaryIndexes {
			p, s := keysOf(ix.KeySchema)
			t.Local = append(t.Local, Index{aws.ToString(ix.IndexName), p, s})
		}
		for _, ix := range in.GlobalSecondaryIndexes {
			p, s := keysOf(ix.KeySchema)
			t.Global = append(t.Global, Index{aws.ToString(ix.IndexName), p, s})
		}
		out = append(out, t)
	}
	return out
}

func keysOf(schema []types.KeySchemaElement) (partition, sort string) {
	for _, k := range schema {
		if k.KeyType == types.KeyTypeHash {
			partition = aws.ToString(k.AttributeName)
		} else {
			sort = aws.ToString(k.AttributeName)
		}
	}
	return partition, sort
}
