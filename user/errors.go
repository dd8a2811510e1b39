package user

import (
	"errors"
	"fmt"
)

var (
	// ErrNotFound says that there is no profile under the id, or none any more.
	ErrNotFound = errors.New("there is no such user")

	// ErrExists says that the id is taken, by a profile or by one that was deleted.
	ErrExists = errors.New("a user with this userid exists, or existed and was deleted: use another userid, or none")

	// ErrReused says that an idempotency key was used before with other content.
	ErrReused = errors.New("the idempotency key was already used for a user with other content: use a new one")

	// ErrPrecondition says that the profile's version isn't one that the caller
	// made a condition.
	ErrPrecondition = errors.New("the user was changed since: read it again, and send its ETag in If-Match")
)

// TakenError says that another user has the e-mail address or username.
type TakenError struct {
	Field string // email or username
}

func (e *TakenError) Error() string {
	return "the " + e.Field + " belongs to another user: use another one"
}

// UnreadableError says that a stored profile can't be read: other software wrote
// it, or a later release, or something has damaged it. It is nothing that a caller can help.
type UnreadableError struct {
	UserID string
	Err    error // what is wrong with the document
}

func (e *UnreadableError) Error() string {
	return fmt.Sprintf("stored user %.64q can't be read: %v", e.UserID, e.Err)
}

// Unwrap returns what is wrong with the document.
func (e *UnreadableError) Unwrap() error { return e.Err }
