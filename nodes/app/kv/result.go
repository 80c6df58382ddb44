package kv

import (
	"errors"
	"strconv"
	"strings"
	"unicode"

	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/internal/wire"
)

// verdict is the first byte of a result.
type verdict byte

const (
	done    verdict = iota // put, cas, delete, append: as asked
	value                  // get: the value follows; increment: the sum
	absent                 // the key has no value
	differs                // cas, increment: the value that the key has instead follows
	notRead                // only a get can be asked of one server
	malformed
)

// ErrNotRead says that an operation that changes something was sent as a read.
var ErrNotRead = errors.New("not a read")

// Result is a result in readable form.
type Result struct {
	// OK says that it went as asked: false only for a compare-and-set that
	// found another value, or none, and for an increment that found no number.
	OK bool
	// Found says that the key had a value before; nothing for a put or an
	// append, which do not look, and for an increment that there is one now.
	Found bool
	// Value is the value found by a get, or by what is not OK; for an increment
	// that is, the sum.
	Value string
}

// ParseResult reads the result of the operation body. The error is
// [app.ErrMalformed], [app.ErrStale] or [ErrNotRead].
func ParseResult(body, result []byte) (Result, error) {
	if app.IsStale(result) {
		return Result{}, app.ErrStale
	}
	o, err := Parse(body)
	if err != nil {
		return Result{}, err
	}
	r := wire.Read(result)
	v := verdict(r.Byte())
	var res Result
	switch {
	case v == done && o.Kind != KindGet && o.Kind != KindIncrement:
		res = Result{OK: true, Found: o.looks()}
	case v == value && (o.Kind == KindGet || o.Kind == KindIncrement):
		res = Result{OK: true, Found: true, Value: string(r.Rest())}
	case v == absent && o.looks() && o.Kind != KindIncrement:
		res = Result{OK: o.Kind != KindCAS}
	case v == differs && (o.Kind == KindCAS || o.Kind == KindIncrement):
		res = Result{Found: true, Value: string(r.Rest())}
	case v == notRead && o.Kind != KindGet:
		return Result{}, ErrNotRead
	default:
		return Result{}, app.ErrMalformed
	}
	return res, r.End()
}

// Describe puts an operation and its result in words: "put x 1: ok", "cas x 1
// 2: refused, x is 3". Without a result (nil) it is the operation alone.
func Describe(body, result []byte) string {
	o, err := Parse(body)
	if err != nil {
		return "malformed operation"
	}
	words := o.String()
	if result == nil {
		return words
	}
	res, err := ParseResult(body, result)
	switch {
	case err != nil:
		return words + ": " + err.Error()
	case o.Kind == KindGet && res.Found, o.Kind == KindIncrement && res.OK:
		return words + ": " + word(res.Value)
	case !res.OK && res.Found:
		return words + ": refused, " + word(o.Key) + " is " + word(res.Value)
	case o.looks() && !res.Found:
		return words + ": not found"
	default:
		return words + ": ok"
	}
}

// looks reports whether the result of the operation depends on the value that
// the key had.
func (o Op) looks() bool { return o.Kind != KindPut && o.Kind != KindAppend }

// String returns "get x", "put x 1", "cas x 1 2", "delete x", "increment x 5" or
// "append x a".
func (o Op) String() string {
	switch o.Kind {
	case KindGet:
		return "get " + word(o.Key)
	case KindPut:
		return "put " + word(o.Key) + " " + word(o.Value)
	case KindCAS:
		return "cas " + word(o.Key) + " " + word(o.Old) + " " + word(o.Value)
	case KindIncrement:
		return "increment " + word(o.Key) + " " + o.Value
	case KindAppend:
		return "append " + word(o.Key) + " " + word(o.Value)
	default:
		return "delete " + word(o.Key)
	}
}

// word returns s, quoted unless it reads as one word.
func word(s string) string {
	odd := func(r rune) bool { return r == '"' || unicode.IsSpace(r) || !unicode.IsPrint(r) }
	if s == "" || strings.ContainsFunc(s, odd) {
		return strconv.Quote(s)
	}
	return s
}
