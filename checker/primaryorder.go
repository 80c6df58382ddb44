package checker

import (
	"fmt"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

func localPrimaryOrder() Property {
	return primaryOrder("local-primary-order", "INV-6; R-BC-9",
		"What one leader broadcasts is delivered in that order, and nothing of it without all before it. "+
			"Broadcast is what anybody has written to a log.",
		func(m *broadcastOrder, e *trace.Event, before *entry) string {
			missing, broadcast := m.written.before(e.Pos)
			if !broadcast || before != nil && (before.at == missing || before.at.Epoch == e.Pos.Epoch && missing.Less(before.at)) {
				return ""
			}
			return fmt.Sprintf("%v delivers %v without %v, which was broadcast before it", e.Server, e.Pos, missing)
		})
}

func globalPrimaryOrder() Property {
	return primaryOrder("global-primary-order", "INV-7",
		"Nothing of an epoch is delivered behind something of a later one.",
		func(m *broadcastOrder, e *trace.Event, before *entry) string {
			if before == nil || before.at.Epoch <= e.Pos.Epoch {
				return ""
			}
			return fmt.Sprintf("%v delivers %v behind %v, which is of a later %s", e.Server, e.Pos, before.at, m.epochs)
		})
}

// orderBreach says in words what is wrong with a first delivery, or "". before
// is what was delivered in the place before it, nil if it is the first.
type orderBreach func(m *broadcastOrder, e *trace.Event, before *entry) string

func primaryOrder(name, source, doc string, breach orderBreach) Property {
	return Property{
		Name: name, Doc: doc + " Protocols without epochs are exempt.", Source: dsn11 + "; " + source, Kind: Always,
		New: func(h *trace.Header) Monitor {
			return &broadcastOrder{keeper: newKeeper(h), name: name, epochs: h.Protocol.Epoch, breach: breach, log: newDisks(h).log}
		},
	}
}

// broadcastOrder compares deliveries with the order of broadcasts.
type broadcastOrder struct {
	keeper
	name    string
	epochs  string // what the protocol calls an epoch; "": it has none
	breach  orderBreach
	log     int // the file with the log
	written proposed
}

func (m *broadcastOrder) Wants() trace.Set {
	if m.epochs == "" {
		return 0
	}
	return ledgerWants | trace.Of(trace.Append)
}

func (m *broadcastOrder) Observe(e *trace.Event) *Violation {
	if e.Kind == trace.Append {
		if int(e.File) == m.log {
			m.written.Observe(e)
		}
		return nil
	}
	m.look(e)
	if e.Kind != trace.Commit || !m.ledger.now.fresh {
		return nil
	}
	before := m.ledger.predecessor(e.Server)
	if before == nil && m.ledger.at[e.Server].len > 1 {
		return nil // not known
	}
	message := m.breach(m, e, before)
	if message == "" {
		return nil
	}
	v := &Violation{Property: m.name, Server: e.Server, Message: message}
	if before != nil {
		v.cite(before)
	}
	return v.at(e)
}

// before returns the position of the same epoch that was written anywhere and
// stands next before p.
func (m *proposed) before(p nodes.Position) (nodes.Position, bool) {
	i, found := m.find(p)
	if found && m.spans[i].first < p.Index {
		return nodes.Position{Epoch: p.Epoch, Index: p.Index - 1}, true
	}
	if i > 0 && m.spans[i-1].epoch == p.Epoch {
		return nodes.Position{Epoch: p.Epoch, Index: m.spans[i-1].last}, true
	}
	return nodes.Position{}, false
}

func (m *broadcastOrder) Finish() *Violation { return nil }

func (m *broadcastOrder) Clone() Monitor {
	c := *m
	c.keeper = m.cloned()
	c.written = *m.written.Clone().(*proposed)
	return &c
}

func (m *broadcastOrder) AppendTo(b []byte) []byte { return m.written.AppendTo(m.appendRecord(b)) }
