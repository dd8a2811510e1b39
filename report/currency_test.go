package report

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"comanda/memory"
	"comanda/storage"
)

func TestTheFirstCurrencyStays(t *testing.T) {
	store := memory.New([]storage.Table{Table}, time.Now)
	var log strings.Builder
	with := func(currency string, zone *time.Location) *Consumer {
		return NewConsumer(Config{Store: store, Zone: zone, Currency: currency, Now: time.Now, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	}
	shown := func(currency string) string {
		t.Helper()
		r, err := NewService(Config{Store: store, Zone: time.UTC, Currency: currency, Now: time.Now}).Read(t.Context(), Query{Top: 1})
		if err != nil {
			t.Fatal(err)
		}
		return r.Currency
	}
	begin := func(currency string) error { return with(currency, time.UTC).Begin(t.Context()) }
	// Before anything was counted, a setting is a setting.
	for _, c := range []string{"", "USD", "EUR"} {
		if err := begin(c); err != nil || shown(c) != c {
			t.Errorf("%q before the first order: got %q, %v, want it", c, shown(c), err)
		}
	}
	if err := with("", time.UTC).Consume(t.Context(), "s", nil); err != nil {
		t.Fatal(err)
	}
	if err := begin("EUR"); err != nil { // and labels what was counted without one
		t.Fatal(err)
	}
	var other *CurrencyError
	if err := begin("USD"); !errors.As(err, &other) || *other != (CurrencyError{"USD", "EUR"}) || !strings.HasPrefix(err.Error(), `--currency "USD": `) {
		t.Errorf("another: got %v, want a refusal that has both", err)
	}
	for _, c := range []string{"EUR", ""} {
		if err := begin(c); err != nil || shown(c) != "EUR" {
			t.Errorf("%q later: got %q, %v, want EUR", c, shown(c), err)
		}
	}
	if got := shown("USD"); got != "EUR" {
		t.Errorf("where nothing starts: got %q, want EUR", got)
	}
	if log.Len() > 0 {
		t.Errorf("log: got %s, want nothing", &log)
	}
	if err := with("", time.FixedZone("Mars", 0)).Begin(t.Context()); err != nil || !strings.Contains(log.String(), "zone=Mars counted=UTC") {
		t.Errorf("another zone: got %q, %v, want a warning", &log, err)
	}
	b := NewRebuilder(RebuilderConfig{Consumer: with("", time.UTC), Orders: store})
	if _, err := b.Rebuild(t.Context()); err == nil && shown("") != "EUR" {
		t.Errorf("after a rebuild: got %q, want EUR", shown(""))
	}
}
