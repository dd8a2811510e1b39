package dynamo

import (
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"comanda/storage"
)

// Limits of DynamoDB, in bytes: of an item together with its entries in local
// indexes, and of all items of a transaction. Documents within the limits of
// [storage] exceed them only when they consist of next to nothing but tiny values,
// which take more room on DynamoDB than in JSON.
const (
	maxItem        = 400 << 10
	maxTransaction = 4 << 20
)

// itemSize returns what DynamoDB counts for an item (developer guide, "Item
// sizes and formats"), from which it also computes capacity units.
func itemSize(it item) int {
	n := 0
	for name, v := range it {
		n += len(name) + valueSize(v)
	}
	return n
}

func valueSize(v types.AttributeValue) int {
	const container, element = 3, 1
	switch v := v.(type) {
	case *types.AttributeValueMemberM:
		return container + len(v.Value)*element + itemSize(v.Value)
	case *types.AttributeValueMemberL:
		n := container + len(v.Value)*element
		for _, e := range v.Value {
			n += valueSize(e)
		}
		return n
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return numberSize(v.Value)
	case *types.AttributeValueMemberB:
		return len(v.Value)
	}
	return 1
}

// numberSize is an upper bound: a byte for two digits, which fall into pairs by
// the decimal point, one for the power, and one for a minus.
func numberSize(text string) int {
	digits, power := decimal(text)
	n := 1 + (digits+1)/2
	if digits%2 == 0 && power%2 == 0 && digits > 0 {
		n++
	}
	if text[0] == '-' {
		n++
	}
	return n
}

// checkSize refuses an item that DynamoDB would refuse. Entries of local indexes,
// which hold the keys, count as well.
func (t *table) checkSize(it item) error {
	n := itemSize(it)
	for _, ix := range t.indexes {
		if entry, ok := it[ix.Sort]; ok && !ix.Global {
			n += itemSize(item{t.decl.Partition: it[t.decl.Partition], t.decl.Sort: it[t.decl.Sort], ix.Sort: entry})
		}
	}
	if n > maxItem {
		return &storage.LimitError{What: "item on DynamoDB in bytes", Got: n, Limit: maxItem}
	}
	return nil
}
