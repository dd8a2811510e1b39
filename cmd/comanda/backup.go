package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"comanda/engine"
	"comanda/installation"
	"comanda/order"
	"comanda/terminal"

	"github.com/urfave/cli/v3"
)

const backupDescription = `Copies everything that an installation needs into a new directory: the store as it
is at one moment, and the keys. The server goes on meanwhile. Never copy the files
of a running server one by one: pages of two moments are a damaged store.

   comanda backup /backup/comanda-2026-03-14
   comanda backup "/backup/comanda-$(date +%F-%H%M)" --data /var/lib/comanda

The copy is checked as comanda check does, and has its name only after that. What a
backup that was killed leaves has a name that begins with a dot: delete it.

Run it as the user who serves. Root can't back up the directory of another user,
who could lead root to any file: sudo -u OWNER comanda backup TO.

A backup opens everybody's account: keep it as safe as the server. It is a data
directory itself; comanda restore makes another of it that you can serve.

Exit codes: 0 the backup is there and sound, 1 failed, 2 wrong usage.`

func (p program) backupCommand() *cli.Command {
	return &cli.Command{
		Name: "backup", Usage: "copy a data directory while it is served", ArgsUsage: "TO", Description: backupDescription,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "store", Usage: "where the records are, as for serve: a `LOCATION` other than sqlite has no backup here", Value: engine.Embedded, Sources: environment("store")},
			dataFlag(),
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			args, err := arguments(c, 1, "the directory to make")
			if err != nil {
				return err
			}
			place, err := engine.OfServer(c.String("store"), c.String("data"))
			if err != nil {
				return &usageError{err}
			}
			return p.interruptible(ctx, "nothing is left at "+args[0], func(ctx context.Context) error {
				return p.backup(ctx, c, place, args[0])
			})
		},
	}
}

// interruptible calls do with a context that SIGINT and SIGTERM end.
func (p program) interruptible(ctx context.Context, left string, do func(context.Context) error) error {
	running, _, release := signals(ctx)
	defer release()
	err := do(running)
	if err != nil && running.Err() != nil {
		return errors.New("interrupted: " + left)
	}
	return err
}

// backup makes a backup at to of a directory that may be served.
func (p program) backup(ctx context.Context, c *cli.Command, place engine.Place, to string) error {
	begun := time.Now()
	found, err := installation.Backup(ctx, place, to, p.step)
	if engine.Cannot(err) {
		return fmt.Errorf("--store %q: %w", c.String("store"), err)
	}
	if err != nil {
		return err
	}
	return p.Result(copied{c.String("data"), to, orders(found), found.Bytes}, "backed up %s to %s: %s, checked, in %s\n", c.String("data"), to, contents(found), since(begun))
}

// copied is what a backup or a restored directory has, in JSON.
type copied struct {
	From   string `json:"from"`
	To     string `json:"to"`
	Orders int64  `json:"orders"`
	Bytes  int64  `json:"bytes"`
}

// step tells a person what takes its time. Programs and logs hear the result.
func (p program) step(format string, args ...any) {
	if terminal.Is(p.err) {
		p.Note(format+" …", args...)
	}
}

// orders returns how many orders there are in a store.
func orders(found engine.Contents) (n int64) {
	for _, t := range found.Tables {
		if t.Name == order.TableName {
			n = t.Records
		}
	}
	return n
}

// contents says how much there is in a store.
func contents(found engine.Contents) string {
	word := "orders"
	if orders(found) == 1 {
		word = "order"
	}
	return fmt.Sprintf("%d %s, %s", orders(found), word, megabytes(found.Bytes))
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

func since(begun time.Time) string { return fmt.Sprintf("%.1f s", time.Since(begun).Seconds()) }
