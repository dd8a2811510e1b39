package order

import (
	"archive/zip"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // as the program has it
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// TestADayBeginsAtItsFirstMoment has zones whose clocks jump at midnight, on the
// day when they do, and some that are odd in another way.
func TestADayBeginsAtItsFirstMoment(t *testing.T) {
	for _, tc := range []struct{ zone, day, begin, end, what string }{
		{"UTC", "2026-03-14", "2026-03-14T00:00:00Z", "2026-03-15T00:00:00Z", "an ordinary day"},
		{"Europe/Madrid", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "23 hours, by a gap at two"},
		{"Europe/Madrid", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "25 hours, by an hour twice at two"},
		{"America/Santiago", "2026-09-05", "2026-09-05T04:00:00Z", "2026-09-06T04:00:00Z", "the day before a gap at midnight"},
		{"America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z", "a gap at midnight"},
		{"America/Santiago", "2026-04-04", "2026-04-04T03:00:00Z", "2026-04-05T04:00:00Z", "25 hours, by the hour before midnight twice"},
		{"America/Asuncion", "2023-10-01", "2023-10-01T04:00:00Z", "2023-10-02T03:00:00Z", "a gap at midnight"},
		{"America/Havana", "2026-03-08", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", "a gap at midnight"},
		{"America/Havana", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", "midnight twice, from one back to it"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z", "a gap at midnight"},
		{"Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z", "a gap at midnight"},
		{"Asia/Beirut", "2026-10-24", "2026-10-23T21:00:00Z", "2026-10-24T22:00:00Z", "the hour before midnight twice"},
		{"Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z", "a gap at midnight"},
		{"Asia/Tehran", "2022-03-22", "2022-03-21T20:30:00Z", "2022-03-22T19:30:00Z", "a gap at midnight, half an hour off"},
		{"Asia/Amman", "2022-02-25", "2022-02-24T22:00:00Z", "2022-02-25T21:00:00Z", "a gap at midnight, in which the zone then stayed"},
		{"Atlantic/Azores", "2026-03-29", "2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z", "a gap at midnight by way of UTC"},
		{"America/Scoresbysund", "2024-03-31", "2024-03-31T01:00:00Z", "2024-04-01T01:00:00Z", "another offset for good, which leaves the hour out"},
		{"America/St_Johns", "2011-11-06", "2011-11-06T02:30:00Z", "2011-11-07T03:30:00Z", "one past midnight back to the day before"},
		{"Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "the day before a day that wasn't"},
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z", "a day that wasn't"},
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z", "the day after it"},
		{"Pacific/Kiritimati", "2026-01-01", "2025-12-31T10:00:00Z", "2026-01-01T10:00:00Z", "the first of all zones"},
		{"Etc/GMT+12", "2026-01-01", "2026-01-01T12:00:00Z", "2026-01-02T12:00:00Z", "the last of all zones"},
	} {
		t.Run(tc.zone+", "+tc.what, func(t *testing.T) {
			z := zone(t, tc.zone)
			d, err := ParseDay(tc.day)
			if err != nil {
				t.Fatal(err)
			}
			begin, end := d.Begin(z).UTC().Format(time.RFC3339), d.Add(1).Begin(z).UTC().Format(time.RFC3339)
			if begin != tc.begin || end != tc.end {
				t.Errorf("%s: got %s to %s, want %s to %s", tc.day, begin, end, tc.begin, tc.end)
			}
			if got := DayOf(d.Begin(z), z); begin != end && got != d {
				t.Errorf("its first moment is in %s", got)
			}
			if got := DayOf(d.Begin(z).Add(-time.Nanosecond), z); got == d {
				t.Error("the moment before is in it, too")
			}
		})
	}
}

// TestDaysTileTheTime holds for every zone there is: days follow each other without a
// gap and without overlap, and each moment is in the day whose span it is in, which is the
// one that clocks show, but where they were set back over midnight.
func TestDaysTileTheTime(t *testing.T) {
	random := rand.New(rand.NewPCG(2026, 9))
	days := 0
	for _, name := range zoneNames(t) {
		z := zone(t, name)
		sampled := changeDays(z)
		for range 25 {
			sampled = append(sampled, Day{2000 + random.IntN(41), time.January, 1}.Add(random.IntN(365)))
		}
		for _, d := range sampled {
			days++
			checkDay(t, random, name, z, d)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("looked at %d days", days)
}

func checkDay(t *testing.T, random *rand.Rand, name string, z *time.Location, d Day) {
	t.Helper()
	begin, end := d.Begin(z), d.Add(1).Begin(z)
	span := end.Sub(begin)
	if span < 0 || span > 49*time.Hour {
		t.Errorf("%s: %s takes %v", name, d, span)
		return
	}
	if before := begin.Add(-time.Second).In(z).Format(time.DateOnly); before >= d.String() {
		t.Errorf("%s: before %s begins at %v, clocks show %s", name, d, begin, before)
	}
	if span == 0 {
		if shown := begin.In(z).Format(time.DateOnly); shown <= d.String() {
			t.Errorf("%s: %s is empty, and clocks then show %s", name, d, shown)
		}
		return
	}
	moments := []time.Time{begin, end.Add(-1), begin.Add(time.Duration(random.Int64N(int64(span))))}
	for _, at := range moments {
		if got := DayOf(at, z); got != d {
			t.Errorf("%s: %v is in %s, and in the span of %s", name, at.In(z), got, d)
		}
	}
	if shown := begin.In(z).Format(time.DateOnly); shown != d.String() {
		t.Errorf("%s: when %s begins at %v, clocks show %s", name, d, begin, shown)
	}
	if got, want := DayOf(end, z), d.Add(1); got != want && end.Before(want.Add(1).Begin(z)) {
		t.Errorf("%s: the end of %s is in %s, want %s", name, d, got, want)
	}
}

// changeDays returns the days around each change of the zone's clocks from 2000 to 2040.
func changeDays(z *time.Location) []Day {
	var out []Day
	last := time.Date(2041, 1, 1, 0, 0, 0, 0, time.UTC)
	for at := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).In(z); ; {
		_, end := at.ZoneBounds()
		if end.IsZero() || end.After(last) {
			return out
		}
		d := dayOn(end)
		out = append(out, d.Add(-2), d.Add(-1), d, d.Add(1))
		if !end.After(at) { // golang/go#81583
			end = at.Add(24 * time.Hour)
		}
		at = end
	}
}

// zoneNames returns the zones that Go has.
func zoneNames(t *testing.T) []string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatalf("go env GOROOT: %v", err)
	}
	archive, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	var names []string
	for _, f := range archive.File {
		if !strings.HasSuffix(f.Name, "/") {
			names = append(names, f.Name)
		}
	}
	if len(names) < 400 {
		t.Fatalf("got %d zones, want more than 400", len(names))
	}
	return names
}

func TestAMomentIsATimeOrADay(t *testing.T) {
	santiago := zone(t, "America/Santiago")
	for _, tc := range []struct{ text, time, day string }{
		{"2026-09-06", "2026-09-06T04:00:00Z", "2026-09-06"},
		{"2026-09-07", "2026-09-07T03:00:00Z", "2026-09-07"},
		{"2026-09-06T03:59:59Z", "2026-09-06T03:59:59Z", "2026-09-05"},
		{"2026-09-06t04:00:00z", "2026-09-06T04:00:00Z", "2026-09-06"},
		{"2026-09-06t01:00:00.5-03:00", "2026-09-06T04:00:00.5Z", "2026-09-06"},
		{"2026-09-06T00:30:00-04:00", "2026-09-06T04:30:00Z", "2026-09-06"},
	} {
		m, err := ParseMoment(tc.text)
		if err != nil {
			t.Errorf("%s: %v", tc.text, err)
			continue
		}
		if at, day := m.Time(santiago).UTC().Format(time.RFC3339Nano), m.Day(santiago).String(); at != tc.time || day != tc.day || m.IsZero() {
			t.Errorf("%s: got %s on %s, want %s on %s", tc.text, at, day, tc.time, tc.day)
		}
	}
	for _, bad := range []string{"", "yesterday", "2026-02-30", "2026-9-6", "20260906", "2026-09-06 03:00:00Z", "2026-09-06T03:00:00", "1738324800", "12026-01-01", "2026-09-06z"} {
		if m, err := ParseMoment(bad); err == nil || !m.IsZero() {
			t.Errorf("%q: got %v, %v, want an error", bad, m, err)
		}
	}
	if !(Moment{}).IsZero() || !At(time.Time{}).IsZero() || At(noon).IsZero() {
		t.Error("the zero moment isn't told from others")
	}
}

func TestDaysAreCountedByTheCalendar(t *testing.T) {
	for _, tc := range []struct {
		day  string
		n    int
		want string
	}{{"2026-12-31", 1, "2027-01-01"}, {"2024-02-28", 1, "2024-02-29"}, {"2026-03-01", -1, "2026-02-28"}, {"2026-01-31", 366, "2027-02-01"}, {"0001-01-01", 739_646, "2026-01-31"}} {
		d, err := ParseDay(tc.day)
		if got := d.Add(tc.n); err != nil || got.String() != tc.want || d.Until(got) != tc.n {
			t.Errorf("%s and %d days: got %s, %v, %d days later, want %s", tc.day, tc.n, got, err, d.Until(got), tc.want)
		}
	}
	if got := fmt.Sprint(Day{2026, time.March, 4}); got != "2026-03-04" {
		t.Errorf("got %s", got)
	}
}
