package main

import (
	"context"
	"fmt"
	"time"

	"comanda/administration"
	"comanda/installation"
	"comanda/pool"

	"github.com/urfave/cli/v3"
)

const rotateDescription = `Makes a new key that signs tokens. Nobody is signed out: tokens of the earlier keys
stay good, and a key is dropped when its last token has expired. The server of the
data directory does so by itself (serve --key-rotation); this command is for
an operator who can't wait.

Services that verify tokens keep the key set, for up to 5 minutes if they do as it
says. So the new key is in the key set at once and signs 6 minutes later, or when
--in says: longer for services that keep key sets longer, and for a fleet, whose other
servers need the new keys.json before then. A second rotation in the meantime changes
nothing, and says the same.

With --now, as after a leak of keys.json, the new key signs at once and all others
are ended. Tokens signed before are refused; clients refresh theirs, and no user has to
sign in again. Services that keep the key set refuse the new tokens, and go on to
take the old ones, until they fetch it again.

   comanda keys rotate
   comanda keys rotate --data /var/lib/comanda
   comanda keys rotate --in 2h
   comanda keys rotate --now`

func (p program) keysCommand() *cli.Command {
	return &cli.Command{
		Name: "keys", Usage: "replace the key that signs tokens",
		Description: "Administers the signing keys of a data directory.\n\n   comanda keys rotate" + codesLine,
		Flags:       []cli.Flag{dataFlag()},
		Commands: []*cli.Command{{
			Name: "rotate", Usage: "sign with a new key, without signing anybody out", Description: rotateDescription + codesLine,
			Flags: []cli.Flag{
				&cli.DurationFlag{Name: "in", Usage: "sign with the new key after this `TIME`, as 2h, instead of 6 minutes", HideDefault: true},
				&cli.BoolFlag{Name: "now", Usage: "sign with it at once, and refuse tokens of all keys before it, as after a leak"},
			},
			Action: func(ctx context.Context, c *cli.Command) error {
				if _, err := arguments(c, 0, ""); err != nil {
					return err
				}
				how := pool.Rotation{Wait: c.Duration("in"), AtOnce: c.Bool("now")}
				if err := how.Validate(); err != nil {
					return usage("%s: %w", said(c), err)
				}
				rotated, err := installation.RotateKeys(ctx, c.String("data"), how)
				if err != nil {
					return fmt.Errorf("rotate the keys: %w", err)
				}
				return p.Result(rotation(rotated), "%s", describeRotation(rotated, how))
			},
		}},
	}
}

// rotation is what programs are told: of an earlier release's server they aren't told when the key begins.
func rotation(r administration.RotatedKeys) any {
	return struct {
		Key  string    `json:"key"`
		From time.Time `json:"signsFrom,omitzero"`
	}{r.ID, r.SignsFrom}
}

// describeRotation says what signs from when, and who notices.
func describeRotation(r administration.RotatedKeys, how pool.Rotation) string {
	switch {
	case how.AtOnce:
		return "tokens are signed with key " + r.ID + ", and those of all keys before it are refused: clients refresh theirs, and nobody has to sign in again\n" +
			fmt.Sprintf("services that keep the key set refuse the new ones, and take the old ones, until they fetch it again: for up to %.0f minutes if they do as it says\n", pool.KeySetAge.Minutes())
	case r.SignsFrom.IsZero(): // a server of an earlier release
		return "tokens are signed with key " + r.ID + "\n"
	}
	return "tokens are signed with key " + r.ID + " from " + r.SignsFrom.UTC().Format(time.RFC3339) + " on; the key set shows it already\n"
}
