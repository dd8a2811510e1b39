package transfer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"comanda/storage"
)

// Journal is a file that remembers how far a copy has come. It is a hint that
// saves time, see the package comment, and therefore never synced. A nil Journal
// remembers nothing.
type Journal struct {
	path string
	mu   sync.Mutex
	text journalText
}

// journalText is the content of the file.
type journalText struct {
	Format int              `json:"format"`
	From   string           `json:"from"`
	To     string           `json:"to"`
	Tables map[string]place `json:"tables"`
}

// place is how far a table is copied.
type place struct {
	After    storage.Cursor `json:"after,omitempty"` // where to go on
	Records  int            `json:"records"`         // before that
	Finished bool           `json:"finished,omitempty"`
}

const journalFormat = 1

// OpenJournal reads the journal of the copy between two places, whose names are
// compared as they are. Without a file, or with one that can't be read as a
// journal, it begins anew. The journal of another copy is an error.
func OpenJournal(path, from, to string) (*Journal, error) {
	j := &Journal{path: path, text: journalText{Format: journalFormat, From: from, To: to, Tables: map[string]place{}}}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read how far the copy has come: %w", err)
	}
	var found journalText
	if err := json.Unmarshal(data, &found); err != nil || found.Format != journalFormat || found.Tables == nil {
		return j, nil //nolint:nilerr // cut off by a crash, or of another release: a hint less
	}
	if found.From != from || found.To != to {
		return nil, fmt.Errorf("%s belongs to the copy from %s to %s: give another file, or remove it", path, found.From, found.To)
	}
	j.text = found
	return j, nil
}

// place returns where the copy of a table goes on.
func (j *Journal) place(table string) (after storage.Cursor, finished bool) {
	p := j.of(table)
	return p.After, p.Finished
}

func (j *Journal) of(table string) place {
	if j == nil {
		return place{}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Tables[table]
}

// began reports whether the journal knows of an earlier run.
func (j *Journal) began() bool {
	if j == nil {
		return false
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.text.Tables) > 0
}

// save notes that more records, up to a cursor, are copied. "" is the end of the table.
func (j *Journal) save(table string, after storage.Cursor, records int) error {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.text.Tables[table] = place{After: after, Records: j.text.Tables[table].Records + records, Finished: after == ""}
	return j.write()
}

// forget begins anew.
func (j *Journal) forget() error {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.text.Tables = map[string]place{}
	return j.write()
}

// write replaces the file, so that a reader finds the old text or the new one.
func (j *Journal) write() error {
	data, err := json.MarshalIndent(j.text, "", "  ")
	if err == nil {
		err = os.WriteFile(j.path+".new", append(data, '\n'), 0o600)
	}
	if err == nil {
		err = os.Rename(j.path+".new", j.path)
	}
	if err != nil {
		return fmt.Errorf("note how far the copy has come: %w", err)
	}
	return nil
}

// Remove deletes the file, if there is one.
func (j *Journal) Remove() error {
	if j == nil {
		return nil
	}
	if err := os.Remove(j.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the note of how far the copy has come: %w", err)
	}
	return nil
}
