package user

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
)

type answer struct {
	UserID string `json:"userid"`
	Content
	CreatedAt string `json:"createdAt,omitempty"`
	Timestamp string `json:"timestamp,omitempty"`
	Version   int    `json:"version,omitzero"`
}

// Render returns the profile as JSON. One that was never stored has no times
// and no version.
func (p Profile) Render() ([]byte, error) {
	a := answer{UserID: p.ID, Content: p.Content, Version: p.Version}
	if p.Version > 0 {
		a.CreatedAt, a.Timestamp = seconds(p.CreatedAt), seconds(p.UpdatedAt)
	}
	b, err := json.Marshal(&a)
	if err != nil {
		return nil, fmt.Errorf("render user: %w", err)
	}
	return b, nil
}

// seconds spells a time as answers show it.
func seconds(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
