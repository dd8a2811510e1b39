package acceptance

import (
	"slices"
	"testing"
	"time"
)

// jump is when clocks in Santiago went from midnight to one on 2026-09-06.
var jump = time.Date(2026, time.September, 6, 4, 0, 0, 0, time.UTC)

// dayScenarios are about a day whose midnight doesn't exist.
func dayScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{zone: "America/Santiago", follow: true})
	if clock := c.clock(); clock != nil {
		clock.Set(jump.Add(-30 * time.Minute))
	}
	u, admin := c.signUp(t, "ana"), c.signUp(t, "admin", "apiAdmins")
	for i, id := range []string{"d-0", "d-1", "d-2", "d-3", "d-4"} { // three of them on the sixth
		c.placeAt(t, u, named(id, soup), jump.Add(time.Duration(i-2)*10*time.Minute))
	}
	for query, wanted := range map[string][]string{
		"from=2026-09-06":                                   {"d-4", "d-3", "d-2"},
		"from=2026-09-06&to=2026-09-07":                     {"d-4", "d-3", "d-2"},
		"to=2026-09-06":                                     {"d-1", "d-0"},
		"from=2026-09-05&to=2026-09-06":                     {"d-1", "d-0"},
		"from=2026-09-05":                                   {"d-4", "d-3", "d-2", "d-1", "d-0"},
		"from=2026-09-07":                                   nil,
		"from=2026-09-06t00:00:00-04:00":                    {"d-4", "d-3", "d-2"},
		"from=2026-09-06T03:59:59z&to=2026-09-06t04:00:01Z": {"d-2"},
	} {
		s.scenario(t, "a list of a day that begins at one: "+query, func(t *testing.T) {
			if got := c.list(t, u, "?"+query); !slices.Equal(got, wanted) {
				t.Errorf("got %v, want %v", got, wanted)
			}
		})
	}
	m := &monitor{client: c, admin: admin}
	s.scenario(t, "a report of a day that begins at one has its takings once", func(t *testing.T) {
		m.until(t, "?from=2026-09-06&to=2026-09-07", fields{"from": "2026-09-06", "to": "2026-09-07", "orders.PLACED": 3, "revenue": 27, "days.#": 1, "days.0.date": "2026-09-06"})
		m.until(t, "?from=2026-09-05&to=2026-09-06", fields{"from": "2026-09-05", "to": "2026-09-06", "orders.PLACED": 2, "revenue": 18, "days.#": 1, "days.0.date": "2026-09-05"})
		m.until(t, "?from=2026-09-05&to=2026-09-07", fields{"orders.PLACED": 5, "revenue": 45, "days.#": 2})
		m.until(t, "?from=2026-09-06T00:00:00-04:00&to=2026-09-07", fields{"orders.PLACED": 3, "revenue": 27})
		m.until(t, "?from=2026-09-06T03:59:59z&to=2026-09-07", fields{"from": "2026-09-05", "orders.PLACED": 5})
	})
}
