package dynamo

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"comanda/dynamolocal"
	"comanda/sqlite"
	"comanda/storage"
	"comanda/transfer"
	"comanda/user"
)

// elsewhere are empty stores to which profiles can be moved.
var elsewhere = map[string]func(*testing.T, []storage.Table) storage.Store{
	"a data directory": func(t *testing.T, tables []storage.Table) storage.Store {
		s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "users.db"), tables, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	},
	"tables of ours": func(t *testing.T, tables []storage.Table) storage.Store { return openTables(t, tables, Options{}) },
}

func TestProfilesOfTheWorkshopAreOursAfterAMove(t *testing.T) {
	tables := []storage.Table{user.Table, user.Claims}
	for name, open := range elsewhere {
		t.Run(name, func(t *testing.T) {
			from, to, ctx := openTables(t, tables, Options{}), open(t, tables), context.Background()
			for _, id := range []string{"patched", "put", "deleted"} {
				putItem(t, dynamolocal.Client(t), from.tables[user.Table.Name].name, item{"userid": text(id), "name": text("Ana"), "email": text(id + "@example.com"), "phone": number("7")})
			}
			results, err := transfer.Run(ctx, from, to, transfer.Options{Tables: []string{user.Table.Name, user.Claims.Name}})
			if err != nil || results[0].Written != 3 {
				t.Fatalf("move: got %+v (%v), want 3 profiles", results, err)
			}
			service, address := user.NewService(to, func() time.Time { return noon }), "1 Main Street"
			if p, err := service.Patch(ctx, "patched", user.Patch{Address: &address}, []int{1}); err != nil || p.Version != 2 || p.Email != "patched@example.com" {
				t.Errorf("patch: got %+v (%v), want version 2 with its address", p, err)
			}
			if p, err := service.Put(ctx, "put", user.Content{Name: "Ana", Email: "new@example.com"}, []int{1}); err != nil || p.Version != 2 {
				t.Errorf("put: got version %d (%v), want 2", p.Version, err)
			}
			if err := service.Delete(ctx, "deleted", nil); err != nil {
				t.Errorf("delete: got %v, want success", err)
			}
			for email, free := range map[string]bool{"Patched@example.com": false, "New@example.com": false, "put@example.com": true, "deleted@example.com": true} {
				_, _, err := service.Create(ctx, "admin", user.Creation{Content: user.Content{Name: "Bea", Email: email}}, "")
				if got := !isError[*user.TakenError](err); got != free || free && err != nil {
					t.Errorf("create with %s: got %v, want the address free: %v", email, err, free)
				}
			}
		})
	}
}
