package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"comanda/app"
	"comanda/client"
	"comanda/order"
	"comanda/pool"
	"comanda/sqlite"
)

const (
	maxProbes = 90                    // of a trial: fewer than one report shows couriers
	lookEvery = 10 * time.Millisecond // between two looks at the report
	lagLimit  = 30 * time.Second      // after which a probe counts as lost
)

// errLag says that an order didn't arrive in the report.
var errLag = errors.New("an order isn't in the report")

// lagTrial measures how long after the answer to a placement the order is in the
// report, while a server is loaded.
func lagTrial(connections int) func(context.Context, *lab) (figures, error) {
	return func(ctx context.Context, l *lab) (figures, error) {
		f, err := l.fresh(ctx)
		if err != nil {
			return nil, err
		}
		c, err := f.copied(l, "lag")
		if err != nil {
			return nil, err
		}
		p, err := c.prober(ctx)
		if err != nil {
			return nil, err
		}
		var out figures
		err = l.with(ctx, l.comanda, c.dir, func(s *server) (err error) {
			if p.api, err = client.New(client.Config{URL: "http://" + s.address, Tokens: client.StaticToken(p.token)}); err != nil {
				return err
			}
			out, err = l.lag(ctx, s, c, p, connections)
			return err
		})
		return out, errors.Join(err, c.remove())
	}
}

// lag loads a server and probes it until the load ends.
func (l *lab) lag(ctx context.Context, s *server, f *fixture, p *prober, connections int) (figures, error) {
	var w load
	loaded := make(chan error, 1)
	go func() {
		var err error
		if w, err = l.wrkPlace(ctx, s, connections, l.options.seconds, f.tokens, f.path); err == nil {
			err = w.check()
		}
		loaded <- err
	}()
	var lags []float64
	for {
		select {
		case err := <-loaded:
			if err != nil {
				return nil, err
			}
			if len(lags) == 0 {
				return nil, fmt.Errorf("%w when the load has ended", errLag)
			}
			return figures{"rate": {w.rate()}, "p50": {percentile(lags, 50)}, "p99": {percentile(lags, 99)}}, nil
		default:
		}
		if len(lags) == maxProbes {
			time.Sleep(lookEvery)
			continue
		}
		lag, err := p.probe(ctx, len(lags))
		if err != nil {
			return nil, errors.Join(err, <-loaded)
		}
		lags = append(lags, inMilliseconds(lag))
	}
}

// percentile returns the least value that p percent of values aren't above.
func percentile(values []float64, p float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max(0, int(math.Ceil(p/100*float64(len(sorted))))-1)]
}

// prober places orders that can be told apart in the report.
type prober struct {
	token string // of an administrator
	api   *client.Client
}

// prober returns one for a directory that no server runs on.
func (f *fixture) prober(ctx context.Context) (*prober, error) {
	p := &prober{}
	err := f.inStore(ctx, func(store *sqlite.Store, keys pool.Keys) error {
		users, err := pool.New(ctx, pool.Config{
			Store: store, Keys: keys, TokenTTL: time.Hour, Hashing: pool.Hashing{Memory: 8, Time: 1, Threads: 1},
		})
		if err != nil {
			return err
		}
		const name = "observer@example.com"
		if _, _, err = signUp(ctx, users, name); err != nil {
			return err
		}
		if err := users.AdminAddUserToGroup(ctx, name, app.Defaults().AdminGroup); err != nil {
			return err
		}
		p.token, err = signIn(ctx, users, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("make an observer: %w", err)
	}
	return p, nil
}

// probe places an order whose courier leads the ranking by revenue, and looks
// until the ranking has it.
func (p *prober) probe(ctx context.Context, n int) (time.Duration, error) {
	courier, err := order.ParseID(fmt.Sprintf("probe-%d", n), false)
	if err != nil {
		return 0, err
	}
	_, err = p.api.Place(ctx, client.Placement{Content: order.Content{
		Restaurant: order.NumberID(1), Items: []order.Item{{ID: order.NumberID(1), Name: "Probe", Price: order.Unit, Quantity: 1}},
		Total: order.MaxTotal, Delivery: &order.Courier{ID: courier, Name: "Probe"},
	}})
	if err != nil {
		return 0, err
	}
	answered := time.Now()
	for time.Since(answered) < lagLimit {
		r, err := p.api.Monitor(ctx, client.ReportQuery{Top: 100})
		if err != nil {
			return 0, err
		}
		for _, c := range r.CouriersByRevenue {
			if c.ID == courier {
				return time.Since(answered), nil
			}
		}
		time.Sleep(lookEvery)
	}
	return 0, fmt.Errorf("%w after %v", errLag, lagLimit)
}
