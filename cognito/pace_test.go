package cognito

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"comanda/identity"
)

func TestASourceThatHurriesIsSlowedDownAndNoOtherIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(time.Now)
		loud, quiet := identity.SourceOf(netip.MustParseAddr("192.0.2.1")), identity.SourceOf(netip.MustParseAddr("192.0.2.2"))
		took := func(s identity.Source) time.Duration {
			begin := time.Now()
			if err := p.wait(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			return time.Since(begin)
		}
		for i := range paceBurst {
			if d := took(loud); d != 0 {
				t.Fatalf("request %d waited %v, want none to", i, d)
			}
		}
		if d := took(loud); d != paceDelay {
			t.Errorf("one more waited %v, want %v", d, paceDelay)
		}
		if d := took(quiet); d != 0 {
			t.Errorf("another source waited %v, want it not to", d)
		}
		served := 0
		for took(loud) == 0 { // what a second has brought
			served++
		}
		if served < paceRate-1 || served > paceRate+1 {
			t.Errorf("%d were served at once after a second, want %d", served, paceRate)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		p.now = func() time.Time { return time.Now().Add(-time.Hour) } // a clock that was set back gives nothing
		if err := p.wait(ctx, loud); err == nil {
			t.Error("a caller that has left is served")
		}
	})
}

func TestAHundredThousandSourcesDontResetALoudOne(t *testing.T) {
	p := newPace(func() time.Time { return time.Unix(1_800_000_000, 0) })
	loud := identity.Source{Network: "loud", Host: "loud"}
	for p.take(loud) {
	}
	for i := range 100_000 {
		s := fmt.Sprint(i)
		p.take(identity.Source{Network: s, Host: s})
	}
	if p.take(loud) {
		t.Error("other sources made room for a loud one")
	}
}
