package kv

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/internal/wire"
)

// Machine is the store: a [nodes.StateMachine].
//
// Keys and values are strings, which clones share; a clone copies 32 bytes for
// each key.
type Machine struct {
	entries []entry // by key
}

type entry struct{ key, value string }

var _ nodes.Fuzzy = (*Machine)(nil)

// New returns an empty store.
func New() *Machine { return &Machine{} }

// change is what a transaction does; it is its first byte.
type change byte

const (
	nothing change = iota
	set            // key and value follow
	remove         // the key follows
)

// Prepare implements [nodes.StateMachine]. A transaction is at most one change
// and the result.
func (m *Machine) Prepare(dst, body []byte) []byte {
	o, err := parse(body)
	if err != nil || o.kind == KindGet {
		return m.answer(append(dst, byte(nothing)), o, err)
	}
	i, found := m.find(o.key)
	switch {
	case o.kind == KindPut:
		return append(appendSet(dst, o), byte(done))
	case o.kind == KindIncrement || o.kind == KindAppend:
		old := ""
		if found {
			old = m.entries[i].value
		}
		return m.extend(dst, o, old, found)
	case !found:
		return append(dst, byte(nothing), byte(absent))
	case o.kind == KindDelete:
		return append(wire.AppendText(append(dst, byte(remove)), o.key), byte(done))
	case m.entries[i].value == string(o.old):
		return append(appendSet(dst, o), byte(done))
	default:
		dst = append(dst, byte(nothing), byte(differs))
		return append(dst, m.entries[i].value...)
	}
}

// extend prepares what makes a new value out of the old one.
func (m *Machine) extend(dst []byte, o op, old string, found bool) []byte {
	if o.kind == KindAppend {
		if found {
			o.value = append(append([]byte(old), ','), o.value...)
		}
		return append(appendSet(dst, o), byte(done))
	}
	sum, ok := increased(old, found, string(o.value))
	if !ok {
		return append(append(dst, byte(nothing), byte(differs)), old...)
	}
	o.value = strconv.AppendInt(nil, sum, 10)
	return append(append(appendSet(dst, o), byte(value)), o.value...)
}

// increased adds to a number, if the old value is one and the sum fits.
func increased(old string, found bool, by string) (int64, bool) {
	n, ok := number(old)
	if !found {
		n, ok = 0, true
	}
	add, _ := number(by)
	sum := n + add
	return sum, ok && (add == 0 || (sum > n) == (add > 0))
}

func appendSet(dst []byte, o op) []byte {
	return wire.AppendText(wire.AppendText(append(dst, byte(set)), o.key), o.value)
}

// Apply implements [nodes.StateMachine]. It panics on what Prepare did not
// write.
func (m *Machine) Apply(dst, txn []byte) []byte {
	if len(txn) == 0 {
		return dst
	}
	t, err := parseTxn(txn)
	if err != nil {
		panic(fmt.Sprintf("kv: %x is not a transaction", txn))
	}
	switch i, found := m.find(t.key); {
	case t.change == set && !found:
		m.entries = slices.Insert(m.entries, i, entry{string(t.key), string(t.value)})
	case t.change == set && m.entries[i].value != string(t.value):
		m.entries[i].value = string(t.value)
	case t.change == remove && found:
		m.entries = slices.Delete(m.entries, i, i+1)
	}
	return append(dst, t.result...)
}

// txn is a transaction whose texts are parts of the bytes it was read from.
type txn struct {
	change             change
	key, value, result []byte
}

func parseTxn(b []byte) (txn, error) {
	r := wire.Read(b)
	t := txn{change: change(r.Byte())}
	switch t.change {
	case nothing:
	case set:
		t.key, t.value = r.Text(), r.Text()
	case remove:
		t.key = r.Text()
	default:
		r.Fail()
	}
	t.result = r.Rest()
	if len(t.result) == 0 {
		r.Fail()
	}
	return t, r.End()
}

// Query implements [nodes.StateMachine]: it answers gets.
func (m *Machine) Query(dst, body []byte) []byte {
	o, err := parse(body)
	return m.answer(dst, o, err)
}

// answer appends the result of an operation that changes nothing.
func (m *Machine) answer(dst []byte, o op, err error) []byte {
	switch {
	case err != nil:
		return append(dst, byte(malformed))
	case o.kind != KindGet:
		return append(dst, byte(notRead))
	}
	i, found := m.find(o.key)
	if !found {
		return append(dst, byte(absent))
	}
	return append(append(dst, byte(value)), m.entries[i].value...)
}

// Snapshot implements [nodes.StateMachine].
func (m *Machine) Snapshot(dst []byte) []byte {
	dst = wire.AppendUint(dst, uint64(len(m.entries)))
	for i := range m.entries {
		dst = wire.AppendText(dst, m.entries[i].key)
		dst = wire.AppendText(dst, m.entries[i].value)
	}
	return dst
}

// Restore implements [nodes.StateMachine]. It panics on what Snapshot did not
// write.
func (m *Machine) Restore(snapshot []byte) {
	r := wire.Read(snapshot)
	entries := make([]entry, r.Count())
	for i := range entries {
		entries[i] = entry{string(r.Text()), string(r.Text())}
	}
	if r.End() != nil {
		panic(fmt.Sprintf("kv: %x is not a snapshot", snapshot))
	}
	m.entries = entries
}

// CopyPiece implements [nodes.Fuzzy], key by key; todo is the key before.
func (m *Machine) CopyPiece(image nodes.StateMachine, todo []string) []string {
	i := 0
	if todo != nil {
		at, found := m.find([]byte(todo[0]))
		if i = at; found {
			i++
		}
	}
	if i == len(m.entries) {
		return nil
	}
	into := image.(*Machine)
	into.entries = append(into.entries, m.entries[i]) // keys come in order
	return []string{m.entries[i].key}
}

// Clone implements [nodes.StateMachine].
func (m *Machine) Clone() nodes.StateMachine {
	return &Machine{slices.Clone(m.entries)}
}

// find returns where the key stands, or would.
func (m *Machine) find(key []byte) (int, bool) {
	return slices.BinarySearchFunc(m.entries, key, func(e entry, key []byte) int {
		return wire.Compare(e.key, key)
	})
}
