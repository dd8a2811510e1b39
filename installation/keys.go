package installation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"comanda/administration"
	"comanda/datadir"
	"comanda/pool"
)

// Keys reads the keys of a data directory that has been served before.
func Keys(path string) (keys pool.Keys, err error) {
	err = datadir.ReadKeys(path, &keys)
	return keys, err
}

// KeysFile reads keys that were carried here in a file.
func KeysFile(path string) (keys pool.Keys, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return keys, fmt.Errorf("read the keys: %w", err)
	}
	if err := json.Unmarshal(data, &keys); err != nil {
		return keys, fmt.Errorf("read the keys: %s is no keys.json: %w", path, err)
	}
	if err := keys.Validate(); err != nil {
		return keys, fmt.Errorf("read the keys: %s: %w", path, err)
	}
	return keys, nil
}

// RotateKeys has tokens of a data directory signed with a new key: by its server,
// or by writing the key down where no process serves it. It returns the id of the key.
func RotateKeys(ctx context.Context, path string) (id string, err error) {
	keys, err := Keys(path)
	if err != nil {
		return "", err
	}
	server, err := Find(ctx, path)
	if err == nil {
		return administration.Remote{Connection: server.connection(keys)}.RotateKeys(ctx)
	}
	if !errors.Is(err, ErrNoServer) {
		return "", err
	}
	dir, err := datadir.Open(path)
	if errors.Is(err, datadir.ErrInUse) {
		return "", notAnswering(path)
	}
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	next, err := keys.Rotated(time.Now())
	if err != nil {
		return "", err
	}
	return next.Signing[len(next.Signing)-1].ID, dir.SaveKeys(next)
}
