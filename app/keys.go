package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
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
// asks for it. A new key is saved before it is shown, and shown before it signs, so that no
// token is out that a restarted server, or a service with a key set of its own, couldn't verify.
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
	if k.age > 0 && now.Sub(k.keys.Newest().Created) >= k.age {
		next, err := k.keys.Rotated(now, pool.Rotation{})
		if err != nil {
			return err
		}
		return k.use(next)
	}
	if next := k.keys.Retired(now); len(next.Signing) < len(k.keys.Signing) || len(next.Ended) < len(k.keys.Ended) {
		return k.use(next)
	}
	return nil
}

// reload takes the signing keys of a file that another process has written. Keys
// that only this process has stay, and are saved.
func (k *keyring) reload(file pool.Keys) error {
	if err := file.Validate(); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if !sameButSigning(file, k.keys) {
		return errOtherKeys
	}
	return k.use(k.keys.Joined(file))
}

// RotateKeys implements [administration.KeyRotator].
func (k *keyring) RotateKeys(_ context.Context, r pool.Rotation) (pool.SigningKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	next, err := k.keys.Rotated(k.now(), r)
	if err != nil {
		return pool.SigningKey{}, err
	}
	return next.Newest(), k.use(next)
}

// use saves keys and then gives them to the pool.
func (k *keyring) use(next pool.Keys) error {
	if err := k.save(next); err != nil {
		return fmt.Errorf("save the signing keys: %w", err)
	}
	if err := k.install(next.Signing); err != nil {
		return err
	}
	k.keys = next
	k.logger.Info("signing keys are in use", "newest", next.Newest().ID, "signs_from", next.Newest().SignsFrom(), "keys", len(next.Signing))
	return nil
}

func sameButSigning(a, b pool.Keys) bool {
	a.Signing, b.Signing, a.Ended, b.Ended = nil, nil, nil, nil
	return reflect.DeepEqual(a, b)
}

// ReloadKeys takes the signing keys of a file that was changed while the server
// runs: the last one signs from then on, or from when it says, and all that this process
// has verify as well, but those that the file says have ended. No user
// is signed out.
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
