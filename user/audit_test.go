package user

import (
	"strings"

	"comanda/storage"
)

// audit fails the test unless profiles and claims fit together: every claim
// belongs to a live profile that has it, every live profile of ours has its claims,
// one of other software has none, and a deleted one has nothing else.
func (r registry) audit() {
	r.t.Helper()
	owners := map[storage.Key]string{}
	for _, record := range r.scan(Claims.Name) {
		claim, err := decodeClaim(record)
		if err != nil {
			r.t.Errorf("claim: %v", err)
		}
		owners[record.Key] = claim.UserID
	}
	for _, record := range r.scan(Table.Name) {
		p, err := decode(record)
		if err != nil {
			r.t.Errorf("profile: %v", err)
			continue
		}
		if p.deleted {
			r.auditTombstone(p, record)
		}
		if p.foreign || p.deleted {
			continue
		}
		for _, c := range claims(p.Content) {
			if owners[c.key] != p.ID {
				r.t.Errorf("the claim on the %s of %s belongs to %q", c.field, p.ID, owners[c.key])
			}
			delete(owners, c.key)
		}
	}
	for k, owner := range owners {
		r.t.Errorf("claim %s belongs to %s, whose profile doesn't have it", k.Partition, owner)
	}
}

func (r registry) auditTombstone(p Profile, record storage.Record) {
	r.t.Helper()
	if p.Content != (Content{}) || p.created != nil || p.rest != nil {
		r.t.Errorf("the deleted profile %s still has %s", p.ID, record.Doc)
	}
}

func (r registry) scan(table string) []storage.Record {
	r.t.Helper()
	var all []storage.Record
	for after := storage.Cursor(""); ; {
		page, err := r.store.Scan(background, table, after, storage.MaxPage)
		if err != nil {
			r.t.Fatalf("scan %s: %v", table, err)
		}
		all = append(all, page.Records...)
		if after = page.Next; after == "" {
			return all
		}
	}
}

// wantNowhere fails the test if a text is in any record, key or document.
func (r registry) wantNowhere(texts ...string) {
	r.t.Helper()
	for _, table := range []string{Table.Name, Claims.Name} {
		for _, record := range r.scan(table) {
			for _, text := range texts {
				if strings.Contains(record.Key.Partition+string(record.Doc), text) {
					r.t.Errorf("%q is still stored: %s %s", text, record.Key.Partition, record.Doc)
				}
			}
		}
	}
}
