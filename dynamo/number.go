package dynamo

import (
	"errors"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/go-json-experiment/json/jsontext"

	"comanda/storage"
)

// Bounds of a number on DynamoDB (developer guide, "Data types: Number"):
// significant digits, and powers of ten of the first of them.
const (
	maxDigits  = 38
	maxPower   = 125
	leastPower = -130
)

// encodeNumber returns the number of a JSON literal, or a [*storage.LimitError]
// when DynamoDB would refuse or round it.
func encodeNumber(text string) (types.AttributeValue, error) {
	digits, power := decimal(text)
	switch {
	case digits == 0:
		text = "0" // and not -0, or 0 with a power out of bounds
	case digits > maxDigits:
		return nil, &storage.LimitError{What: "digits of a number in a document", Got: digits, Limit: maxDigits}
	case power > maxPower:
		return nil, &storage.LimitError{What: "power of ten of a number in a document", Got: power, Limit: maxPower}
	case power < leastPower:
		return nil, &storage.LimitError{What: "negative power of ten of a number in a document", Got: -power, Limit: -leastPower}
	}
	return &types.AttributeValueMemberN{Value: text}, nil
}

// decimal returns how many significant digits a JSON number has, 0 for zero, and
// the power of ten of the first one.
func decimal(text string) (digits, power int) {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(strings.TrimPrefix(text, "-")), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	all := whole + fraction
	significant := strings.TrimLeft(all, "0")
	leading := len(all) - len(significant)
	significant = strings.TrimRight(significant, "0")
	// A number this long stays out of bounds whatever is added to it.
	const farOut = 1 << 30
	e, err := strconv.Atoi(exponent)
	if errors.Is(err, strconv.ErrRange) || e > farOut || e < -farOut {
		e = farOut
		if strings.HasPrefix(exponent, "-") {
			e = -farOut
		}
	}
	return len(significant), len(whole) - 1 - leading + e
}

var errNumber = errors.New("item has a number that JSON can't spell")

// appendNumber appends a number as DynamoDB spells it, which is JSON's way.
func appendNumber(b []byte, text string) ([]byte, error) {
	if v := jsontext.Value(text); v.Kind() != '0' || !v.IsValid() {
		return nil, errNumber
	}
	return append(b, text...), nil
}
