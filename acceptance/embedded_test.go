package acceptance

import (
	"context"
	"path/filepath"
	"testing"

	"comanda/app"
	"comanda/feed"
	"comanda/order"
	"comanda/pool"
	"comanda/sqlite"
)

// embedded is the program on its embedded store: what `comanda serve` runs, in
// this process, on a real file and a real port, with a clock that can be moved.
type embedded struct {
	keys pool.Keys // of every server, because making them takes long
}

func newEmbedded(t *testing.T) *embedded { return &embedded{newKeys(t)} }

func (*embedded) name() string            { return "embedded" }
func (*embedded) differs(difference) bool { return false }
func (*embedded) lacks(string) bool       { return false }

func (e *embedded) open(t *testing.T, o options) server {
	t.Helper()
	s := newInProcess(e.keys, o, onFile(t.TempDir()))
	s.run(t)
	return s
}

// onFile opens the store in a directory, each time the same.
func onFile(dir string) engine {
	return func(s *inProcess) (opened, error) {
		store, err := sqlite.Open(context.Background(), filepath.Join(dir, "comanda.db"), app.Tables(), sqlite.Options{Now: s.time.Now, Logger: s.logger})
		if err != nil {
			return opened{}, err
		}
		return opened{app.Engine{
			Store: store, Feed: feed.NewLocal(store, order.TableName).Feed(), Snapshots: store, Failed: store.Failed(), Close: store.Close,
		}, store.Err}, nil
	}
}
