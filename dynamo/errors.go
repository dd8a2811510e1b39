package dynamo

import (
	"errors"
	"io"
	"net"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

var (
	// ErrNoTable says that DynamoDB has no table of the name.
	ErrNoTable = errors.New("table is missing")

	// ErrOtherTable says that a table on DynamoDB has other keys than declared.
	ErrOtherTable = errors.New("table has other keys")

	// ErrNoIndex says that a query needs an index that the table was made
	// without.
	ErrNoIndex = errors.New("table lacks an index")

	// ErrNoStream says that the table has no stream with both images, which the
	// change feed needs.
	ErrNoStream = errors.New("table has no stream of new and old images")
)

// verdict is what a failed attempt means.
type verdict int

const (
	final          verdict = iota // an answer: another attempt gets the same
	notApplied                    // nothing was done, another attempt may succeed
	perhapsApplied                // no answer, or one that leaves it open
)

// Codes of errors without a throttled caller's fault. A transaction in progress
// with our token is an earlier attempt of ours.
const (
	codeInProgress    = "TransactionInProgressException"
	codeConflict      = "TransactionConflictException"
	codeReplicated    = "ReplicatedWriteConflictException"
	codeValidation    = "ValidationException"
	codeNoTable       = "ResourceNotFoundException"
	codeTableThere    = "ResourceInUseException"
	reasonNone        = "None"
	reasonCondition   = "ConditionalCheckFailed"
	reasonConflict    = "TransactionConflict"
	reasonThroughput  = "ProvisionedThroughputExceeded"
	reasonThrottled   = "ThrottlingError"
	statusUnknown     = 0
	statusServerError = http.StatusInternalServerError
)

var throttled = retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}

// judge says what an error of an attempt means. Sent reports whether any of
// the request may have left.
func judge(err error, sent bool) verdict {
	if canceled, ok := errors.AsType[*types.TransactionCanceledException](err); ok {
		return judgeReasons(canceled.CancellationReasons)
	}
	switch code := codeOf(err); {
	case code == codeInProgress:
		return perhapsApplied
	case code == codeConflict, code == codeReplicated, throttled.IsErrorThrottle(err) == aws.TrueTernary:
		return notApplied
	}
	switch status := statusOf(err); {
	case status == http.StatusTooManyRequests:
		return notApplied
	case status >= statusServerError:
		return perhapsApplied
	case status >= http.StatusBadRequest && interrupted(err):
		return notApplied // whatever it was: the next answer says it in full
	case status >= http.StatusBadRequest, neverSendable(err):
		return final
	case sent:
		return perhapsApplied
	}
	return notApplied
}

// judgeReasons says what a cancelled transaction means. It wasn't applied, but
// only some reasons go away.
func judgeReasons(reasons []types.CancellationReason) verdict {
	for _, r := range reasons {
		switch aws.ToString(r.Code) {
		case reasonNone, reasonConflict, reasonThroughput, reasonThrottled, "":
		default:
			return final
		}
	}
	return notApplied
}

// codeOf returns the code of an error that the service has answered, or "".
func codeOf(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

// statusOf returns the status of the answer, or 0 when there was none.
func statusOf(err error) int {
	if answer, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		return answer.HTTPStatusCode()
	}
	return statusUnknown
}

// interrupted reports whether an answer ended before it was complete, so that
// the reason for a refusal, and the record in the way, are lost.
func interrupted(err error) bool {
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, io.ErrUnexpectedEOF)
}

// neverSendable reports whether the SDK couldn't make a request of the input.
func neverSendable(err error) bool {
	_, serialization := errors.AsType[*smithy.SerializationError](err)
	_, parameters := errors.AsType[smithy.InvalidParamsError](err)
	return serialization || parameters
}
