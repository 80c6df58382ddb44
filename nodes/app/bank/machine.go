package bank

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/internal/wire"
)

// Account is an account and what it holds.
type Account struct {
	Name    string
	Balance int64
}

// Machine is the bank: a [nodes.StateMachine]. Accounts are neither opened nor
// closed.
type Machine struct {
	accounts []Account // by name
}

var _ nodes.Fuzzy = (*Machine)(nil)

// New returns a bank with the given accounts. It panics when two have the same
// name.
func New(accounts ...Account) *Machine {
	m := &Machine{slices.Clone(accounts)}
	slices.SortFunc(m.accounts, func(a, b Account) int { return strings.Compare(a.Name, b.Name) })
	for i := 1; i < len(m.accounts); i++ {
		if m.accounts[i].Name == m.accounts[i-1].Name {
			panic(fmt.Sprintf("bank: two accounts are called %q", m.accounts[i].Name))
		}
	}
	return m
}

// Prepare implements [nodes.StateMachine]. A transaction is a list of accounts
// with their new balances, and the result. That of a refused transfer, or of a
// read that is sent through the log, sets none.
func (m *Machine) Prepare(dst, body []byte) []byte {
	o, err := parse(body)
	if err != nil || o.kind != KindTransfer {
		return m.answer(wire.AppendUint(dst, 0), o, err)
	}
	from, found := m.find(o.from)
	if !found {
		return refuse(dst, noFrom)
	}
	to, found := m.find(o.to)
	if !found {
		return refuse(dst, noTo)
	}
	has := m.accounts[from].Balance
	switch {
	case from == to:
		return refuse(dst, sameAccount)
	case o.amount <= 0:
		return refuse(dst, notPositive)
	case has < o.amount:
		return wire.AppendInt(refuse(dst, overdrawn), has)
	case m.accounts[to].Balance > math.MaxInt64-o.amount:
		return refuse(dst, tooMuch)
	}
	dst = wire.AppendUint(dst, 2)
	dst = appendAccount(dst, m.accounts[from].Name, has-o.amount)
	dst = appendAccount(dst, m.accounts[to].Name, m.accounts[to].Balance+o.amount)
	return append(dst, byte(done))
}

// refuse appends a transaction that sets nothing.
func refuse(dst []byte, why verdict) []byte {
	return append(wire.AppendUint(dst, 0), byte(why))
}

// Apply implements [nodes.StateMachine]. It panics on what Prepare did not
// write.
func (m *Machine) Apply(dst, txn []byte) []byte {
	if len(txn) == 0 {
		return dst
	}
	r := wire.Read(txn)
	for range r.Count() {
		name, balance := r.Text(), r.Int()
		i, found := m.find(name)
		if !found || r.Failed() {
			panic(fmt.Sprintf("bank: transaction %x does not fit this bank", txn))
		}
		m.accounts[i].Balance = balance
	}
	if r.Failed() {
		panic(fmt.Sprintf("bank: %x is not a transaction", txn))
	}
	return append(dst, r.Rest()...)
}

// ParseTxn returns the accounts that a transaction sets, with their new
// balances: none for one that changes nothing. The only error is
// [app.ErrMalformed].
func ParseTxn(txn []byte) (changed []Account, err error) {
	if len(txn) == 0 {
		return nil, nil
	}
	r := wire.Read(txn)
	changed = readAccounts(&r)
	if result := r.Rest(); r.Failed() || len(result) == 0 {
		return nil, app.ErrMalformed
	}
	return changed, nil
}

// Query implements [nodes.StateMachine]: it answers reads and audits.
func (m *Machine) Query(dst, body []byte) []byte {
	o, err := parse(body)
	return m.answer(dst, o, err)
}

// answer appends the result of an operation that changes nothing.
func (m *Machine) answer(dst []byte, o op, err error) []byte {
	switch {
	case err != nil:
		return append(dst, byte(malformed))
	case o.kind == KindAudit:
		return m.Snapshot(append(dst, byte(done)))
	case o.kind != KindRead:
		return append(dst, byte(notRead))
	}
	i, found := m.find(o.from)
	if !found {
		return append(dst, byte(noFrom))
	}
	return wire.AppendInt(append(dst, byte(done)), m.accounts[i].Balance)
}

// Snapshot implements [nodes.StateMachine].
func (m *Machine) Snapshot(dst []byte) []byte {
	dst = wire.AppendUint(dst, uint64(len(m.accounts)))
	for i := range m.accounts {
		dst = appendAccount(dst, m.accounts[i].Name, m.accounts[i].Balance)
	}
	return dst
}

// Restore implements [nodes.StateMachine]. It panics on what Snapshot did not
// write.
func (m *Machine) Restore(snapshot []byte) {
	r := wire.Read(snapshot)
	accounts := readAccounts(&r)
	if r.End() != nil {
		panic(fmt.Sprintf("bank: %x is not a snapshot", snapshot))
	}
	m.accounts = accounts
}

// CopyPiece implements [nodes.Fuzzy], account by account; todo is the account
// before.
func (m *Machine) CopyPiece(image nodes.StateMachine, todo []string) []string {
	i := 0
	if todo != nil {
		before, _ := m.find([]byte(todo[0]))
		i = before + 1
	}
	if i == len(m.accounts) {
		return nil
	}
	image.(*Machine).accounts[i] = m.accounts[i] // both have the same accounts
	return []string{m.accounts[i].Name}
}

// Clone implements [nodes.StateMachine].
func (m *Machine) Clone() nodes.StateMachine {
	return &Machine{slices.Clone(m.accounts)}
}

// find returns where the account stands.
func (m *Machine) find(name []byte) (int, bool) {
	return slices.BinarySearchFunc(m.accounts, name, func(a Account, name []byte) int {
		return wire.Compare(a.Name, name)
	})
}

func appendAccount(b []byte, name string, balance int64) []byte {
	return wire.AppendInt(wire.AppendText(b, name), balance)
}

func readAccounts(r *wire.Reader) []Account {
	accounts := make([]Account, r.Count())
	for i := range accounts {
		accounts[i] = Account{string(r.Text()), r.Int()}
	}
	return accounts
}
