package acceptance

import (
	"time"

	"comanda/storagetest"
)

// noon is when every movable clock begins.
var noon = time.Date(2026, time.January, 31, 12, 0, 0, 0, time.UTC)

// clock stands still until it is moved.
type clock = storagetest.Clock

func newClock() *clock { return storagetest.NewClock(noon) }
