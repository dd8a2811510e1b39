package report

import (
	"testing"
	"time"

	"comanda/order"
)

// bound reads a bound of a report. "" is none.
func bound(t *testing.T, text string) order.Moment {
	t.Helper()
	if text == "" {
		return order.Moment{}
	}
	m, err := order.ParseMoment(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAReportIsOfTheDaysThatItsBoundsName(t *testing.T) {
	for _, tc := range []struct{ name, zone, now, from, to, wantFrom, wantTo string }{
		{"a day whose midnight doesn't exist", "America/Santiago", "2026-10-01T12:00:00Z", "2026-09-06", "2026-09-07", "2026-09-06", "2026-09-07"},
		{"the day before it", "America/Santiago", "2026-10-01T12:00:00Z", "2026-09-05", "2026-09-06", "2026-09-05", "2026-09-06"},
		{"a day whose midnight comes twice", "America/Havana", "2026-12-01T12:00:00Z", "2026-11-01", "2026-11-02", "2026-11-01", "2026-11-02"},
		{"until tomorrow, whose midnight doesn't exist", "America/Santiago", "2026-09-05T04:30:00Z", "2026-09-05", "", "2026-09-05", "2026-09-06"},
		{"until tomorrow, which comes twice an hour before midnight", "America/Santiago", "2026-04-05T03:30:00Z", "2026-04-04", "", "2026-04-04", "2026-04-05"},
		{"a day that wasn't", "Pacific/Apia", "2012-02-01T12:00:00Z", "2011-12-30", "2011-12-31", "2011-12-30", "2011-12-31"},
		{"until tomorrow, which won't be", "Pacific/Apia", "2011-12-29T22:00:00Z", "2011-12-29", "", "2011-12-29", "2011-12-30"},
		{"times on days", "America/Santiago", "2026-10-01T12:00:00Z", "2026-09-06T03:59:59Z", "2026-09-06T04:00:00Z", "2026-09-05", "2026-09-06"},
		{"the last 31 days", "America/Santiago", "2026-10-06T03:30:00Z", "", "", "2026-09-06", "2026-10-07"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			zone := mustZone(tc.zone)
			now, err := time.Parse(time.RFC3339, tc.now)
			if err != nil {
				t.Fatal(err)
			}
			got, err := daysOf(Query{From: bound(t, tc.from), To: bound(t, tc.to)}, now, zone)
			if want := (days{tc.wantFrom, tc.wantTo, tc.from != ""}); err != nil || got != want {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		})
	}
}

// TestADateIsThatDayInWhicheverZoneDaysWereCounted is about a setting that has changed since.
func TestADateIsThatDayInWhicheverZoneDaysWereCounted(t *testing.T) {
	now := time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)
	for _, name := range []string{"UTC", "Pacific/Kiritimati", "Etc/GMT+12"} {
		got, err := daysOf(Query{From: bound(t, "2026-09-06"), To: bound(t, "2026-09-07")}, now, mustZone(name))
		if want := (days{"2026-09-06", "2026-09-07", true}); err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, want)
		}
	}
}

func TestDaysHaveYearsOfFourDigits(t *testing.T) {
	kiritimati, now := mustZone("Pacific/Kiritimati"), time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)
	for _, tc := range []struct{ from, to, want string }{
		{"9999-12-31T23:59:59Z", "", "from is out of range: days have years of four digits"},
		{"2026-01-01", "9999-12-31T23:59:59Z", "to is out of range: days have years of four digits"},
		{"0001-01-02", "2026-01-01", "from and to are 739615 days apart, and one report has 366 at most: ask for parts"},
	} {
		if _, err := daysOf(Query{From: bound(t, tc.from), To: bound(t, tc.to)}, now, kiritimati); err == nil || err.Error() != tc.want {
			t.Errorf("%s to %s: got %v, want %s", tc.from, tc.to, err, tc.want)
		}
	}
}
