// Package app holds what the replicated state machines share: operations that
// say whose they are, and [Once], which carries each of them out at most once.
//
// The machines are in bank, kv and znode. They follow ZAB's primary-backup scheme
// (Junqueira, Reed, Serafini, DSN 2011, section II): the leader decides what an
// operation does and what its result is; the transaction it broadcasts holds
// both, as new values, so that applying it again does no harm. The empty
// transaction changes nothing and has no result.
package app

import (
	"errors"
	"math"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/internal/wire"
)

// ErrMalformed says that bytes are not an operation, a transaction or a result
// of the machine that was asked to read them.
var ErrMalformed = wire.ErrMalformed

// ErrStale says that the operation is older than another one of the same
// client that was carried out already. Whether the older one was carried out
// in its time is not known any more.
var ErrStale = errors.New("stale: a later operation of the client was carried out")

// stale is the one byte of the result that [IsStale] recognises.
const stale = 0xff

// IsStale reports whether a result means [ErrStale].
func IsStale(result []byte) bool { return len(result) == 1 && result[0] == stale }

// Identify returns the operation as a client sends it: body, marked as the
// seq-th operation of client.
func Identify(client nodes.ClientID, seq uint32, body []byte) []byte {
	return append(appendIdentity(nil, client, seq), body...)
}

// Body takes an operation or transaction of a machine under [Once] apart: the
// client, which of its operations it is, and what the machine itself sees. The
// body is part of opOrTxn.
func Body(opOrTxn []byte) (client nodes.ClientID, seq uint32, body []byte, err error) {
	r := wire.Read(opOrTxn)
	client, seq = readIdentity(&r)
	if r.Failed() {
		return 0, 0, nil, ErrMalformed
	}
	return client, seq, r.Rest(), nil
}

func appendIdentity(b []byte, client nodes.ClientID, seq uint32) []byte {
	return wire.AppendUint(wire.AppendUint(b, uint64(client)), uint64(seq))
}

func readIdentity(r *wire.Reader) (nodes.ClientID, uint32) {
	client, seq := r.Uint(), r.Uint()
	if client > math.MaxUint16 || seq > math.MaxUint32 {
		r.Fail()
		return 0, 0
	}
	return nodes.ClientID(client), uint32(seq)
}
