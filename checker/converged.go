package checker

import (
	"fmt"
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

func convergedWithin(within time.Duration) Property {
	return Property{
		Name: "converged", Source: "INV-29; Zab (DSN 2011), section II: liveness", Kind: Eventually,
		Doc: "In the end every server that is up serves, and has served since the bound after the last fault with all that anybody had " +
			"delivered until that fault; what was delivered later has reached every server within the same bound, or the end came first. " +
			"A server that has promised a later epoch than that of the leader is exempt: it must stay out until there is another (R-DISC-13).",
		New: func(h *trace.Header) Monitor {
			m := &converges{
				keeper: newKeeper(h), within: within, all: h.Voters | h.Observers,
				servers: make([]follows, (h.Voters|h.Observers).Max()+1), tried: newAttempts(h),
			}
			if promises(h.Protocol) {
				m.keeper = newDiskKeeper(h)
			}
			return m
		},
	}
}

// converges follows how far behind servers are.
type converges struct {
	keeper
	within  time.Duration
	all     nodes.Set
	fault   lastFault
	last    time.Duration // the last event seen
	target  cursor        // what had been delivered when the last fault struck
	servers []follows
	tried   attempts
}

// follows is a server's spell of serving with the target delivered.
type follows struct {
	spell
	up, serving bool
}

// Wants includes the timers because they tell the time: the execution may go on
// long after the last delivery.
func (m *converges) Wants() trace.Set {
	return m.wants(ledgerWants | faultKinds | trace.Of(trace.Exit, trace.Panic, trace.Expire, trace.Note))
}

func (m *converges) Observe(e *trace.Event) *Violation {
	m.last = e.Time
	m.tried.observe(e)
	if e.Kind == trace.Expire || e.Kind == trace.Note {
		return nil
	}
	m.look(e)
	s := &m.servers[e.Server] // entry 0 for faults of the network
	switch e.Kind {
	case trace.View:
		s.serving = e.After.Serving
	case trace.Start, trace.Resume:
		s.up = true
	case trace.Crash, trace.MachineCrash, trace.Exit, trace.Panic:
		*s = follows{}
	case trace.Pause:
		s.up = false
	}
	if m.fault.observe(e) {
		m.tried.forget()
		m.target = m.ledger.whole(0)
		for id := range m.all.All() {
			m.settle(id, e.Time)
		}
		return nil
	}
	if e.Server != 0 {
		m.settle(e.Server, e.Time)
	}
	return nil
}

func (m *converges) settle(id nodes.ID, now time.Duration) {
	s := &m.servers[id]
	s.set(s.up && s.serving && m.ledger.contains(m.ledger.at[id], m.target), now)
}

func (m *converges) Finish() *Violation {
	for id := range m.all.All() {
		s := &m.servers[id]
		switch {
		case !s.up:
		case !s.serving && m.promisedLater(id):
		case !s.serving:
			return m.missed(id, fmt.Sprintf("in the end %v is up and does not serve", id))
		case !s.on:
			return m.missed(id, fmt.Sprintf("in the end %v lacks transactions from before the last fault: %s", id, m.progress(id)))
		case m.fault.late(s.since, m.within):
			return m.missed(id, fmt.Sprintf("%v was not up to date%s, only at %s", id, bound(m.within), clock(s.since)))
		case !m.current(id):
			return m.missed(id, fmt.Sprintf("in the end %v is behind: %s", id, m.progress(id)))
		}
	}
	return nil
}

// promisedLater reports whether a server has promised not to follow the leader there is.
func (m *converges) promisedLater(id nodes.ID) bool {
	d := m.disks
	if d == nil || d.accepted < 0 {
		return false
	}
	promised := d.servers[id].durableEpoch(d.accepted)
	return slices.ContainsFunc(d.views, func(v view) bool { return v.role == nodes.Leading && v.serving && v.epoch < promised })
}

func (m *converges) missed(id nodes.ID, message string) *Violation {
	v := m.fault.missed("converged", message)
	v.Server = id
	v.Details = append(v.Details, m.tried.reasons()...)
	return v
}

// current reports whether a server has delivered all that was first delivered
// long enough ago, and nothing else.
func (m *converges) current(id nodes.ID) bool {
	own, whole := m.ledger.at[id], m.ledger.whole(0)
	if m.ledger.common(own, whole) < own.len {
		return false
	}
	missing := m.ledger.history(whole)[own.len:]
	return len(missing) == 0 || m.within > 0 && missing[0].time > m.last-m.within
}

func (m *converges) progress(id nodes.ID) string {
	return fmt.Sprintf("%s of %d agree", count(int(m.ledger.common(m.ledger.at[id], m.ledger.whole(0))), "transaction"),
		m.ledger.whole(0).len)
}

func (m *converges) Clone() Monitor {
	c := *m
	c.keeper, c.tried = m.cloned(), m.tried.clone()
	c.servers = slices.Clone(m.servers)
	return &c
}

// AppendTo leaves times out, as the model checker does: it does not judge
// bounds.
func (m *converges) AppendTo(b []byte) []byte {
	b = appendWord(m.appendRecord(b), m.target.len)
	for _, s := range m.servers {
		b = append(b, flags(s.on, s.up, s.serving))
	}
	return b
}
