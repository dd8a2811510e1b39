package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"comanda/app"
	"comanda/datadir"
	"comanda/order"
	"comanda/pool"
	"comanda/sqlite"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
)

const (
	smallOrders    = 1000 // in the small store
	smallCustomers = 40   // who share them: 25 orders each, so that the latest 20 are there
	largeCustomers = 1000 // who share the orders of the large store
	preloaders     = 1024 // place orders at the same time: as many as share a transaction
	maxTargets     = 20_000
	history        = 30 * 24 * time.Hour // over which the stored orders are spread
)

// inStore calls do with the opened store of a fixture that no server runs on.
func (f *fixture) inStore(ctx context.Context, do func(*sqlite.Store, pool.Keys) error) (err error) {
	d, err := datadir.Open(f.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	var keys pool.Keys
	if err := d.Keys(&keys, func() (any, error) { return nil, datadir.ErrAbsent }); err != nil {
		return err
	}
	store, err := sqlite.Open(ctx, d.StorePath(), app.Tables(), sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return do(store, keys)
}

// signUp makes the customers and their tokens, which outlast the run. The
// passwords are hashed cheaply: no trial signs in with them again.
func (f *fixture) signUp(ctx context.Context) error {
	var tokens strings.Builder
	err := f.inStore(ctx, func(store *sqlite.Store, keys pool.Keys) error {
		p, err := pool.New(ctx, pool.Config{
			Store: store, Keys: keys, TokenTTL: 24 * time.Hour, Hashing: pool.Hashing{Memory: 8, Time: 1, Threads: 1},
		})
		if err != nil {
			return err
		}
		for i := range customers {
			id, token, err := signUp(ctx, p, fmt.Sprintf("customer%d@example.com", i))
			if err != nil {
				return err
			}
			f.ids = append(f.ids, id)
			tokens.WriteString(token + "\n")
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("make customers: %w", err)
	}
	return os.WriteFile(f.tokens, []byte(tokens.String()), 0o600)
}

// password is everybody's.
const password = "Correct-Horse-7"

func signUp(ctx context.Context, p *pool.Pool, username string) (id, token string, err error) {
	u, err := p.AdminCreateUser(ctx, pool.AdminCreateUserInput{Username: username, MessageAction: pool.MessageSuppress})
	if err != nil {
		return "", "", err
	}
	if err := p.AdminSetUserPassword(ctx, username, password, true); err != nil {
		return "", "", err
	}
	if token, err = signIn(ctx, p, username); err != nil {
		return "", "", err
	}
	for _, a := range u.Attributes {
		if a.Name == "sub" {
			return a.Value, token, nil
		}
	}
	return "", "", errors.New("sign up: the user has no attribute sub")
}

func signIn(ctx context.Context, p *pool.Pool, username string) (token string, err error) {
	out, err := p.AdminInitiateAuth(ctx, pool.FlowAdminUserPassword, map[string]string{"USERNAME": username, "PASSWORD": password})
	if err != nil {
		return "", err
	}
	if out.Tokens == nil {
		return "", fmt.Errorf("sign in: got the challenge %s instead of tokens", out.Challenge.Name)
	}
	return out.Tokens.ID, nil
}

// small returns a store with few orders.
func (l *lab) small(ctx context.Context) (*fixture, error) {
	if l.smallMade == nil {
		f, err := l.stored(ctx, "small", smallOrders, smallCustomers)
		if err != nil {
			return nil, err
		}
		l.smallMade = f
	}
	return l.smallMade, nil
}

// large returns the store with many orders. Trials that place orders add to it.
func (l *lab) large(ctx context.Context) (*fixture, error) {
	if l.largeMade != nil {
		return l.largeMade, nil
	}
	f, err := l.stored(ctx, "large", l.options.orders, min(largeCustomers, l.options.orders/20))
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(filepath.Join(f.dir, f.database))
	if err != nil {
		return nil, fmt.Errorf("measure the database file: %w", err)
	}
	l.bytesEach = float64(info.Size()) / float64(l.options.orders)
	l.largeMade = f
	return f, nil
}

// stored returns a copy of the fresh directory with n orders, which the first
// owners share evenly. Beyond those with tokens, owners exist as ids only.
func (l *lab) stored(ctx context.Context, name string, n, owners int) (*fixture, error) {
	fresh, err := l.fresh(ctx)
	if err != nil {
		return nil, err
	}
	f, err := fresh.copied(l, name)
	if err != nil {
		return nil, err
	}
	users := append([]string(nil), f.ids[:min(owners, customers)]...)
	for len(users) < owners {
		users = append(users, uuid.NewString())
	}
	l.note("store %d orders of %d customers", n, owners)
	var ids []string
	err = f.inStore(ctx, func(store *sqlite.Store, _ pool.Keys) (err error) {
		if ids, err = fill(ctx, store, users, n, l.note); err != nil {
			return err
		}
		l.note("count them for the reports")
		return catchUp(ctx, store)
	})
	if err != nil {
		return nil, fmt.Errorf("store %d orders: %w", n, err)
	}
	stored, err := f.count(ctx)
	if err = errors.Join(err, checkCount(stored, n, 0)); err != nil {
		return nil, err
	}
	return f, l.writeTargets(f, name, ids, owners)
}

// fill places n orders, the i-th by user i mod len(users), and returns their ids.
func fill(ctx context.Context, store *sqlite.Store, users []string, n int, note func(string, ...any)) ([]string, error) {
	content, err := readContent(orderBody)
	if err != nil {
		return nil, err
	}
	begin, step := time.Now().Add(-history), history/time.Duration(n)
	var placed, next atomic.Int64
	clock := func() time.Time { return begin.Add(time.Duration(placed.Add(1)) * step) }
	service := order.NewService(store, order.AcceptTotal, clock)
	ids := make([]string, n)
	g, ctx := errgroup.WithContext(ctx)
	for range min(preloaders, n) {
		g.Go(func() error {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				ids[i] = uuid.NewString()
				p := order.Placement{OrderID: ids[i], Content: content}
				if _, _, err := service.Place(ctx, users[i%len(users)], p, "", ""); err != nil {
					return err
				}
				if i > 0 && i%200_000 == 0 {
					note("%d orders", i)
				}
			}
			return nil
		})
	}
	return ids, g.Wait()
}

// readContent returns what the body of every placement asks for.
func readContent(body []byte) (order.Content, error) {
	var c order.Content
	if err := json.Unmarshal(body, &c); err != nil {
		return c, fmt.Errorf("read order.json: %w", err)
	}
	return c, nil
}

// writeTargets writes what the reading trials ask for: orders from all over the
// store, and the latest 20 of every customer with a token.
func (l *lab) writeTargets(f *fixture, name string, ids []string, owners int) error {
	f.targets, f.latest = filepath.Join(l.dir, name+".targets"), filepath.Join(l.dir, name+".latest")
	var targets, latest strings.Builder
	known := min(owners, customers)
	rounds := len(ids) / owners
	stride := max(1, rounds*known/maxTargets)
	for round := 0; round < rounds; round += stride {
		for owner := range known {
			fmt.Fprintf(&targets, "%d /orders/%s\n", owner+1, ids[round*owners+owner])
		}
	}
	for owner := range known {
		fmt.Fprintf(&latest, "%d /orders?limit=20\n", owner+1)
	}
	return errors.Join(os.WriteFile(f.targets, []byte(targets.String()), 0o600), os.WriteFile(f.latest, []byte(latest.String()), 0o600))
}
