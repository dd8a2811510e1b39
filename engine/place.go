package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"

	"comanda/app"
	"comanda/dynamo"
	"comanda/sqlite"
	"comanda/storage"
)

// Place is where records are kept, and by which engine.
type Place interface {
	// String returns the place in a form that [Parse] reads, and that is the same for
	// the same place.
	String() string

	// Traits says what the rest of the program has to know about the place.
	Traits() Traits

	// Table returns which table that is in the place. Equal ones are one and the same.
	Table(t storage.Table) Table

	// Open opens tables. Where they aren't made by the engine itself, they must be
	// there; the error says then how to make them.
	Open(ctx context.Context, tables []storage.Table, logger *slog.Logger) (app.Engine, error)

	// Check reads everything and says whether it is sound, also while a server works
	// on it.
	Check(ctx context.Context) (Contents, error)

	// Backup writes everything, as it is at one moment, to an empty file.
	Backup(ctx context.Context, to string) error

	// CreateTables makes the tables that aren't there, and tells about each.
	CreateTables(ctx context.Context, tables []storage.Table) ([]TableState, error)

	// Adopt gives records of other software their places in the indexes of a table,
	// and returns how many it has changed. progress is told how many it has found.
	Adopt(ctx context.Context, table storage.Table, progress func(found int)) (int, error)
}

// Traits are what places differ in.
type Traits struct {
	Directory string // the data directory that the records are in; "": they are elsewhere
	Shared    bool   // several processes may work on it at once, and no lock keeps them out
	Volatile  bool   // the records end with the process
	Remark    string // for people, where it isn't the data directory
}

// Table is one table of one place.
type Table struct {
	At   string // what is beyond the name
	Name string // as the place calls it
}

// TableState is what became of a table that was to be made.
type TableState struct {
	Table storage.Table
	Name  string   // as the place calls it
	There bool     // it was there before
	Lacks []string // of a table that others have made
}

// ErrNoTable says that a table isn't there which the engine doesn't make itself.
var ErrNoTable = dynamo.ErrNoTable

// Contents says how much there is in a store that was checked.
type Contents = sqlite.Contents

// CannotError says that a kind of engine can't do something, or needn't.
type CannotError struct{ Reason string }

// Error is the reason, with what to do instead.
func (e *CannotError) Error() string { return e.Reason }

func cannot(reason string) error { return &CannotError{reason} }

// Cannot reports whether err says that a kind of engine can't do something.
func Cannot(err error) bool {
	_, ok := errors.AsType[*CannotError](err)
	return ok
}

// kind is one engine: how its places are written, and what reads the rest of the text.
type kind struct {
	name  string // before the colon
	form  string
	parse func(rest string) (Place, error)
	alone func(dir string) (Place, error) // for a server whose --store is the name alone
}

// kinds are all engines that there are.
func kinds() []kind {
	return []kind{
		{"sqlite", "sqlite:DIR", parseDirectory, parseDirectory},
		{"dynamodb", "dynamodb:REGION[?endpoint=URL&prefix=PREFIX]", parseCloud, cloudOfEnvironment},
		{"memory", "memory:", parseVolatile, func(string) (Place, error) { return volatile{}, nil }},
	}
}

// find returns the kind of a name.
func find(name string) (kind, bool) {
	i := slices.IndexFunc(kinds(), func(k kind) bool { return k.name == name })
	if i < 0 {
		return kind{}, false
	}
	return kinds()[i], true
}

// Embedded is the name of the engine that keeps records in the data directory.
const Embedded = "sqlite"

// Parse reads a place. Its error names everything that is wrong.
func Parse(text string) (Place, error) {
	name, rest, found := strings.Cut(text, ":")
	k, known := find(name)
	if !known || !found {
		return nil, fmt.Errorf("location %q: %s", text, forms())
	}
	p, err := k.parse(rest)
	if err != nil {
		return nil, fmt.Errorf("location %q: %w", text, err)
	}
	return p, nil
}

func forms() string {
	var all []string
	for _, k := range kinds() {
		all = append(all, k.form)
	}
	last := len(all) - 1
	return "it must be " + strings.Join(all[:last], ", ") + " or " + all[last]
}

// OfServer reads the --store of a server, or of what does a server's work: a place, or
// the name of a kind alone, "" being [Embedded]. Records in a data directory are in dir.
func OfServer(text, dir string) (Place, error) {
	if text == "" {
		text = Embedded
	}
	if k, known := find(text); known {
		p, err := k.alone(dir)
		if err != nil {
			return nil, fmt.Errorf("--store %q: %w", text, err)
		}
		return p, nil
	}
	p, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("--store: %w", err)
	}
	if p.Traits().Directory != "" {
		return nil, fmt.Errorf("--store %q: must be %s, whose place --data names, or dynamodb:REGION", text, Embedded)
	}
	return p, nil
}

// region returns the region that the environment names, "" for none.
func region() string {
	if r := os.Getenv("AWS_REGION"); r != "" {
		return r
	}
	return os.Getenv("AWS_DEFAULT_REGION")
}
