package pool_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"comanda/pool"
	"comanda/storage"
)

// keysOf returns the test's keys, changed.
func keysOf(t *testing.T, change func(*pool.Keys)) pool.Keys {
	t.Helper()
	keys, err := testKeys()
	if err != nil {
		t.Fatal(err)
	}
	change(&keys)
	return keys
}

func renamed(k *pool.Keys) {
	k.Issuer = strings.ReplaceAll(k.Issuer, k.PoolID, "local_Another00")
	k.PoolID = "local_Another00"
}

func resealed(k *pool.Keys) { k.SealKey = []byte("another key, of thirty-two bytes") }

// reopen opens a pool in the store of a fixture with other keys.
func (f *fixture) reopen(keys pool.Keys) error {
	f.t.Helper()
	_, err := pool.New(f.t.Context(), pool.Config{Store: f.store, Keys: keys, Now: f.clock.Now, AdminGroup: "others"})
	return err
}

func TestAStoreBelongsToTheKeysThatItWasOpenedWithFirst(t *testing.T) {
	f := newFixture(t)
	for name, c := range map[string]struct {
		change func(*pool.Keys)
		want   string // in the error; "" for none
	}{
		"the same keys":        {func(*pool.Keys) {}, ""},
		"another signing key":  {func(k *pool.Keys) { k.Signing = nextKeys(t, k.Signing) }, ""},
		"another key pair":     {func(k *pool.Keys) { k.AccessKeyID, k.SecretAccessKey = "AKIAOTHER00000000000", strings.Repeat("x", 40) }, ""},
		"another pool":         {renamed, "the accounts belong to user pool " + f.ID()},
		"another seal key":     {resealed, "with another seal key"},
		"another pool and key": {func(k *pool.Keys) { renamed(k); resealed(k) }, "the keys are those of user pool local_Another00"},
	} {
		keys := keysOf(t, c.change)
		err := f.reopen(keys)
		var foreign *pool.ForeignKeysError
		if c.want == "" && err != nil || c.want != "" && (!errors.As(err, &foreign) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), keys.SecretAccessKey) || strings.Contains(err.Error(), string(keys.SealKey))) {
			t.Errorf("%s: the error shows a secret", name)
		}
	}
	groups, err := pool.ReadGroups(t.Context(), f.store)
	if err != nil || len(groups) != 2 {
		t.Errorf("groups: got %v, %v, want apiAdmins, and that of those who may", groups, err)
	}
}

func TestOfTwoFirstStartsWithDifferentKeysOneIsRefused(t *testing.T) {
	f := newFixture(t)
	f.disown()
	var running sync.WaitGroup
	errs := make([]error, 2)
	for i, change := range []func(*pool.Keys){renamed, resealed} {
		keys := keysOf(t, change)
		running.Go(func() { errs[i] = f.reopen(keys) })
	}
	running.Wait()
	var foreign *pool.ForeignKeysError
	if (errs[0] == nil) == (errs[1] == nil) || !errors.As(errors.Join(errs...), &foreign) {
		t.Errorf("got %v and %v, want one pool open and the other refused", errs[0], errs[1])
	}
}

// disown leaves the store as an earlier release does.
func (f *fixture) disown() {
	f.t.Helper()
	r, err := f.store.Get(f.t.Context(), storage.Key{Table: "pool-names", Partition: "owner of the accounts"})
	if err != nil {
		f.t.Fatal(err)
	}
	if err := f.store.Commit(f.t.Context(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: &r}}}); err != nil {
		f.t.Fatal(err)
	}
}

func TestAccountsOfAnEarlierReleaseAreKnownByAPassword(t *testing.T) {
	f := newFixture(t)
	f.addUser("ana")
	f.disown()
	if o, err := pool.ReadOwner(t.Context(), f.store); err != nil || o != (pool.Owner{}) {
		t.Fatalf("owner before: got %v, %v, want nobody", o, err)
	}
	var foreign *pool.ForeignKeysError
	if err := f.reopen(keysOf(t, resealed)); !errors.As(err, &foreign) || !strings.Contains(err.Error(), "sealed with another key") {
		t.Errorf("other keys: got %v, want them refused", err)
	}
	mine := keysOf(t, func(*pool.Keys) {})
	if err := f.reopen(mine); err != nil {
		t.Errorf("the keys of the accounts: got %v, want no error", err)
	}
	want, err := mine.Owner()
	if err != nil {
		t.Fatal(err)
	}
	if o, err := pool.ReadOwner(t.Context(), f.store); err != nil || o != want || o.PoolID != mine.PoolID {
		t.Errorf("owner afterwards: got %v, %v, want %v", o, err, want)
	}
}

func TestTheOwnerIsNobodysName(t *testing.T) {
	f := newFixture(t)
	_, err := f.AdminGetUser(t.Context(), "owner of the accounts")
	wantCode(t, err, pool.CodeUserNotFound)
	_, err = f.tryPassword("Owner of the accounts", goodPassword)
	wantCode(t, err, pool.CodeNotAuthorized)
	_, err = f.SignUp(t.Context(), pool.SignUpInput{Username: "owner of the accounts", Password: goodPassword})
	wantCode(t, err, pool.CodeInvalidParameter)
}
