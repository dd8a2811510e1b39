package engine

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"comanda/app"
	"comanda/feed"
	"comanda/memory"
	"comanda/order"
	"comanda/storage"
)

// volatile is the memory of the process.
type volatile struct{}

func parseVolatile(rest string) (Place, error) {
	if rest != "" {
		return nil, errors.New("memory: has nothing after the colon, because it has no place")
	}
	return volatile{}, nil
}

// String implements [Place].
func (volatile) String() string { return "memory:" }

// Traits implements [Place].
func (volatile) Traits() Traits {
	return Traits{Volatile: true, Remark: "in memory: nothing is kept when this process ends"}
}

// Table implements [Place].
func (v volatile) Table(t storage.Table) Table { return Table{v.String(), t.Name} }

// Open implements [Place]. The store is a new one each time.
func (volatile) Open(_ context.Context, tables []storage.Table, _ *slog.Logger) (app.Engine, error) {
	s := memory.New(tables, time.Now)
	return app.Engine{Store: s, Feed: feed.NewLocal(s, order.TableName).Feed(), Snapshots: s}, nil
}

var errVolatile = &CannotError{"records in memory end with the server that has them, and nobody else can read them"}

// Check implements [Place].
func (volatile) Check(context.Context) (Contents, error) { return Contents{}, errVolatile }

// Backup implements [Place].
func (volatile) Backup(context.Context, string) error { return errVolatile }

// CreateTables implements [Place].
func (volatile) CreateTables(context.Context, []storage.Table) ([]TableState, error) {
	return nil, errVolatile
}

// Adopt implements [Place].
func (volatile) Adopt(context.Context, storage.Table, func(int)) (int, error) {
	return 0, errVolatile
}
