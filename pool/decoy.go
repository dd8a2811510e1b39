package pool

import (
	"encoding/hex"

	"comanda/storage"
)

// newDecoy returns the record of a user like others. It is decoded where the user of a
// name is read and there is none, because that takes time, too.
func (p *Pool) newDecoy() (storage.Record, error) {
	r, err := encodeUser(user{
		Sub: p.decoySub("decoy"), Login: "decoy@example.com", Username: p.decoySub("decoy"),
		Attributes: map[string]string{attributeEmail: "decoy@example.com", attributeEmailVerified: "true", attributeName: "Decoy"},
		Status:     StatusConfirmed, Created: 1, Modified: 1, Generation: 1, SessionsFrom: 1,
		Password: &password{
			Memory: p.config.Hashing.Memory, Time: p.config.Hashing.Time, Threads: p.config.Hashing.Threads,
			Salt: make([]byte, hashSaltBytes), Hash: make([]byte, hashBytes),
			SRPSalt: hex.EncodeToString(make([]byte, srpSaltBytes)), SRPVerifier: make([]byte, 3072/8+28),
		},
	})
	if err != nil {
		return storage.Record{}, err
	}
	return *r, nil
}
