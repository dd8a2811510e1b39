package payload

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits of one document. The size in bytes is the transport's to limit.
const (
	MaxDepth  = 32
	MaxValues = 10_000 // keeps the tree of a 256 KiB body under a few megabytes
)

// Parse reads body as one JSON value. What is wrong goes to report; the value
// is nil when the text could not be read to its end, and report then says why.
func Parse(body []byte, report *Report) *Value {
	if len(bytes.TrimSpace(body)) == 0 {
		report.add("$", "is empty: send one JSON object")
		return nil
	}
	if !utf8.Valid(body) {
		report.add("$", "is not valid UTF-8 (first wrong byte at %d)", firstInvalid(body))
		return nil
	}
	p := parser{report: report, dec: jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true))}
	root := &Value{report: report}
	err := p.value(root)
	if err == nil {
		if _, err = p.dec.ReadToken(); err == nil {
			err = errTrailing
		} else if errors.Is(err, io.EOF) {
			return root
		}
	}
	p.explain(err)
	return nil
}

var (
	errTrailing = errors.New("continues after its end: send one JSON object")
	errDeep     = errors.New("is nested too deep")
	errMany     = errors.New("has too many values")
)

type parser struct {
	report *Report
	dec    *jsontext.Decoder
	count  int
}

// value reads the next value into v, which already knows where it stands.
func (p *parser) value(v *Value) error {
	if p.count++; p.count > MaxValues {
		return errMany
	}
	tok, err := p.dec.ReadToken()
	if err != nil {
		return err
	}
	switch tok.Kind() {
	case 'n':
		v.kind = null
	case 't', 'f':
		v.kind = boolean
	case '"':
		v.kind, v.text = text, tok.String()
	case '0':
		v.kind, v.text = number, tok.String()
	case '[':
		v.kind = array
		return p.children(v, ']')
	case '{':
		v.kind = object
		return p.children(v, '}')
	}
	return nil
}

func (p *parser) children(v *Value, end jsontext.Kind) error {
	if p.dec.StackDepth() > MaxDepth {
		return errDeep
	}
	var seen map[string]bool
	for p.dec.PeekKind() != end {
		child := &Value{parent: v, index: len(v.values), report: p.report}
		if v.kind == object {
			tok, err := p.dec.ReadToken()
			if err != nil {
				return err
			}
			child.key = tok.String()
		}
		if err := p.value(child); err != nil {
			return err
		}
		if v.kind == object {
			if seen = remember(seen, v.keys); contains(seen, v.keys, child.key) {
				child.Reject("occurs more than once in its object")
				continue
			}
			if seen != nil {
				seen[child.key] = true
			}
			v.keys = append(v.keys, child.key)
		}
		v.values = append(v.values, child)
	}
	_, err := p.dec.ReadToken()
	return err
}

// remember switches from scanning keys to a map when an object is large, so
// that a hostile body costs linear time.
func remember(seen map[string]bool, keys []string) map[string]bool {
	if seen != nil || len(keys) < 24 {
		return seen
	}
	seen = make(map[string]bool, 2*len(keys))
	for _, k := range keys {
		seen[k] = true
	}
	return seen
}

func contains(seen map[string]bool, keys []string, key string) bool {
	if seen != nil {
		return seen[key]
	}
	for _, k := range keys {
		if k == key {
			return true
		}
	}
	return false
}

// explain reports why the text could not be read to its end.
func (p *parser) explain(err error) {
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, errTrailing):
		p.report.add("$", "%s", errTrailing)
	case errors.Is(err, errDeep):
		p.report.add("$", "is nested deeper than %d levels", MaxDepth)
	case errors.Is(err, errMany):
		p.report.add("$", "has more than %d values", MaxValues)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		p.report.add("$", "ends too early: it is not complete JSON")
	case errors.As(err, &syntax):
		p.report.add("$", "is not valid JSON at byte %d: %s", syntax.ByteOffset, syntax.Err)
	default:
		p.report.add("$", "is not valid JSON")
	}
}

func firstInvalid(body []byte) int {
	for i := 0; i < len(body); {
		r, n := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(body)
}
