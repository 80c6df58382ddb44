package znode

import (
	"strconv"

	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/internal/wire"
)

// Txn is a transaction in readable form: a change in new values, or an error.
type Txn struct {
	Kind    TxnKind
	Path    string
	Data    string // TxnCreate, TxnSet
	Version int32  // TxnSet: the new version
	// Births is how many children the parent has had with this one (TxnCreate).
	Births int32
	Code   Code // TxnError
}

// TxnKind says what a transaction does.
type TxnKind uint8

// The kinds of transactions.
const (
	TxnError  TxnKind = iota + 1 // nothing: the operation failed
	TxnCreate                    // make a node
	TxnSet                       // give a node new data and a new version
	TxnDelete                    // remove a node
)

func (t Txn) appendTo(b []byte) []byte {
	b = append(b, byte(t.Kind))
	if t.Kind == TxnError {
		return wire.AppendInt(b, int64(t.Code))
	}
	b = wire.AppendText(b, t.Path)
	switch t.Kind {
	case TxnCreate:
		b = wire.AppendText(b, t.Data)
		b = wire.AppendInt(b, int64(t.Births))
	case TxnSet:
		b = wire.AppendText(b, t.Data)
		b = wire.AppendInt(b, int64(t.Version))
	}
	return b
}

// ParseTxn reads a transaction. The only error is [app.ErrMalformed].
func ParseTxn(txn []byte) (Txn, error) {
	r := wire.Read(txn)
	t := Txn{Kind: TxnKind(r.Byte())}
	switch t.Kind {
	case TxnError:
		t.Code = Code(readVersion(&r))
	case TxnCreate:
		t.Path, t.Data, t.Births = string(r.Text()), string(r.Text()), readVersion(&r)
	case TxnSet:
		t.Path, t.Data, t.Version = string(r.Text()), string(r.Text()), readVersion(&r)
	case TxnDelete:
		t.Path = string(r.Text())
	default:
		return Txn{}, app.ErrMalformed
	}
	if err := r.End(); err != nil {
		return Txn{}, err
	}
	return t, nil
}

// String returns "create /a=1", "setData /a=2 v1", "delete /a" or "error
// NONODE".
func (t Txn) String() string {
	switch t.Kind {
	case TxnCreate:
		return "create " + t.Path + equals(t.Data)
	case TxnSet:
		return "setData " + t.Path + equals(t.Data) + " v" + strconv.Itoa(int(t.Version))
	case TxnDelete:
		return "delete " + t.Path
	default:
		return "error " + t.Code.String()
	}
}
