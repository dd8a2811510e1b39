package telemetry

import (
	"log/slog"
	"slices"
	"time"
)

// taken goes in front of the key of an attribute that occurs earlier in the line.
const taken = "attr_"

// object collects the members of a JSON object. No key occurs twice, because readers
// of such lines drop one of the two, or the whole line.
type object struct{ members []slog.Attr }

// add adds attributes, as slog would: groups without a name are part of the object,
// and empty attributes and groups are left out. Durations, which slog writes as bare
// nanoseconds, get their unit.
func (o *object) add(attrs ...slog.Attr) {
	for _, a := range attrs {
		a.Value = a.Value.Resolve()
		switch {
		case a.Equal(slog.Attr{}):
			continue
		case a.Value.Kind() == slog.KindGroup && a.Key == "":
			o.add(a.Value.Group()...)
			continue
		case a.Value.Kind() == slog.KindGroup:
			var inner object
			inner.add(a.Value.Group()...)
			if len(inner.members) == 0 {
				continue
			}
			a.Value = slog.GroupValue(inner.members...)
		case a.Value.Kind() == slog.KindDuration:
			a = slog.Float64(a.Key+"_ms", float64(a.Value.Duration())/float64(time.Millisecond))
		}
		for o.has(a.Key) {
			a.Key = taken + a.Key
		}
		o.members = append(o.members, a)
	}
}

func (o *object) has(key string) bool {
	return slices.ContainsFunc(o.members, func(a slog.Attr) bool { return a.Key == key })
}
