package checker

import (
	"fmt"
	"iter"
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// dsn11 is where the properties of atomic broadcast are defined.
const dsn11 = "Junqueira, Reed, Serafini: Zab (DSN 2011), section II"

func prefixConsistency() Property {
	return orderProperty("prefix-consistency", "INV-9",
		"What two servers have delivered agrees, place by place, as far as the shorter one goes.",
		func(d *dispute) (string, []entry) {
			mine, theirs := d.mine[d.meet], d.theirs[d.meet]
			if mine.at == theirs.at {
				return fmt.Sprintf("%v and %v both delivered %v as transaction %d, with different contents",
					d.server, d.rival, mine.at, d.meet+1), []entry{mine, theirs}
			}
			return fmt.Sprintf("%v delivered %v as transaction %d, where %v delivered %v",
				d.server, mine.at, d.meet+1, d.rival, theirs.at), []entry{mine, theirs}
		})
}

func agreement() Property {
	return orderProperty("agreement", dsn11+"; INV-5",
		"If one server delivers a and another delivers b, then one of them delivers both.",
		func(d *dispute) (string, []entry) {
			a, found := d.without(d.mine[d.from:], d.theirBranch, len(d.theirs))
			if !found {
				return "", nil
			}
			b, found := d.without(d.theirs[d.meet:], d.myBranch, len(d.mine))
			if !found {
				return "", nil
			}
			return fmt.Sprintf("%v delivered %v and %v delivered %v, and neither delivered the other's",
				d.server, a.at, d.rival, b.at), []entry{a, b}
		})
}

// totalOrder relies on this: behind the prefix they share, two histories that
// disagree have no transaction in common, or total order is broken. For take
// the transaction b they share that comes first in the one history. What is
// before it there, if anything, is missing in the other; and if nothing is,
// then something is before it in the other.
func totalOrder() Property {
	return orderProperty("total-order", dsn11+"; INV-4",
		"If one server delivers a before b, then every server that delivers b delivers a before it.",
		func(d *dispute) (string, []entry) {
			if !slices.ContainsFunc(d.mine[d.from:], func(e entry) bool { return d.shared(&e) }) {
				return "", nil
			}
			i := slices.IndexFunc(d.mine[d.meet:], func(e entry) bool { return d.shared(&e) })
			b, a := d.mine[d.meet+i], d.mine[d.meet]
			first, second := d.server, d.rival
			other, n := d.theirBranch, len(d.theirs)
			if i == 0 {
				a, first, second = d.theirs[d.meet], d.rival, d.server
				other, n = d.myBranch, len(d.mine)
			}
			how := "without"
			if other.holds(a.id(), uint64(n)) {
				how = "before"
			}
			return fmt.Sprintf("%v delivered %v before %v; %v delivered %v %s %v",
				first, a.at, b.at, second, b.at, how, a.at), []entry{a, b}
		})
}

// dispute is two histories that disagree. The one has just changed.
type dispute struct {
	server, rival         nodes.ID
	mine, theirs          []entry
	myBranch, theirBranch *branch
	meet                  int // how long a prefix they share
	// from is where what is new about mine begins: before it, everything was
	// compared already.
	from int
}

// without returns the first of the entries that is not among the first n of a
// branch.
func (d *dispute) without(entries []entry, b *branch, n int) (entry, bool) {
	for i := range entries {
		if !entries[i].gap() && !b.holds(entries[i].id(), uint64(n)) {
			return entries[i], true
		}
	}
	return entry{}, false
}

// shared reports whether a transaction of mine is also theirs.
func (d *dispute) shared(e *entry) bool {
	return !e.gap() && d.theirBranch.holds(e.id(), uint64(len(d.theirs)))
}

// disputes yields the histories that disagree with what a server has just
// delivered: those that the others have now, and each branch at its longest.
func (l *ledger) disputes(server nodes.ID) iter.Seq[*dispute] {
	return func(yield func(*dispute) bool) {
		c := l.at[server]
		d := &dispute{server: server, mine: l.history(c), myBranch: &l.branches[c.branch]}
		against := func(rival nodes.ID, other cursor) bool {
			meet := l.common(c, other)
			if meet == c.len || meet == other.len {
				return true
			}
			d.rival, d.meet, d.from = rival, int(meet), int(meet)
			if l.now.grew {
				d.from = int(c.len) - 1
			}
			d.theirs, d.theirBranch = l.history(other), &l.branches[other.branch]
			return yield(d)
		}
		for id := range l.at {
			if nodes.ID(id) != server && !against(nodes.ID(id), l.at[id]) {
				return
			}
		}
		for i := range l.branches {
			whole := l.whole(i)
			if !against(l.branches[i].entries[whole.len-1].server, whole) {
				return
			}
		}
	}
}

// orderRule says in words what is wrong with two histories that disagree, and
// which transactions show it; or "".
type orderRule func(*dispute) (message string, witnesses []entry)

func orderProperty(name, source, doc string, rule orderRule) Property {
	return Property{Name: name, Doc: doc, Source: source, Kind: Always, New: func(h *trace.Header) Monitor {
		return &order{newKeeper(h), name, rule}
	}}
}

// order judges one of the properties that compare delivered histories.
type order struct {
	keeper
	name string
	rule orderRule
}

func (m *order) Wants() trace.Set { return ledgerWants }

func (m *order) Observe(e *trace.Event) *Violation {
	m.look(e)
	if !m.ledger.forked() || !m.ledger.now.delivery {
		return nil
	}
	for d := range m.ledger.disputes(e.Server) {
		if message, witnesses := m.rule(d); message != "" {
			v := &Violation{Property: m.name, Message: message, Server: e.Server}
			for i := range witnesses {
				v.cite(&witnesses[i])
			}
			return v.at(e)
		}
	}
	return nil
}

func (m *order) Finish() *Violation { return nil }

func (m *order) Clone() Monitor { return &order{m.cloned(), m.name, m.rule} }

func (m *order) AppendTo(b []byte) []byte { return m.appendRecord(b) }
