package main

import (
	"context"
	"time"

	"comanda/installation"
	"comanda/terminal"

	"github.com/urfave/cli/v3"
)

const checkDescription = `Reads a whole data directory and says whether it is sound: the structure of the
database, its indexes against its records, every stored document, every change in
the feeds against the record that it led to, and the keys. Nothing is changed. A
server may run meanwhile. Run it as the user who serves, not as root.

   comanda check
   comanda check --data /backup/comanda-2026-03-14

Exit codes: 0 sound, 1 damaged or not to be read, 2 wrong usage.`

func (p program) checkCommand() *cli.Command {
	return &cli.Command{
		Name: "check", Usage: "look for damage in a data directory or a backup", Description: checkDescription,
		Flags: []cli.Flag{dataFlag()},
		Action: func(ctx context.Context, c *cli.Command) error {
			if _, err := arguments(c, 0, ""); err != nil {
				return err
			}
			return p.interruptible(ctx, "nothing is known", func(ctx context.Context) error {
				return p.check(ctx, c.String("data"))
			})
		},
	}
}

// checked is what comanda check prints in JSON.
type checked struct {
	Data   string         `json:"data"`
	Bytes  int64          `json:"bytes"`
	Tables []checkedTable `json:"tables"`
}

type checkedTable struct {
	Name    string `json:"name"`
	Records int64  `json:"records"`
	Changes int64  `json:"changes"` // in the feed
}

// check says what was looked at, or what is wrong.
func (p program) check(ctx context.Context, data string) error {
	begun := time.Now()
	found, err := installation.Check(ctx, data, p.step)
	if err != nil {
		return err
	}
	out, t := checked{Data: data, Bytes: found.Bytes}, terminal.NewTable("TABLE", "RECORDS", "CHANGES")
	for _, one := range found.Tables {
		out.Tables = append(out.Tables, checkedTable(one))
		t.Row(one.Name, one.Records, one.Changes)
	}
	return p.Result(out, "%s\n%s is sound: %s, read in %s\n", t, data, contents(found), since(begun))
}
