package pool

import "errors"

// Code is the name of an error in the Cognito user pools API.
type Code string

// The codes that this package answers, named as in the service model.
const (
	CodeAliasExists           Code = "AliasExistsException"
	CodeCodeDeliveryFailure   Code = "CodeDeliveryFailureException"
	CodeCodeMismatch          Code = "CodeMismatchException"
	CodeExpiredCode           Code = "ExpiredCodeException"
	CodeGroupExists           Code = "GroupExistsException"
	CodeInvalidParameter      Code = "InvalidParameterException"
	CodeInvalidPassword       Code = "InvalidPasswordException"
	CodeLimitExceeded         Code = "LimitExceededException"
	CodeNotAuthorized         Code = "NotAuthorizedException"
	CodePasswordReset         Code = "PasswordResetRequiredException"
	CodeResourceNotFound      Code = "ResourceNotFoundException"
	CodeTooManyFailedAttempts Code = "TooManyFailedAttemptsException"
	CodeTooManyRequests       Code = "TooManyRequestsException"
	CodeUnsupportedTokenType  Code = "UnsupportedTokenTypeException"
	CodeUnsupportedUserState  Code = "UnsupportedUserStateException"
	CodeUserNotConfirmed      Code = "UserNotConfirmedException"
	CodeUserNotFound          Code = "UserNotFoundException"
	CodeUsernameExists        Code = "UsernameExistsException"
)

// Messages that are answered in more than one place, where a difference would
// tell an attacker something.
const (
	messageIncorrectSignIn = "Incorrect username or password."
	messageInvalidCode     = "Invalid verification code provided, please try again."
	messageExpiredCode     = "Invalid code provided, please request a code again."
	messageRevokedAccess   = "Access Token has been revoked"
	messageExpiredSession  = "Invalid session for the user, session is expired."
	messageTooManyRequests = "Too many requests"
)

// Error is a refusal that the caller may see. Message is in the words of the
// Cognito API, because clients are known to compare them, and holds no personal
// data. Any other error of this package comes from the store or the sender and
// is not for callers.
type Error struct {
	Code    Code
	Message string
}

// Error returns the code and the message.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Is reports whether target is an [*Error] with the same code, so that
// errors.Is(err, &Error{Code: CodeUserNotFound}) asks for a kind of refusal.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && (t.Message == "" || t.Message == e.Message)
}

func invalidParameter(message string) error {
	return &Error{CodeInvalidParameter, message}
}

func notAuthorized(message string) error {
	return &Error{CodeNotAuthorized, message}
}

func userNotFound() error {
	return &Error{CodeUserNotFound, "User does not exist."}
}

// passwordLimit refuses a password because of the wrong ones before it.
func passwordLimit() error { return notAuthorized("Password attempts exceeded") }

// attemptLimit refuses what was tried too often.
func attemptLimit() error {
	return &Error{CodeLimitExceeded, "Attempt limit exceeded, please try after some time."}
}

func tooManyRequests() error {
	return &Error{CodeTooManyRequests, messageTooManyRequests}
}

// causedError is an answer to the caller that also has the error behind it, for
// the log.
type causedError struct {
	answer Error
	cause  error
}

func (e *causedError) Error() string   { return e.answer.Error() + " " + e.cause.Error() }
func (e *causedError) Unwrap() []error { return []error{&e.answer, e.cause} }

// Cause returns what is behind the answer err to a caller, for the log, or nil
// when the answer says it all.
func Cause(err error) error {
	if e, ok := errors.AsType[*causedError](err); ok {
		return e.cause
	}
	return nil
}
