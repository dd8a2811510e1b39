package engine

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"strings"

	"comanda/app"
	"comanda/datadir"
	"comanda/feed"
	"comanda/order"
	"comanda/sqlite"
	"comanda/storage"
)

// directory is the embedded store of a data directory, which the caller has locked
// before anything is written there.
type directory struct{ path string }

func parseDirectory(path string) (Place, error) {
	if path == "" {
		return nil, errors.New(forms())
	}
	return directory{path}, nil
}

// Directory returns the place of the records of a data directory.
func Directory(path string) Place { return directory{path} }

// String implements [Place].
func (d directory) String() string { return Embedded + ":" + d.path }

// Traits implements [Place].
func (d directory) Traits() Traits { return Traits{Directory: d.path} }

// Table implements [Place].
func (d directory) Table(t storage.Table) Table { return Table{d.String(), t.Name} }

// Open implements [Place].
func (d directory) Open(ctx context.Context, tables []storage.Table, logger *slog.Logger) (app.Engine, error) {
	s, err := sqlite.Open(ctx, datadir.StorePath(d.path), tables, sqlite.Options{Views: Views(), Logger: logger})
	if err != nil {
		return app.Engine{}, err
	}
	return app.Engine{
		Store: s, Feed: feed.NewLocal(s, order.TableName).Feed(), Snapshots: s, Ready: s.Ready, Failed: s.Failed(), Close: s.Close,
	}, nil
}

// Check implements [Place].
func (d directory) Check(ctx context.Context) (Contents, error) {
	path, err := datadir.FindStore(d.path)
	if err != nil {
		return Contents{}, err
	}
	return sqlite.CheckFile(ctx, path)
}

// Backup implements [Place].
func (d directory) Backup(ctx context.Context, to string) error {
	path, err := datadir.FindStore(d.path)
	if err != nil {
		return err
	}
	return sqlite.Backup(ctx, path, to)
}

// CreateTables implements [Place].
func (directory) CreateTables(context.Context, []storage.Table) ([]TableState, error) {
	return nil, cannot("only DynamoDB needs tables to be made; a data directory makes its own")
}

// Adopt implements [Place].
func (directory) Adopt(context.Context, storage.Table, func(int)) (int, error) {
	return 0, cannot("only tables on DynamoDB have items of other software")
}

//go:embed views.sql
var viewsSQL string

// Views returns the views that a data directory's store has for people with a
// SQLite shell, as views.sql defines them. The text after AS is kept in the
// database as it is.
func Views() []sqlite.View {
	var out []sqlite.View
	for _, statement := range strings.Split(viewsSQL, ";\n") {
		_, definition, found := strings.Cut(statement, "CREATE VIEW ")
		if !found {
			continue
		}
		name, query, _ := strings.Cut(definition, " AS\n")
		out = append(out, sqlite.View{Name: name, SQL: query})
	}
	return out
}
