package storage_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"comanda/sqlite"
	"comanda/storage"
)

// tables have the seats that are left, by their number.
var tables = storage.Table{Name: "tables", Partition: "room", Sort: "number", Doc: "data"}

// Example gives the last seat at a table to Ana, and refuses it to Bea, who saw it
// free, too.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example-*")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	store, err := sqlite.Open(ctx, filepath.Join(dir, "seats.db"), []storage.Table{tables}, sqlite.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()

	key := storage.Key{Table: "tables", Partition: "garden", Sort: "7"}
	write := func(old *storage.Record, doc string) error {
		return store.Commit(ctx, storage.Commit{
			ID:     storage.NewCommitID(), // one for each decision
			Writes: []storage.Write{{Old: old, New: &storage.Record{Key: key, Doc: []byte(doc)}}},
		})
	}
	fmt.Println("create:", write(nil, `{"seats":1}`)) // on the condition that nothing is there

	read, err := store.Get(ctx, key)
	fmt.Println("read:", string(read.Doc), err)

	// Both decide on what was read; only the first one's decision is stored.
	fmt.Println("take it:", write(&read, `{"seats":0,"last":"Ana"}`))
	err = write(&read, `{"seats":0,"last":"Bea"}`)
	if conflict, ok := errors.AsType[*storage.Conflict](err); ok {
		fmt.Println("decide again on:", string(conflict.Current.Doc))
	}
	// Output:
	// create: <nil>
	// read: {"seats":1} <nil>
	// take it: <nil>
	// decide again on: {"seats":0,"last":"Ana"}
}
