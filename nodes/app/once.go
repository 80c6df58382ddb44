package app

import (
	"cmp"
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/internal/wire"
)

// Once makes m recognise an operation it has already carried out, so that a
// client may send one again when it does not know what became of it. For each
// client it remembers the last sequence number and the result, as part of the
// replicated state: a server that takes over knows them too.
//
// An operation with that sequence number again changes nothing and has the
// remembered result; one with an older number is answered as stale (see
// [IsStale]), for the client has moved on and its result is gone.
//
// The decision falls in Apply. Prepare cannot take it: both copies of an
// operation may be on their way before either is applied.
//
// m's own results must not begin with the byte 0xff.
//
// Where m has sessions and watches, so has the result.
func Once(m nodes.StateMachine) nodes.StateMachine { return once{inner: m}.asMachine() }

type once struct {
	inner nodes.StateMachine
	table []last // sorted by client
}

// last is what is remembered of a client. The result is a string because
// clones share it.
type last struct {
	client nodes.ClientID
	seq    uint32
	result string
}

func (o once) asMachine() nodes.StateMachine {
	if _, ok := o.inner.(sessioned); ok {
		return keeping{&o}
	}
	return &o
}

// Prepare implements [nodes.StateMachine]. The transaction names the operation
// as [Identify] does; for one that was carried out before, that is all of it.
func (o *once) Prepare(dst, op []byte) []byte {
	dst, body, repeated := o.identify(dst, op)
	if repeated {
		return dst
	}
	return o.inner.Prepare(dst, body)
}

// identify appends whose operation it is and returns what m sees of it.
func (o *once) identify(dst, op []byte) (named, body []byte, repeated bool) {
	client, seq, body, err := Body(op)
	if err != nil {
		client, seq, body = 0, 0, op // m refuses it in its own words
	}
	i, known := o.find(client)
	return appendIdentity(dst, client, seq), body, known && seq <= o.table[i].seq
}

// Apply implements [nodes.StateMachine].
func (o *once) Apply(dst, txn []byte) []byte { return o.ApplyAt(dst, nodes.Position{}, txn) }

// ApplyAt implements [nodes.Stamped] for an inner machine that wants to know.
func (o *once) ApplyAt(dst []byte, at nodes.Position, txn []byte) []byte {
	client, seq, body, err := Body(txn)
	if err != nil {
		panic("app: a transaction without a client: " + err.Error())
	}
	i, known := o.find(client)
	switch {
	case known && seq == o.table[i].seq:
		return append(dst, o.table[i].result...)
	case known && seq < o.table[i].seq:
		return append(dst, stale)
	}
	before := len(dst)
	if m, ok := o.inner.(nodes.Stamped); ok {
		dst = m.ApplyAt(dst, at, body)
	} else {
		dst = o.inner.Apply(dst, body)
	}
	if client == 0 {
		return dst // nobody's operation
	}
	if !known {
		o.table = slices.Insert(o.table, i, last{client: client})
	}
	entry := &o.table[i]
	entry.seq = seq
	if result := dst[before:]; entry.result != string(result) { // most results are alike: save the copy
		entry.result = string(result)
	}
	return dst
}

// Query implements [nodes.StateMachine]. Reading twice does no harm, so it
// takes no notice of who asks.
func (o *once) Query(dst, op []byte) []byte {
	_, _, body, err := Body(op)
	if err != nil {
		body = op
	}
	return o.inner.Query(dst, body)
}

// Snapshot implements [nodes.StateMachine].
func (o *once) Snapshot(dst []byte) []byte {
	dst = wire.AppendUint(dst, uint64(len(o.table)))
	for i := range o.table {
		e := &o.table[i]
		dst = appendIdentity(dst, e.client, e.seq)
		dst = wire.AppendText(dst, e.result)
	}
	return o.inner.Snapshot(dst)
}

// Restore implements [nodes.StateMachine].
func (o *once) Restore(snapshot []byte) {
	r := wire.Read(snapshot)
	o.table = make([]last, r.Count())
	for i := range o.table {
		client, seq := readIdentity(&r)
		o.table[i] = last{client, seq, string(r.Text())}
	}
	if r.Failed() {
		panic("app: not a snapshot of Once")
	}
	o.inner.Restore(r.Rest())
}

// Clone implements [nodes.StateMachine].
func (o *once) Clone() nodes.StateMachine {
	return once{o.inner.Clone(), o.cloneTable()}.asMachine()
}

func (o *once) cloneTable() []last { return slices.Clone(o.table) }

// find returns where the client stands in the table, or would.
func (o *once) find(client nodes.ClientID) (int, bool) {
	return slices.BinarySearchFunc(o.table, client, func(e last, c nodes.ClientID) int {
		return cmp.Compare(e.client, c)
	})
}
