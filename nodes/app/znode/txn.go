package znode

import (
	"time"

	"github.com/zabsim/zabsim/nodes"
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
	Owner  nodes.SessionID // TxnCreate: of an ephemeral node
	Code   Code            // TxnError
	// Txns are the parts of a multi. Where one of them is an error nothing of
	// it is carried out.
	Txns    []Txn
	Session nodes.Session // TxnOpen; TxnClose: the ID
	// Paths are the session's ephemeral nodes as the leader knew them (R-CLI-6).
	Paths []string // TxnClose
}

// TxnKind says what a transaction does.
type TxnKind uint8

// The kinds of transactions.
const (
	TxnError  TxnKind = iota + 1 // nothing: the operation failed
	TxnCreate                    // make a node
	TxnSet                       // give a node new data and a new version
	TxnDelete                    // remove a node
	TxnCheck                     // nothing: a version was as demanded
	TxnMulti                     // several of these
	TxnOpen                      // open a session (createSession)
	TxnClose                     // close a session and remove its nodes (closeSession)
)

// Body returns the transaction as servers replicate it.
func (t Txn) Body() []byte { return t.appendTo(nil) }

func (t Txn) appendTo(b []byte) []byte {
	b = append(b, byte(t.Kind))
	switch t.Kind {
	case TxnError:
		return wire.AppendInt(b, int64(t.Code))
	case TxnMulti:
		b = wire.AppendUint(b, uint64(len(t.Txns)))
		for _, sub := range t.Txns {
			b = sub.appendTo(b)
		}
		return b
	case TxnOpen:
		return wire.AppendUint(wire.AppendUint(b, uint64(t.Session.ID)), uint64(t.Session.Timeout))
	case TxnClose:
		return appendTexts(wire.AppendUint(b, uint64(t.Session.ID)), t.Paths)
	}
	b = wire.AppendText(b, t.Path)
	switch t.Kind {
	case TxnCreate:
		b = wire.AppendText(b, t.Data)
		b = wire.AppendInt(b, int64(t.Births))
		b = wire.AppendUint(b, uint64(t.Owner))
	case TxnSet:
		b = wire.AppendText(b, t.Data)
		b = wire.AppendInt(b, int64(t.Version))
	}
	return b
}

// ParseTxn reads a transaction. The only error is [app.ErrMalformed].
func ParseTxn(txn []byte) (Txn, error) {
	r := wire.Read(txn)
	t := readTxn(&r, true)
	if err := r.End(); err != nil {
		return Txn{}, app.ErrMalformed
	}
	return t, nil
}

func readTxn(r *wire.Reader, outermost bool) Txn {
	t := Txn{Kind: TxnKind(r.Byte())}
	if !outermost && t.Kind > TxnCheck {
		r.Fail()
		return Txn{}
	}
	switch t.Kind {
	case TxnError:
		t.Code = Code(readVersion(r))
	case TxnCreate:
		t.Path, t.Data, t.Births = string(r.Text()), string(r.Text()), readVersion(r)
		t.Owner = nodes.SessionID(r.Uint())
	case TxnSet:
		t.Path, t.Data, t.Version = string(r.Text()), string(r.Text()), readVersion(r)
	case TxnDelete, TxnCheck:
		t.Path = string(r.Text())
	case TxnMulti:
		for range r.Count() {
			t.Txns = append(t.Txns, readTxn(r, false))
		}
	case TxnOpen:
		t.Session = nodes.Session{ID: nodes.SessionID(r.Uint()), Timeout: time.Duration(r.Uint())}
	case TxnClose:
		t.Session.ID, t.Paths = nodes.SessionID(r.Uint()), readTexts(r)
	default:
		r.Fail()
	}
	return t
}

// failed returns the part of a multi that stops it from being carried out, or
// -1.
func (t *Txn) failed() int {
	for i := range t.Txns {
		if t.Txns[i].Kind == TxnError {
			return i
		}
	}
	return -1
}
