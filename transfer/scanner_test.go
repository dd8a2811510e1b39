package transfer

import (
	"context"
	"testing"

	"comanda/storage"
)

// sized is a table of endless records of one size.
type sized struct {
	storage.Store
	doc    []byte
	limits []int
}

func (s *sized) Scan(_ context.Context, _ string, _ storage.Cursor, limit int) (storage.Page, error) {
	s.limits = append(s.limits, limit)
	page := storage.Page{Records: make([]storage.Record, limit), Next: "on"}
	for i := range page.Records {
		page.Records[i].Doc = s.doc
	}
	return page, nil
}

func TestPagesAreLongForSmallRecordsAndShortForLargeOnes(t *testing.T) {
	for size, want := range map[int]int{0: storage.MaxPage, 500: storage.MaxPage, 3_000: 400, storage.MaxDoc: 12} {
		s := &sized{doc: make([]byte, size)}
		scan := newScanner(s, "things")
		for range 10 {
			if _, err := scan.page(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.limits[9]; got != want {
			t.Errorf("records of %d bytes: got pages of %v, want %d in the end", size, s.limits, want)
		}
	}
}
