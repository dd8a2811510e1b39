// Package payload reads JSON that strangers send, strictly, and names
// everything that is wrong with it in one answer.
//
// [Parse] checks the text as a whole: well-formed, valid UTF-8, one value,
// nested at most [MaxDepth] deep, at most [MaxValues] values, no key twice in
// an object. Numbers stay text, so that no amount ever becomes a binary float.
// What it returns is a tree of [Value]; a domain package then reads its fields
// and calls [Value.Reject] for each rule that one breaks. All violations end up
// in one [Report], each with its JSON path, and [Report.Err] is the one error
// for all of them.
//
// Fields that the caller doesn't read are skipped, at any level: clients may send more
// than we know. Keys are case-sensitive.
package payload
