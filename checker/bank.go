package checker

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/bank"
	"github.com/zabsim/zabsim/sim/trace"
)

func conservation() Property {
	return Property{
		Name: "conservation", Source: "the bank's own invariant", Kind: Always,
		Doc: "No transaction makes or loses money, and every audit that a client gets finds as much as there was in the beginning.",
		New: func(h *trace.Header) Monitor { return &conserved{newAuditor(h), h} },
	}
}

// conserved adds up.
type conserved struct {
	keeper
	header *trace.Header
}

func (m *conserved) Wants() trace.Set { return m.books.wants() }

func (m *conserved) Observe(e *trace.Event) *Violation {
	m.look(e)
	switch e.Kind {
	case trace.Commit, trace.View:
		for i := range m.books.posted {
			if p := &m.books.posted[i]; p.sumBefore != p.sumAfter {
				return m.unbalanced(p, e)
			}
		}
	case trace.Return:
		return m.audited(m.calls.last(), e)
	}
	return nil
}

func (m *conserved) unbalanced(p *posting, e *trace.Event) *Violation {
	by := p.sumAfter - p.sumBefore
	how := fmt.Sprintf("makes %d out of nothing", by)
	if by < 0 {
		how = fmt.Sprintf("loses %d", -by)
	}
	v := &Violation{
		Property: "conservation", Server: e.Server,
		Message: fmt.Sprintf("%v, delivered by %v, %s: all accounts held %d before and hold %d after it",
			p.entry.at, p.entry.server, how, p.sumBefore, p.sumAfter),
		Details: []string{fmt.Sprintf("it sets %s; asked by %s", sets(p.changed), m.header.ClientName(p.client))},
	}
	v.cite(p.entry)
	return v.at(e)
}

// sets returns "alice to 20, bob to 80".
func sets(accounts []bank.Account) string {
	words := make([]string, len(accounts))
	for i, a := range accounts {
		words[i] = fmt.Sprintf("%s to %d", a.Name, a.Balance)
	}
	return strings.Join(words, ", ")
}

// audited judges the result of an audit.
func (m *conserved) audited(c *call, e *trace.Event) *Violation {
	op, result, ok := bankCall(c)
	if !ok || op.Kind != bank.KindAudit {
		return nil
	}
	if found, should := total(result.Balances), total(m.books.initial); found != should {
		v := &Violation{
			Property: "conservation", Server: c.server, Evidence: []uint64{c.invoked},
			Message: fmt.Sprintf("an audit that %v gave %s finds %d in all; there are %d",
				c.server, m.header.ClientName(c.client), found, should),
			Details: []string{fmt.Sprintf("answered from %v at %s", c.pos, clock(c.returnedAt))},
		}
		return v.at(e)
	}
	return nil
}

func (m *conserved) Finish() *Violation { return m.books.finish("conservation") }

func (m *conserved) Clone() Monitor {
	return &conserved{m.cloned(), m.header}
}

func (m *conserved) AppendTo(b []byte) []byte { return m.appendRecord(b) }

// bankCall reads an operation that was carried out at a bank.
func bankCall(c *call) (bank.Op, bank.Result, bool) {
	if c.ended != done {
		return bank.Op{}, bank.Result{}, false
	}
	_, _, body, err := app.Body(c.op)
	if err != nil {
		return bank.Op{}, bank.Result{}, false
	}
	op, err := bank.Parse(body)
	if err != nil {
		return bank.Op{}, bank.Result{}, false
	}
	result, err := bank.ParseResult(body, c.result)
	return op, result, err == nil && result.OK
}

func total(accounts []bank.Account) (sum int64) {
	for _, a := range accounts {
		sum += a.Balance
	}
	return sum
}

// books are the balances after each branch of a ledger.
type books struct {
	initial  []bank.Account // by name; nil: the state machine is no bank
	branches []book
	posted   []posting // what the last event wrote into them
}

// book is the state of the bank after the first len transactions of a branch.
type book struct {
	len      int
	accounts []bank.Account
	sum      int64
	// last is the last operation of each client, by ClientID: carried out
	// again, it changes nothing.
	last []uint32
}

// posting is a transaction written into the books.
type posting struct {
	entry               *entry
	client              nodes.ClientID
	changed             []bank.Account
	sumBefore, sumAfter int64
}

// newAuditor returns a keeper whose record has books and calls.
func newAuditor(h *trace.Header) keeper {
	k := newCallKeeper(h)
	k.books = newBooks(h)
	return k
}

func newBooks(h *trace.Header) *books {
	body := bank.Audit()
	result := h.Machine().Query(nil, app.Identify(0, 0, body))
	audit, err := bank.ParseResult(body, result)
	if err != nil || !audit.OK {
		return &books{}
	}
	return &books{initial: audit.Balances}
}

func (b *books) wants() trace.Set {
	if b.initial == nil {
		return 0
	}
	return ledgerWants | callWants
}

// finish says that a property of banks was asked of something else.
func (b *books) finish(property string) *Violation {
	if b.initial != nil {
		return nil
	}
	return &Violation{Property: property, Inconclusive: true, Message: "the servers replicate no bank: there are no accounts to look at"}
}

// read writes what was delivered since the last time, on the branch that a
// server is on, into the books. What is known from a snapshot only cannot be
// read, nor what comes after it.
func (b *books) read(l *ledger, server nodes.ID) {
	b.posted = b.posted[:0]
	if b.initial == nil {
		return
	}
	branch := l.at[server].branch
	for len(b.branches) <= branch {
		b.branches = append(b.branches, book{accounts: slices.Clone(b.initial), sum: total(b.initial)})
	}
	entries := l.branches[branch].entries
	for k := &b.branches[branch]; k.len < len(entries) && entries[k.len].txn != nil; k.len++ {
		if p := k.post(&entries[k.len]); p.changed != nil {
			b.posted = append(b.posted, p)
		}
	}
}

// post carries out one transaction. The posting is empty if it changes nothing.
func (k *book) post(e *entry) posting {
	client, seq, body, err := app.Body(e.txn)
	if err != nil || k.again(client, seq) {
		return posting{}
	}
	changed, err := bank.ParseTxn(body)
	if err != nil || len(changed) == 0 {
		return posting{}
	}
	p := posting{entry: e, client: client, changed: changed, sumBefore: k.sum}
	for _, c := range changed {
		if i, found := slices.BinarySearchFunc(k.accounts, c, byName); found {
			k.sum += c.Balance - k.accounts[i].Balance
			k.accounts[i].Balance = c.Balance
		}
	}
	p.sumAfter = k.sum
	return p
}

func byName(a, b bank.Account) int { return cmp.Compare(a.Name, b.Name) }

// again notes that an operation was carried out and reports whether it, or a
// later one of its client, had been before, as [app.Once] does.
func (k *book) again(client nodes.ClientID, seq uint32) bool {
	if client == 0 {
		return false
	}
	for int(client) >= len(k.last) {
		k.last = append(k.last, 0)
	}
	if seq <= k.last[client] {
		return true
	}
	k.last[client] = seq
	return false
}

func (b *books) clone() *books {
	c := &books{initial: b.initial, branches: slices.Clone(b.branches)}
	for i := range c.branches {
		k := &c.branches[i]
		k.accounts, k.last = slices.Clone(k.accounts), slices.Clone(k.last)
	}
	return c
}
