package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"time"

	"comanda/pool"
)

// keyCheck is how often the age of the signing key is looked at.
const keyCheck = time.Hour

// errOtherKeys says that a file of keys belongs to another pool, or has new
// secrets beside the signing keys.
var errOtherKeys = errors.New("more than the signing keys has changed: restart the server to use the new keys")

// keyring replaces the user pool's signing key when it is old, and when the operator
// asks for it. A new key is saved before it signs, so that no token is out that a
// restarted server couldn't verify.
type keyring struct {
	age     time.Duration // that a key reaches before it is replaced; 0: only on request
	now     func() time.Time
	save    func(pool.Keys) error
	install func([]pool.SigningKey) error
	logger  *slog.Logger

	mu   sync.Mutex // serializes changes
	keys pool.Keys
}

// run looks after the keys now and at every tick, until ctx is done. A failure
// is logged, and the key in use goes on.
func (k *keyring) run(ctx context.Context, ticks <-chan time.Time) {
	for {
		if err := k.check(); err != nil {
			k.logger.Error("signing keys were not rotated", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
	}
}

// check replaces a key that is too old, and drops those that no token needs.
func (k *keyring) check() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	newest := k.keys.Signing[len(k.keys.Signing)-1]
	if k.age > 0 && now.Sub(newest.Created) >= k.age {
		next, err := k.keys.Rotated(now)
		if err != nil {
			return err
		}
		return k.use(next)
	}
	if next := k.keys.Retired(now); len(next.Signing) < len(k.keys.Signing) {
		return k.use(next)
	}
	return nil
}

// reload takes the signing keys of a file that another process has written. Keys
// that only this process has stay, and are saved: they may have signed tokens
// while the file was being written.
func (k *keyring) reload(file pool.Keys) error {
	if err := file.Validate(); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if !sameButSigning(file, k.keys) {
		return errOtherKeys
	}
	last := len(file.Signing) - 1
	next := file
	next.Signing = slices.Clone(file.Signing[:last])
	for _, key := range k.keys.Signing {
		if !slices.ContainsFunc(file.Signing, func(f pool.SigningKey) bool { return f.ID == key.ID }) {
			next.Signing = append(next.Signing, key)
		}
	}
	next.Signing = append(next.Signing, file.Signing[last])
	return k.use(next)
}

// RotateKeys implements [administration.KeyRotator].
func (k *keyring) RotateKeys(context.Context) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	next, err := k.keys.Rotated(k.now())
	if err != nil {
		return "", err
	}
	return next.Signing[len(next.Signing)-1].ID, k.use(next)
}

// use saves keys and then has the pool sign with the newest.
func (k *keyring) use(next pool.Keys) error {
	if err := k.save(next); err != nil {
		return fmt.Errorf("save the signing keys: %w", err)
	}
	if err := k.install(next.Signing); err != nil {
		return err
	}
	k.keys = next
	k.logger.Info("signing keys are in use", "newest", next.Signing[len(next.Signing)-1].ID, "keys", len(next.Signing))
	return nil
}

func sameButSigning(a, b pool.Keys) bool {
	a.Signing, b.Signing = nil, nil
	return reflect.DeepEqual(a, b)
}

// ReloadKeys takes the signing keys of a file that was changed while the server
// runs: the last one signs from then on, and all that this process has verify as
// well. No user is signed out.
func (a *App) ReloadKeys(keys pool.Keys) error {
	if a.keyring == nil || a.config.SaveKeys == nil {
		return errors.New("take new signing keys: this server has no place to save them")
	}
	if err := a.keyring.reload(keys); err != nil {
		return fmt.Errorf("take new signing keys: %w", err)
	}
	return nil
}

// lookAfterKeys runs the keyring until the server closes.
func (a *App) lookAfterKeys() {
	if a.keyring == nil || a.config.SaveKeys == nil {
		return
	}
	a.run(func(ctx context.Context) {
		ticker := time.NewTicker(keyCheck)
		defer ticker.Stop()
		a.keyring.run(ctx, ticker.C)
	})
}
