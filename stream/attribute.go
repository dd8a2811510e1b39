package stream

import (
	"errors"
	"fmt"

	"github.com/aws/aws-lambda-go/events"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

// The three libraries have types of their own for one and the same thing. These
// functions turn two of them into the third.

func lambdaItem(m map[string]events.DynamoDBAttributeValue) (item, error) {
	return convertMap(m, lambdaValue)
}

func streamItem(m map[string]types.AttributeValue) (item, error) {
	return convertMap(m, streamValue)
}

func convertMap[V any](m map[string]V, convert func(V) (dynamotypes.AttributeValue, error)) (item, error) {
	if m == nil {
		return nil, nil
	}
	out := make(item, len(m))
	for name, v := range m {
		var err error
		if out[name], err = convert(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func convertList[V any](l []V, convert func(V) (dynamotypes.AttributeValue, error)) ([]dynamotypes.AttributeValue, error) {
	out := make([]dynamotypes.AttributeValue, len(l))
	for i, v := range l {
		var err error
		if out[i], err = convert(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func lambdaValue(v events.DynamoDBAttributeValue) (dynamotypes.AttributeValue, error) {
	if v.IsNull() && v.DataType() != events.DataTypeNull {
		return nil, errors.New("it has an attribute without a value")
	}
	switch v.DataType() {
	case events.DataTypeMap:
		m, err := convertMap(v.Map(), lambdaValue)
		return &dynamotypes.AttributeValueMemberM{Value: m}, err
	case events.DataTypeList:
		l, err := convertList(v.List(), lambdaValue)
		return &dynamotypes.AttributeValueMemberL{Value: l}, err
	case events.DataTypeString:
		return &dynamotypes.AttributeValueMemberS{Value: v.String()}, nil
	case events.DataTypeNumber:
		return &dynamotypes.AttributeValueMemberN{Value: v.Number()}, nil
	case events.DataTypeBoolean:
		return &dynamotypes.AttributeValueMemberBOOL{Value: v.Boolean()}, nil
	case events.DataTypeNull:
		return &dynamotypes.AttributeValueMemberNULL{Value: true}, nil
	case events.DataTypeBinary:
		return &dynamotypes.AttributeValueMemberB{Value: v.Binary()}, nil
	case events.DataTypeStringSet:
		return &dynamotypes.AttributeValueMemberSS{Value: v.StringSet()}, nil
	case events.DataTypeNumberSet:
		return &dynamotypes.AttributeValueMemberNS{Value: v.NumberSet()}, nil
	case events.DataTypeBinarySet:
		return &dynamotypes.AttributeValueMemberBS{Value: v.BinarySet()}, nil
	}
	return nil, fmt.Errorf("it has an attribute of the unknown type %d", v.DataType())
}

func streamValue(v types.AttributeValue) (dynamotypes.AttributeValue, error) {
	switch v := v.(type) {
	case *types.AttributeValueMemberM:
		m, err := convertMap(v.Value, streamValue)
		return &dynamotypes.AttributeValueMemberM{Value: m}, err
	case *types.AttributeValueMemberL:
		l, err := convertList(v.Value, streamValue)
		return &dynamotypes.AttributeValueMemberL{Value: l}, err
	case *types.AttributeValueMemberS:
		return &dynamotypes.AttributeValueMemberS{Value: v.Value}, nil
	case *types.AttributeValueMemberN:
		return &dynamotypes.AttributeValueMemberN{Value: v.Value}, nil
	case *types.AttributeValueMemberBOOL:
		return &dynamotypes.AttributeValueMemberBOOL{Value: v.Value}, nil
	case *types.AttributeValueMemberNULL:
		return &dynamotypes.AttributeValueMemberNULL{Value: v.Value}, nil
	case *types.AttributeValueMemberB:
		return &dynamotypes.AttributeValueMemberB{Value: v.Value}, nil
	case *types.AttributeValueMemberSS:
		return &dynamotypes.AttributeValueMemberSS{Value: v.Value}, nil
	case *types.AttributeValueMemberNS:
		return &dynamotypes.AttributeValueMemberNS{Value: v.Value}, nil
	case *types.AttributeValueMemberBS:
		return &dynamotypes.AttributeValueMemberBS{Value: v.Value}, nil
	}
	return nil, fmt.Errorf("it has an attribute of the unknown type %T", v)
}
