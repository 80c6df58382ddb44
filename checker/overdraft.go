package checker

import (
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/bank"
	"github.com/zabsim/zabsim/sim/trace"
)

func noOverdraft() Property {
	return Property{
		Name: "no-overdraft", Source: "the bank's own invariant", Kind: Always,
		Doc: "No account is spent twice: no transaction leaves a balance below zero, and what was acknowledged to leave an account " +
			"is no more than it held in the beginning and all that anybody ever asked to move there.",
		New: func(h *trace.Header) Monitor {
			m := &overdraft{keeper: newAuditor(h), header: h}
			m.flows = make([]flow, len(m.books.initial))
			return m
		},
	}
}

// overdraft compares what left each account with what it can have held.
type overdraft struct {
	keeper
	header *trace.Header
	flows  []flow // by account
}

// flow is what moved from and to an account: at least out, at most in.
type flow struct{ out, in int64 }

func (m *overdraft) Wants() trace.Set { return m.books.wants() }

func (m *overdraft) Observe(e *trace.Event) *Violation {
	m.look(e)
	switch e.Kind {
	case trace.Commit, trace.View:
		for i := range m.books.posted {
			p := &m.books.posted[i]
			for _, a := range p.changed {
				if a.Balance < 0 {
					return m.below(p, a, e)
				}
			}
		}
	case trace.Invoke:
		m.asked(e)
	case trace.Return:
		return m.acknowledged(m.calls.last(), e)
	}
	return nil
}

func (m *overdraft) below(p *posting, a bank.Account, e *trace.Event) *Violation {
	v := &Violation{
		Property: "no-overdraft", Server: e.Server,
		Message: fmt.Sprintf("%v, delivered by %v, leaves %s at %d", p.entry.at, p.entry.server, a.Name, a.Balance),
		Details: []string{fmt.Sprintf("it sets %s; asked by %s", sets(p.changed), m.header.ClientName(p.client))},
	}
	v.cite(p.entry)
	return v.at(e)
}

// account returns what moved from and to an account, or nil if there is none
// of that name.
func (m *overdraft) account(name string) *flow {
	i, found := slices.BinarySearchFunc(m.books.initial, bank.Account{Name: name}, byName)
	if !found {
		return nil
	}
	return &m.flows[i]
}

func (m *overdraft) asked(e *trace.Event) {
	_, _, body, err := app.Body(e.Op)
	if err != nil {
		return
	}
	if op, err := bank.Parse(body); err == nil && op.Kind == bank.KindTransfer && op.Amount > 0 && op.From != op.To {
		if to := m.account(op.To); to != nil {
			to.in += op.Amount
		}
	}
}

func (m *overdraft) acknowledged(c *call, e *trace.Event) *Violation {
	op, _, ok := bankCall(c)
	if !ok || op.Kind != bank.KindTransfer {
		return nil
	}
	f := m.account(op.From)
	if f == nil {
		return nil
	}
	f.out += op.Amount
	i, _ := slices.BinarySearchFunc(m.books.initial, bank.Account{Name: op.From}, byName)
	if left := m.books.initial[i].Balance + f.in - f.out; left < 0 {
		return m.spentTwice(op.From, left, f.in > 0, e)
	}
	return nil
}

// listed is how many transfers a violation lists at most.
const listed = 6

func (m *overdraft) spentTwice(account string, left int64, moreCame bool, e *trace.Event) *Violation {
	var out []*call
	for i := range m.calls.ended {
		if op, _, ok := bankCall(&m.calls.ended[i]); ok && op.Kind == bank.KindTransfer && op.From == account {
			out = append(out, &m.calls.ended[i])
		}
	}
	v := &Violation{Property: "no-overdraft", Server: e.Server}
	switch len(out) {
	case 1:
		v.Message = "a transfer was acknowledged; it leaves"
	case 2:
		v.Message = "both transfers were acknowledged; together they leave"
	default:
		v.Message = fmt.Sprintf("%d transfers were acknowledged; together they leave", len(out))
	}
	v.Message += fmt.Sprintf(" %s at %d", account, left)
	if moreCame {
		v.Message += ", even if every transfer to it went through"
	}
	if n := len(out) - listed; n > 0 {
		v.Details = append(v.Details, count(n, "transfer")+" before these")
		out = out[n:]
	}
	rows := make([][]string, len(out))
	for i, c := range out {
		rows[i] = m.row(c, v)
	}
	v.Details = append(v.Details, columns(rows)...)
	return v.at(e)
}

// row says what a transfer was, who committed it and who asked for it, and
// adds both to the evidence.
func (m *overdraft) row(c *call, v *Violation) []string {
	committed := fmt.Sprintf("answered by %v at %s", c.server, clock(c.returnedAt))
	if entry := m.ledger.lookup(c.client, c.seq); entry != nil {
		committed = fmt.Sprintf("committed by %v at %s", entry.server, clock(entry.time))
		v.Evidence = append(v.Evidence, entry.seq)
	}
	v.Evidence = append(v.Evidence, c.returned)
	_, _, body, _ := app.Body(c.op)
	return []string{bank.Describe(body, nil), committed, "asked by " + m.header.ClientName(c.client)}
}

// lookup returns where an operation was delivered first, or nil.
func (l *ledger) lookup(client nodes.ClientID, seq uint32) *entry {
	for b := range l.branches {
		entries := l.branches[b].entries
		for i := range entries {
			if c, s, _, err := app.Body(entries[i].txn); err == nil && c == client && s == seq {
				return &entries[i]
			}
		}
	}
	return nil
}

func (m *overdraft) Finish() *Violation { return m.books.finish("no-overdraft") }

func (m *overdraft) Clone() Monitor {
	return &overdraft{m.cloned(), m.header, slices.Clone(m.flows)}
}

// AppendTo leaves out what follows from ledger and calls.
func (m *overdraft) AppendTo(b []byte) []byte { return m.appendRecord(b) }
