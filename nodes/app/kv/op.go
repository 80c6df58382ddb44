// Package kv is a replicated state machine that maps keys to values: get, put,
// compare-and-set and delete. It is the register that linearizability checkers
// know how to judge. A key can also count (increment) and hold a list (append),
// whose elements show the order in which they were added.
package kv

import (
	"strconv"

	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/internal/wire"
)

// Kind says what an operation does.
type Kind uint8

// The kinds of operations.
const (
	KindGet       Kind = iota + 1 // tell the value of a key
	KindPut                       // give a key a value
	KindCAS                       // give a key a new value if it has the old one
	KindDelete                    // remove a key
	KindIncrement                 // add to the number that a key has, 0 if it has none
	KindAppend                    // add an element to the list that a key has, with a comma between
)

// Op is an operation in readable form.
type Op struct {
	Kind  Kind
	Key   string
	Old   string // KindCAS
	Value string // KindPut; KindCAS: the new one; KindIncrement: how much; KindAppend: the element
}

// Get returns the operation that tells the value of a key.
func Get(key string) []byte { return wire.AppendText([]byte{byte(KindGet)}, key) }

// Put returns the operation that gives a key a value.
func Put(key, value string) []byte {
	return wire.AppendText(wire.AppendText([]byte{byte(KindPut)}, key), value)
}

// CAS returns the operation that gives a key a new value if it has the old one
// (compare and set). A key without a value has none that could match.
func CAS(key, old, value string) []byte {
	b := wire.AppendText([]byte{byte(KindCAS)}, key)
	return wire.AppendText(wire.AppendText(b, old), value)
}

// Delete returns the operation that removes a key and its value.
func Delete(key string) []byte { return wire.AppendText([]byte{byte(KindDelete)}, key) }

// Increment returns the operation that adds to the number that a key has. It is
// refused if the key has something else, or the sum does not fit 64 bits.
func Increment(key string, by int64) []byte {
	b := wire.AppendText([]byte{byte(KindIncrement)}, key)
	return wire.AppendText(b, strconv.FormatInt(by, 10))
}

// Append returns the operation that adds an element to the list that a key has.
func Append(key, element string) []byte {
	return wire.AppendText(wire.AppendText([]byte{byte(KindAppend)}, key), element)
}

// Parse reads an operation. The only error is [app.ErrMalformed].
func Parse(body []byte) (Op, error) {
	o, err := parse(body)
	if err != nil {
		return Op{}, err
	}
	return Op{o.kind, string(o.key), string(o.old), string(o.value)}, nil
}

// op is an Op whose texts are parts of the bytes it was read from.
type op struct {
	kind            Kind
	key, old, value []byte
}

func parse(body []byte) (op, error) {
	r := wire.Read(body)
	o := op{kind: Kind(r.Byte()), key: r.Text()}
	switch o.kind {
	case KindGet, KindDelete:
	case KindPut, KindAppend:
		o.value = r.Text()
	case KindIncrement:
		o.value = r.Text()
		if _, ok := number(string(o.value)); !ok {
			r.Fail()
		}
	case KindCAS:
		o.old, o.value = r.Text(), r.Text()
	default:
		return op{}, app.ErrMalformed
	}
	return o, r.End()
}

// number reads a number in the only form that it is written in.
func number(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == text
}
