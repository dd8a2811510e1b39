package main

import (
	"context"
	"fmt"

	"comanda/installation"

	"github.com/urfave/cli/v3"
)

const rotateDescription = `Makes a new key that signs tokens from now on. Nobody is signed out: tokens of the
earlier keys stay good, and a key is dropped when its last token has expired. The
server of the data directory does so by itself (serve --key-rotation); this
command is for whoever can't wait.

   comanda keys rotate
   comanda keys rotate --data /var/lib/comanda`

func (p program) keysCommand() *cli.Command {
	return &cli.Command{
		Name: "keys", Usage: "replace the key that signs tokens",
		Description: "Administers the signing keys of a data directory.\n\n   comanda keys rotate" + codesLine,
		Flags:       []cli.Flag{dataFlag()},
		Commands: []*cli.Command{{
			Name: "rotate", Usage: "sign with a new key, without signing anybody out", Description: rotateDescription + codesLine,
			Action: func(ctx context.Context, c *cli.Command) error {
				if _, err := arguments(c, 0, ""); err != nil {
					return err
				}
				newest, err := installation.RotateKeys(ctx, c.String("data"))
				if err != nil {
					return fmt.Errorf("rotate the keys: %w", err)
				}
				return p.Result(map[string]string{"key": newest}, "tokens are signed with key %s\n", newest)
			},
		}},
	}
}
