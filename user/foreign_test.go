package user

import (
	"testing"
	"time"

	"comanda/storage"
)

// foreign is a profile as the workshop's function stores it: what was sent, and
// a time without a zone.
const foreign = `{"name":"Ana Surname","email":"ana@example.com","phone":"+1","timestamp":"2026-03-14T12:00:00.250999"}`

func TestProfilesOfOtherSoftwareAreProfiles(t *testing.T) {
	zero := time.Unix(0, 0).UTC()
	for _, tc := range []struct {
		name, doc string
		at        time.Time
	}{
		{"a time without a zone", foreign, noon},
		{"a time with one", `{"name":"Ana Surname","timestamp":"2026-03-14T13:00:00+01:00"}`, noon.Truncate(time.Second)},
		{"no time", `{"name":"Ana Surname"}`, zero},
		{"a time of another kind", `{"name":"Ana Surname","timestamp":1773489600}`, zero},
		{"text that is no time", `{"name":"Ana Surname","timestamp":"today"}`, zero},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p, err := decode(storage.Record{Key: keyOf("u-1"), Doc: []byte(tc.doc)})
			if err != nil || p.Name != "Ana Surname" || !p.CreatedAt.Equal(tc.at) || !p.UpdatedAt.Equal(tc.at) || p.Version != 1 {
				t.Errorf("got %+v (%v), want Ana of %v, version 1", p, err, tc.at)
			}
		})
	}
	if _, err := decode(storage.Record{Key: keyOf("u-1"), Doc: []byte(`{"name":["Ana"]}`)}); err == nil {
		t.Error("a name of another kind: got no error, want one")
	}
}
