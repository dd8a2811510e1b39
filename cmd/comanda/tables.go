package main

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"comanda/app"
	"comanda/engine"

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
					place, err := engine.Parse(c.String("to"))
					if err != nil {
						return usage("%s: --to: %w", said(c), err)
					}
					err = p.createTables(ctx, place)
					if engine.Cannot(err) {
						return usage("%s: --to %v: %w", said(c), place, err)
					}
					return err
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

func (p program) createTables(ctx context.Context, place engine.Place) error {
	states, err := place.CreateTables(ctx, app.Tables())
	if err != nil {
		return err
	}
	l := p.List(time.UTC, "TABLE", "ON DYNAMODB", "STATUS", "LACKS")
	for _, t := range states {
		status := "created"
		if t.There {
			status = "was there"
		}
		object := map[string]any{"table": t.Table.Name, "name": t.Name, "created": !t.There, "lacks": t.Lacks}
		if err := l.Add(object, t.Table.Name, t.Name, status, strings.Join(t.Lacks, ", ")); err != nil {
			return err
		}
	}
	return l.End("no tables")
}

// showDefinitions prints one definition, or a list of all.
func (p program) showDefinitions(name string) error {
	all := []map[string]any{}
	for _, t := range app.Tables() {
		definition, err := engine.Definition(t)
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

// printJSON prints what the AWS CLI reads: for people, on many lines, without --json.
func (p program) printJSON(v any) error {
	if *p.JSON {
		return p.Result(v, "")
	}
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return p.Print(string(text) + "\n")
}
