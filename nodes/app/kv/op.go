// Package kv is a replicated state machine that maps keys to values: get, put,
// compare-and-set and delete. It is the register that linearizability checkers
// know how to judge.
package kv

import (
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/internal/wire"
)

// Kind says what an operation does.
type Kind uint8

// The kinds of operations.
const (
	KindGet    Kind = iota + 1 // tell the value of a key
	KindPut                    // give a key a value
	KindCAS                    // give a key a new value if it has the old one
	KindDelete                 // remove a key
)

// Op is an operation in readable form.
type Op struct {
	Kind  Kind
	Key   string
	Old   string // KindCAS
	Value string // KindPut; KindCAS: the new one
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
	case KindPut:
		o.value = r.Text()
	case KindCAS:
		o.old, o.value = r.Text(), r.Text()
	default:
		return op{}, app.ErrMalformed
	}
	return o, r.End()
}
