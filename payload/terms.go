package payload

// Terms are the conditions of a request that go beyond what it asks for. The service
// that does the request decides on them in the same moment as on the change.
type Terms struct {
	// Unless reports whether the caller wants nothing changed that has this version;
	// 0 is the version of what isn't there. nil: the caller wants it whatever the version is.
	Unless func(version int) bool

	// Objection is what rules for new content have against the request; nil: nothing.
	Objection *Objection
}

// None reports whether there are no conditions.
func (t Terms) None() bool { return t.Unless == nil && t.Objection == nil }

// Excludes reports whether the caller wants nothing changed that has this version.
func (t Terms) Excludes(version int) bool { return t.Unless != nil && t.Unless(version) }

// Objection is what rules for new content have against a document. It is no
// refusal yet: who stored something in the same words, before there was the rule or while a setting was
// less strict, may repeat it and be answered as before. So the service, which knows what is stored, decides with
// [Objection.Err]. A nil Objection is none.
type Objection struct {
	findings []finding
}

// Err returns an [*Invalid] for what is objected to, or nil. Text that has reports
// to be stored already is left out of it; nil: nothing is stored.
func (o *Objection) Err(has func(text string) bool) error {
	if o == nil {
		return nil
	}
	var left []finding
	for _, f := range o.findings {
		if has == nil || f.text == "" || !has(f.text) {
			left = append(left, f)
		}
	}
	if len(left) == 0 {
		return nil
	}
	return invalid(left, 0)
}
