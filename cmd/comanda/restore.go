package main

import (
	"context"
	"time"

	"comanda/installation"

	"github.com/urfave/cli/v3"
)

const restoreDescription = `Makes a data directory of a backup. The backup is checked first and stays as it is.
The data directory must be new or empty: move a damaged one out of the way, don't
delete it.

   mv comanda-data comanda-data.damaged
   comanda restore /backup/comanda-2026-03-14
   comanda serve

Everything is again as it was when the backup began: orders placed since are gone,
and whoever repeats the request for one places it. Passwords, and tokens that were
given out before, are good as they were then; so are sessions that were ended since.

Exit codes: 0 the directory can be served, 1 failed, 2 wrong usage.`

func (p program) restoreCommand() *cli.Command {
	return &cli.Command{
		Name: "restore", Usage: "make a data directory of a backup", ArgsUsage: "FROM", Description: restoreDescription,
		Flags: []cli.Flag{dataFlag()},
		Action: func(ctx context.Context, c *cli.Command) error {
			args, err := arguments(c, 1, "the directory of a backup")
			if err != nil {
				return err
			}
			return p.interruptible(ctx, "nothing was restored", func(ctx context.Context) error {
				return p.restore(ctx, args[0], c.String("data"))
			})
		},
	}
}

// restore makes a data directory of a backup, which it checks.
func (p program) restore(ctx context.Context, from, data string) error {
	begun := time.Now()
	found, err := installation.Restore(ctx, from, data, p.step)
	if err != nil {
		return err
	}
	return p.Result(copied{from, data, orders(found), found.Bytes}, "restored %s to %s: %s, checked, in %s\nserve it: comanda serve --data %s\n",
		from, data, contents(found), since(begun), quote(data))
}
