package cognito

import (
	"context"
	"errors"
	"net/http"

	"comanda/pool"
	"comanda/storage"
)

// refusal is an error of the protocol itself, as opposed to one of the pool.
type refusal struct {
	code    string
	message string
}

func (e *refusal) Error() string { return e.code + ": " + e.message }

// Codes of refusals that come before an operation is run.
const (
	codeInternal              = "InternalErrorException"
	codeIncompleteSignature   = "IncompleteSignatureException"
	codeInvalidParameter      = "InvalidParameterException"
	codeInvalidSignature      = "InvalidSignatureException"
	codeMissingAuthentication = "MissingAuthenticationTokenException"
	codeRequestTooLarge       = "RequestEntityTooLargeException"
	codeResourceNotFound      = "ResourceNotFoundException"
	codeSerialization         = "SerializationException"
	codeUnknownOperation      = "UnknownOperationException"
	codeUnrecognizedClient    = "UnrecognizedClientException"
)

// answer is an error as the client sees it.
type answer struct {
	status  int
	code    string
	message string
}

// answerTo turns an error into what the client sees. Whatever isn't a refusal
// is answered without its text, and logged is then true.
func answerTo(err error) (a answer, logged bool) {
	var (
		byProtocol *refusal
		byPool     *pool.Error
	)
	switch {
	case errors.As(err, &byProtocol):
		status := http.StatusBadRequest
		if byProtocol.code == codeRequestTooLarge {
			status = http.StatusRequestEntityTooLarge
		}
		return answer{status, byProtocol.code, byProtocol.message}, false
	case errors.As(err, &byPool):
		// What has an error behind it, such as a code that couldn't be sent, is the
		// caller's answer and our trouble.
		return answer{http.StatusBadRequest, string(byPool.Code), byPool.Message}, pool.Cause(err) != nil
	case errors.Is(err, storage.ErrFull): // which the store has logged, once
		return answer{http.StatusInternalServerError, codeInternal, "Nothing can be stored at the moment, please try again later."}, false
	case errors.Is(err, storage.ErrBusy), errors.Is(err, context.DeadlineExceeded):
		return answer{http.StatusInternalServerError, codeInternal, "The service is busy, please try again."}, true
	default:
		return answer{http.StatusInternalServerError, codeInternal, "Something went wrong, please try again."}, true
	}
}
