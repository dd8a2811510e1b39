package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"comanda/app"
	"comanda/dynamo"
	"comanda/storage"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/urfave/cli/v3"
)

const tablesDescription = `Makes and shows the tables that Comanda needs on DynamoDB.

   comanda tables create --to dynamodb:eu-west-1
   comanda tables create --to 'dynamodb:local?endpoint=http://127.0.0.1:8000&prefix=shop-'
   comanda tables show
   comanda tables adopt --in 'dynamodb:eu-west-1?orders=workshop-OrdersTable-1ABCDEF'`

const tablesCreateDescription = `Creates the tables that aren't there and waits until all can be used. Tables that
are there stay as they are, so the command can be repeated. They are billed on
demand: an empty table costs nothing.

For tables with protection, backups and alarms use the templates in deploy/.

   comanda tables create --to dynamodb:eu-west-1
   comanda tables create --to 'dynamodb:local?endpoint=http://127.0.0.1:8000&prefix=shop-'`

const tablesShowDescription = `Prints the definitions of all tables in JSON, or of one, as CreateTable takes it.

   comanda tables show
   aws dynamodb create-table --cli-input-json "$(comanda tables show --table orders)"`

func (p program) tablesCommand() *cli.Command {
	return &cli.Command{
		Name: "tables", Usage: "make and show the tables on DynamoDB", Description: tablesDescription + codesLine,
		Commands: []*cli.Command{
			{
				Name: "create", Usage: "create the tables that aren't there", Description: tablesCreateDescription + codesLine,
				Flags: []cli.Flag{&cli.StringFlag{Name: "to", Required: true, Usage: "`LOCATION`: dynamodb:REGION[?endpoint=URL&prefix=PREFIX]"}},
				Action: func(ctx context.Context, c *cli.Command) error {
					if _, err := arguments(c, 0, ""); err != nil {
						return err
					}
					l, err := parseLocation(c.String("to"))
					if err != nil {
						return usage("%s: --to: %w", said(c), err)
					}
					if l.engine != engineDynamoDB {
						return usage("%s: --to %v: only DynamoDB needs tables to be made; a data directory makes its own", said(c), l)
					}
					return p.createTables(ctx, l)
				},
			},
			{
				Name: "show", Usage: "print the definitions of the tables", Description: tablesShowDescription + codesLine,
				Flags: []cli.Flag{&cli.StringFlag{Name: "table", Usage: "only the table of this `NAME`"}},
				Action: func(_ context.Context, c *cli.Command) error {
					if _, err := arguments(c, 0, ""); err != nil {
						return err
					}
					return p.showDefinitions(c.String("table"))
				},
			},
			p.tablesAdopt(),
		},
	}
}

func (p program) createTables(ctx context.Context, l location) error {
	client, err := l.cloud.client(ctx)
	if err != nil {
		return err
	}
	before := make(map[string]bool)
	for _, t := range app.Tables() {
		there, err := l.cloud.describe(ctx, client, t)
		if err != nil {
			return fmt.Errorf("%v: %w", l, err)
		}
		before[t.Name] = there != nil
	}
	if err := dynamo.CreateTables(ctx, client, app.Tables(), l.cloud.options()); err != nil {
		return fmt.Errorf("%v: %w", l, err)
	}
	shown := newTable()
	shown.row("TABLE", "ON DYNAMODB", "STATUS", "LACKS")
	for _, t := range app.Tables() {
		there, err := l.cloud.describe(ctx, client, t)
		if err == nil && there == nil {
			err = fmt.Errorf("table %s has gone again", l.cloud.nameOf(t))
		}
		if err != nil {
			return fmt.Errorf("%v: %w", l, err)
		}
		status := "created"
		if before[t.Name] {
			status = "was there"
		}
		shown.row(t.Name, l.cloud.nameOf(t), status, lacking(t, there))
	}
	text, err := shown.text()
	return errors.Join(err, p.print(text))
}

// nameOf returns what a table is called on DynamoDB.
func (c cloud) nameOf(t storage.Table) string {
	if name, ok := c.names[t.Name]; ok {
		return name
	}
	return c.prefix + t.Name
}

// describe returns nil for a table that isn't there.
func (c cloud) describe(ctx context.Context, client *dynamodb.Client, t storage.Table) (*types.TableDescription, error) {
	name := c.nameOf(t)
	out, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
	if _, missing := errors.AsType[*types.ResourceNotFoundException](err); missing {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("describe table %s: %w", name, err)
	}
	return out.Table, nil
}

// lacking says what a table that somebody else has made hasn't got. Orders can be
// had without, but not everything works, or not for everybody.
func lacking(t storage.Table, there *types.TableDescription) string {
	has := make(map[string]bool)
	for _, ix := range there.LocalSecondaryIndexes {
		has[aws.ToString(ix.IndexName)] = true
	}
	for _, ix := range there.GlobalSecondaryIndexes {
		has[aws.ToString(ix.IndexName)] = true
	}
	var lacks []string
	for _, ix := range t.Indexes {
		if !has[ix.Name] {
			lacks = append(lacks, "index "+ix.Name)
		}
	}
	if s := there.StreamSpecification; t.Feed && (s == nil || !aws.ToBool(s.StreamEnabled)) {
		lacks = append(lacks, "stream")
	}
	return strings.Join(lacks, ", ")
}

// showDefinitions prints one definition, or a list of all.
func (p program) showDefinitions(name string) error {
	all := []map[string]any{}
	for _, t := range app.Tables() {
		definition, err := plainDefinition(dynamo.Definition(t))
		if err != nil {
			return err
		}
		if t.Name == name {
			return p.printJSON(definition)
		}
		all = append(all, definition)
	}
	if name != "" {
		return usage("there is no table %q: comanda tables show prints them all", name)
	}
	return p.printJSON(all)
}

// plainDefinition returns the members of a request that are set.
func plainDefinition(in *dynamodb.CreateTableInput) (map[string]any, error) {
	text, err := json.Marshal(in)
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

func (p program) printJSON(v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return p.print(string(text) + "\n")
}
