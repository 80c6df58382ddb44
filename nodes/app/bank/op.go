// Package bank is a replicated state machine that keeps accounts: it moves
// money and never lets an account go below zero. Two numbers that it must
// keep, the sum of all balances and the sign of each, make a protocol's
// mistakes visible to anybody: money appears, or is spent twice.
package bank

import (
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/internal/wire"
)

// Kind says what an operation does.
type Kind uint8

// The kinds of operations.
const (
	KindTransfer Kind = iota + 1 // move an amount from one account to another
	KindRead                     // tell the balance of one account
	KindAudit                    // tell all balances at one moment
)

// Op is an operation in readable form.
type Op struct {
	Kind   Kind
	From   string // KindTransfer; KindRead: the account
	To     string // KindTransfer
	Amount int64  // KindTransfer
}

// Transfer returns the operation that moves amount from one account to another,
// or is refused: when from does not have it, an account does not exist, or the
// amount is not positive.
func Transfer(from, to string, amount int64) []byte {
	b := []byte{byte(KindTransfer)}
	b = wire.AppendText(b, from)
	b = wire.AppendText(b, to)
	return wire.AppendInt(b, amount)
}

// Read returns the operation that tells the balance of an account.
func Read(account string) []byte {
	return wire.AppendText([]byte{byte(KindRead)}, account)
}

// Audit returns the operation that tells all balances.
func Audit() []byte { return []byte{byte(KindAudit)} }

// Parse reads an operation. The only error is [app.ErrMalformed].
func Parse(body []byte) (Op, error) {
	o, err := parse(body)
	if err != nil {
		return Op{}, err
	}
	return Op{o.kind, string(o.from), string(o.to), o.amount}, nil
}

// op is an Op whose names are parts of the bytes it was read from.
type op struct {
	kind     Kind
	from, to []byte
	amount   int64
}

func parse(body []byte) (op, error) {
	r := wire.Read(body)
	o := op{kind: Kind(r.Byte())}
	switch o.kind {
	case KindTransfer:
		o.from, o.to, o.amount = r.Text(), r.Text(), r.Int()
	case KindRead:
		o.from = r.Text()
	case KindAudit:
	default:
		return op{}, app.ErrMalformed
	}
	return o, r.End()
}
