package engine

import (
	"strings"
	"testing"

	"comanda/app"
	"comanda/order"
	"comanda/storage"
)

// TestEveryKindSaysWhatItCannotDo holds each kind of engine to an answer for each thing
// that can be asked of a place: it does it, or says what to do instead.
func TestEveryKindSaysWhatItCannotDo(t *testing.T) {
	for text, cannot := range map[string]map[string]string{
		"sqlite:" + t.TempDir(): {"create": "makes its own", "adopt": "only tables on DynamoDB"},
		"dynamodb:eu-west-1":    {"check": "point-in-time recovery", "back up": "point-in-time recovery"},
		"memory:":               {"create": "end with the server", "adopt": "end with the server", "check": "end with the server", "back up": "end with the server"},
	} {
		p, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		asked := map[string]func() error{
			"create":  func() error { _, err := p.CreateTables(t.Context(), nil); return err },
			"adopt":   func() error { _, err := p.Adopt(t.Context(), order.Table, func(int) {}); return err },
			"check":   func() error { _, err := p.Check(t.Context()); return err },
			"back up": func() error { return p.Backup(t.Context(), "to") },
		}
		for what, want := range cannot {
			if err := asked[what](); !Cannot(err) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %s: got %v, want that it can't, with %q", text, what, err, want)
			}
		}
	}
}

func TestAPlaceKnowsWhichOfItsTablesAreAnotherPlaces(t *testing.T) {
	one := func(text string) Table {
		p, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return p.Table(order.Table)
	}
	for _, x := range []struct {
		a, b string
		same bool
	}{
		{"dynamodb:eu-west-1", "dynamodb:eu-west-1?prefix=x-&orders=orders", true},
		{"dynamodb:eu-west-1", "dynamodb:eu-west-1?prefix=x-", false},
		{"dynamodb:eu-west-1", "dynamodb:eu-west-2", false},
		{"dynamodb:eu-west-1", "dynamodb:eu-west-1?endpoint=http://127.0.0.1:8000", false},
		{"sqlite:a", "sqlite:b", false},
		{"sqlite:a", "memory:", false},
	} {
		if got := one(x.a) == one(x.b); got != x.same {
			t.Errorf("%s and %s: got %v, want %v", x.a, x.b, got, x.same)
		}
	}
}

func TestAServerNamesItsEngineAloneOrWithAPlace(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "eu-west-3")
	for text, want := range map[string]string{
		"": "sqlite:data", "sqlite": "sqlite:data", "dynamodb": "dynamodb:eu-west-3", "dynamodb:eu-west-1": "dynamodb:eu-west-1", "memory": "memory:", "memory:": "memory:",
	} {
		if p, err := OfServer(text, "data"); err != nil || p.String() != want {
			t.Errorf("--store %q: got %v, %v, want %s", text, p, err, want)
		}
	}
	for _, text := range []string{"sqlite:elsewhere", "postgres", "memory:x", "dynamodb:"} {
		if p, err := OfServer(text, "data"); err == nil || !strings.HasPrefix(err.Error(), "--store") {
			t.Errorf("--store %q: got %v, %v, want an error that names the flag", text, p, err)
		}
	}
}

func TestWhatAnEngineCanDoIsThereWhenItIsOpen(t *testing.T) {
	for _, text := range []string{"sqlite:" + t.TempDir(), "memory:"} {
		p, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		e, err := p.Open(t.Context(), app.Tables(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if e.Feed.Local == nil || e.Feed.Trimmer == nil || e.Feed.Ender == nil || e.Snapshots == nil || e.Shared {
			t.Errorf("%s: got %+v, want a feed of its own and snapshots", text, e)
		}
		r := storage.Record{Key: storage.Key{Table: order.TableName, Partition: "ana", Sort: "o"}, Doc: []byte(`{}`)}
		if err := e.Store.Commit(t.Context(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &r}}}); err != nil {
			t.Errorf("%s: commit: %v", text, err)
		}
		b, err := e.Feed.Read(t.Context(), "feed", "", 1)
		if err != nil || len(b.Changes) != 1 {
			t.Errorf("%s: feed: got %d changes, %v, want the one", text, len(b.Changes), err)
		}
		if e.Close != nil {
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
