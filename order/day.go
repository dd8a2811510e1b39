package order

import (
	"fmt"
	"strings"
	"time"

	"comanda/payload"
)

// Day is a day of the calendar. A business day is the day of an order's time in
// the zone of the installation.
type Day struct {
	Year  int
	Month time.Month
	Date  int // of the month
}

// ParseDay returns the day that is spelled as 2026-01-31.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Day{}, fmt.Errorf("%s is no day such as 2026-01-31", payload.Show(s))
	}
	return dayOn(t), nil
}

// DayOf returns the day in which a time is. In every zone each moment is in one day,
// and no day begins before the one before it: where clocks are set back over
// midnight, the new day has begun and doesn't end again.
func DayOf(t time.Time, zone *time.Location) Day {
	d := dayOn(t.In(zone))
	for next := d.Add(1); !next.Begin(zone).After(t); next = d.Add(1) {
		d = next
	}
	return d
}

func dayOn(t time.Time) Day {
	y, m, d := t.Date()
	return Day{y, m, d}
}

// String returns the day as 2026-01-31.
func (d Day) String() string { return d.midnight().Format(time.DateOnly) }

// Add returns the day n days later.
func (d Day) Add(n int) Day { return dayOn(d.midnight().AddDate(0, 0, n)) }

// Until returns how many days later another day is.
func (d Day) Until(other Day) int {
	return int((other.midnight().Unix() - d.midnight().Unix()) / (24 * 60 * 60))
}

// midnight returns the day's midnight where clocks never jump.
func (d Day) midnight() time.Time { return time.Date(d.Year, d.Month, d.Date, 0, 0, 0, 0, time.UTC) }

// furthest is more than any zone is from UTC, in either direction.
const furthest = 48 * time.Hour

// Begin returns the first moment of the day in a zone. That is midnight; where
// clocks jump over midnight, the moment of the jump; and where midnight
// comes twice, the first one. A day that the zone has skipped is empty: it begins when the
// next one does.
func (d Day) Begin(zone *time.Location) time.Time {
	midnight := d.midnight()
	for t := midnight.Add(-furthest); ; {
		local := t.In(zone)
		_, offset := local.Zone()
		begin, end := local.ZoneBounds()
		if !end.IsZero() && !end.After(t) {
			end = t.Add(24 * time.Hour) // on the last day of a leap year Go names an end that has passed: golang/go#81583
		}
		at := midnight.Add(-time.Duration(offset) * time.Second).In(zone)
		switch {
		case !end.IsZero() && !at.Before(end):
			t = end // clocks change before they show midnight
		case at.Before(begin):
			return begin // they show more already, since the change
		default:
			return at
		}
	}
}

// Moment is when something is, as callers say it: at a time, or on a day. The
// zero value is no moment.
type Moment struct {
	at  time.Time
	day Day
}

// At returns the moment of a time.
func At(t time.Time) Moment { return Moment{at: t} }

// ParseMoment reads a time of RFC 3339, with letters in either case, or a day.
func ParseMoment(s string) (Moment, error) {
	if t, err := time.Parse(time.RFC3339, strings.ToUpper(s)); err == nil {
		return At(t), nil
	}
	d, err := ParseDay(s)
	if err != nil {
		return Moment{}, fmt.Errorf("%s must be a time such as 2026-01-31T18:00:00Z, or a date such as 2026-01-31", payload.Show(s))
	}
	return Moment{day: d}, nil
}

// IsZero reports whether m is no moment.
func (m Moment) IsZero() bool { return m == Moment{} }

// Time returns the moment as a time: a day's is its first one.
func (m Moment) Time(zone *time.Location) time.Time {
	if m.day == (Day{}) {
		return m.at
	}
	return m.day.Begin(zone)
}

// Day returns the day in which the moment is.
func (m Moment) Day(zone *time.Location) Day {
	if m.day == (Day{}) {
		return DayOf(m.at, zone)
	}
	return m.day
}
