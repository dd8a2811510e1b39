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

// RotateKeys replaces the key that signs tokens of a data directory: at its server, or
// by writing a new one down where no process serves it.
func RotateKeys(ctx context.Context, path string, how pool.Rotation) (administration.RotatedKeys, error) {
	keys, err := Keys(path)
	if err != nil {
		return administration.RotatedKeys{}, err
	}
	server, err := Find(ctx, path)
	if err == nil {
		return administration.Remote{Connection: server.connection(keys)}.RotateKeys(ctx, how)
	}
	if !errors.Is(err, ErrNoServer) {
		return administration.RotatedKeys{}, err
	}
	dir, err := datadir.Open(path)
	if errors.Is(err, datadir.ErrInUse) {
		return administration.RotatedKeys{}, notAnswering(path)
	}
	if err != nil {
		return administration.RotatedKeys{}, err
	}
	rotated, err := rotateAlone(ctx, dir, how)
	return rotated, errors.Join(err, dir.Close())
}

// rotateAlone rotates the keys of a directory that this process has locked.
func rotateAlone(ctx context.Context, dir *datadir.Dir, how pool.Rotation) (administration.RotatedKeys, error) {
	keys, err := Keys(dir.Path())
	if err != nil {
		return administration.RotatedKeys{}, err
	}
	return administration.Local{Keys: unserved{dir, keys}}.RotateKeys(ctx, how)
}

// unserved is a directory that no process serves. It implements [administration.KeyRotator].
type unserved struct {
	dir  *datadir.Dir
	keys pool.Keys
}

// RotateKeys implements [administration.KeyRotator].
func (u unserved) RotateKeys(_ context.Context, how pool.Rotation) (pool.SigningKey, error) {
	next, err := u.keys.Rotated(time.Now(), how)
	if err != nil {
		return pool.SigningKey{}, err
	}
	return next.Newest(), u.dir.SaveKeys(next)
}
