package pool

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"comanda/identity"
	"comanda/storage"
)

const maxUsername = 128 // characters

// isSub reports whether text has the form of a sub in the spelling that is used
// for new users.
func isSub(text string) bool {
	id, err := uuid.Parse(text)
	return err == nil && strings.EqualFold(id.String(), text)
}

// checkUsername refuses what can't be a new user's name. A name in the form of a
// sub is refused because operations accept a sub in a username's place.
func checkUsername(username string) error {
	n := utf8.RuneCountInString(username)
	switch {
	case n == 0 || n > maxUsername || !utf8.ValidString(username):
		return invalidParameter("Username should be 1 to 128 characters.")
	case strings.ContainsFunc(username, func(r rune) bool { return !isNameRune(r) }):
		return invalidParameter("Username should have no spaces and no control characters.")
	case isSub(username):
		return invalidParameter("Username should not have the form of a UUID.")
	case strings.Contains(username, "@") && !identity.IsEmail(username):
		return invalidParameter("Username should be an email.")
	case len(identity.Fold(username)) > storage.MaxPartition:
		return invalidParameter("Username is too long.")
	}
	return nil
}

// isNameRune reports whether the service model's pattern for names has r:
// letters, marks, symbols, numbers and punctuation.
func isNameRune(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.S, unicode.N, unicode.P)
}
