package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"syscall"
	"time"

	"comanda/datadir"
	"comanda/pool"

	"github.com/urfave/cli/v3"
)

const (
	takenTime  = 15 * time.Second // for a server to take new keys
	takenPause = 50 * time.Millisecond
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
				newest, err := rotate(ctx, c.String("data"))
				if err != nil {
					return fmt.Errorf("rotate the keys: %w", err)
				}
				return p.print("tokens are signed with key " + newest + "\n")
			},
		}},
	}
}

// rotate adds a signing key to a data directory, and has its server use it. It
// returns the id of the key.
func rotate(ctx context.Context, path string) (string, error) {
	keys, err := readKeys(path)
	if err != nil {
		return "", err
	}
	next, err := keys.Rotated(time.Now())
	if err != nil {
		return "", err
	}
	newest := next.Signing[len(next.Signing)-1].ID
	server, err := findServer(ctx, path)
	if errors.Is(err, errNoServer) {
		return newest, saveAlone(path, next)
	}
	if err != nil {
		return "", err
	}
	return newest, handOver(ctx, path, server, next, newest)
}

// saveAlone writes the keys of a directory that nobody serves.
func saveAlone(path string, keys pool.Keys) error {
	dir, err := datadir.Open(path)
	if errors.Is(err, datadir.ErrInUse) {
		return notAnswering(path)
	}
	if err != nil {
		return err
	}
	return errors.Join(dir.SaveKeys(keys), dir.Close())
}

// handOver writes keys, tells the server by SIGHUP, and waits until it shows the
// newest of them. The signal goes out only when the server shows this pool's
// keys: to any other process it would mean the end.
func handOver(ctx context.Context, path string, server datadir.Server, keys pool.Keys, newest string) error {
	shown, err := shownKeys(ctx, server, keys.PoolID)
	if err != nil {
		return err
	}
	if !shown[keys.Signing[len(keys.Signing)-2].ID] {
		return fmt.Errorf("the server at %s has other keys than %s: restart it", server.URL, path)
	}
	if err := datadir.ReplaceKeys(path, keys); err != nil {
		return err
	}
	process, err := os.FindProcess(server.PID)
	if err == nil {
		err = process.Signal(syscall.SIGHUP)
	}
	if err != nil {
		return fmt.Errorf("the key is saved, but process %d can't be told: %w: restart the server", server.PID, err)
	}
	return waitForKey(ctx, server, keys.PoolID, newest)
}

// waitForKey asks until the server shows a key.
func waitForKey(ctx context.Context, server datadir.Server, poolID, id string) error {
	ctx, cancel := context.WithTimeout(ctx, takenTime)
	defer cancel()
	pause := time.NewTicker(takenPause)
	defer pause.Stop()
	for {
		shown, err := shownKeys(ctx, server, poolID)
		if err == nil && shown[id] {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.New("the key is saved, but the server doesn't use it yet: see its log, and restart it")
		case <-pause.C:
		}
	}
}

// shownKeys returns the ids of the keys in a server's public key set.
func shownKeys(ctx context.Context, server datadir.Server, poolID string) (map[string]bool, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/"+poolID+"/.well-known/jwks.json", nil)
	if err != nil {
		return nil, err
	}
	resp, err := httpClient(server).Do(r)
	if err != nil {
		return nil, unreachable(server.URL, err)
	}
	defer func() { _ = resp.Body.Close() }() // read to the end or given up, there is nothing to lose
	var set struct {
		Keys []struct {
			ID string `json:"kid"`
		} `json:"keys"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, resp.Body, maxAnswer)).Decode(&set); err != nil || resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server at %s shows no keys of pool %s: is it another server?", server.URL, poolID)
	}
	ids := make(map[string]bool, len(set.Keys))
	for _, k := range set.Keys {
		ids[k.ID] = true
	}
	return ids, nil
}
