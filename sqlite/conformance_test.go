package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"comanda/sqlite"
	"comanda/storage"
	"comanda/storagetest"
)

func TestConformance(t *testing.T) {
	storagetest.Run(t, func(t *testing.T, tables []storage.Table) storage.Store {
		s, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "comanda.db"), tables, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Check(context.Background()); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	})
}
