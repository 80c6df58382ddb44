package checker

import (
	"fmt"
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// lastFault remembers when something was last done to servers or network.
// Liveness is owed only from then on.
type lastFault struct {
	time time.Duration
	seq  uint64
	what string // "" before the first
}

const faultKinds = 1<<trace.Crash | 1<<trace.MachineCrash | 1<<trace.Pause | 1<<trace.Resume |
	1<<trace.Cut | 1<<trace.Heal | 1<<trace.Start | 1<<trace.Fault

// observe reports whether the event is a fault, or the end of one. The first
// boot of a server counts: it may come late.
func (f *lastFault) observe(e *trace.Event) bool {
	if !trace.Set(faultKinds).Has(e.Kind) {
		return false
	}
	f.time, f.seq = e.Time, e.Seq
	switch e.Kind {
	case trace.Fault:
		f.what = e.Text
	case trace.Cut, trace.Heal:
		f.what = fmt.Sprintf("%v %v | %v", e.Kind, e.A, e.B)
	default:
		f.what = fmt.Sprintf("%v %v", e.Kind, e.Server)
	}
	return true
}

func (f *lastFault) String() string {
	if f.what == "" {
		return "there was no fault"
	}
	return fmt.Sprintf("the last fault: %s at %s", f.what, clock(f.time))
}

// late reports whether a time is beyond what a property allows.
func (f *lastFault) late(t, within time.Duration) bool { return within > 0 && t > f.time+within }

// missed returns the violation of a liveness property.
func (f *lastFault) missed(property, message string) *Violation {
	v := &Violation{Property: property, Message: message, Details: []string{f.String()}}
	if f.seq > 0 {
		v.Evidence = []uint64{f.seq}
	}
	return v
}

// bound returns " within 5s of the last fault", or "" where there is no bound.
func bound(within time.Duration) string {
	if within == 0 {
		return ""
	}
	return fmt.Sprintf(" within %v of the last fault", within)
}

// spell is a stretch of time that a server spends in a good state.
type spell struct {
	on    bool
	since time.Duration
}

// set starts or ends the spell.
func (s *spell) set(on bool, now time.Duration) {
	if on && !s.on {
		s.since = now
	}
	s.on = on
}

func leaderWithin(within time.Duration) Property {
	return Property{
		Name: "leader", Source: "INV-29", Kind: Eventually,
		Doc: "In the end some server is an established leader, and has been since the bound after the last fault.",
		New: func(h *trace.Header) Monitor {
			return &leads{within: within, tried: newAttempts(h), servers: make([]leading, (h.Voters|h.Observers).Max()+1)}
		},
	}
}

// leads follows who is an established leader. A paused one is none: nobody
// would notice that it is there.
type leads struct {
	within  time.Duration
	fault   lastFault
	tried   attempts
	servers []leading
}

type leading struct {
	spell
	established, paused bool
}

func (m *leads) Wants() trace.Set { return faultKinds | attemptWants }

func (m *leads) Observe(e *trace.Event) *Violation {
	if m.fault.observe(e) {
		m.tried.forget()
	}
	m.tried.observe(e)
	if e.Kind == trace.Send || e.Kind == trace.Note {
		return nil
	}
	s := &m.servers[e.Server] // entry 0 for faults of the network
	switch e.Kind {
	case trace.Pause, trace.Resume:
		s.paused = e.Kind == trace.Pause
	case trace.View:
		s.established = established(e.After)
	case trace.Crash, trace.MachineCrash:
		*s = leading{}
	}
	s.set(s.established && !s.paused, e.Time)
	return nil
}

func (m *leads) Finish() *Violation {
	first := leading{}
	for _, s := range m.servers {
		if s.on && (!first.on || s.since < first.since) {
			first = s
		}
	}
	switch {
	case !first.on:
		return m.missed("in the end no server is an established leader")
	case m.fault.late(first.since, m.within):
		return m.missed(fmt.Sprintf("no server was an established leader%s and stayed it; the one there is leads since %s",
			bound(m.within), clock(first.since)))
	}
	return nil
}

// missed says why as well: what was tried in vain.
func (m *leads) missed(message string) *Violation {
	if circle := m.tried.circle(); circle != "" {
		message += ": " + circle
	}
	v := m.fault.missed("leader", message)
	v.Details = append(v.Details, m.tried.reasons()...)
	return v
}

func (m *leads) Clone() Monitor {
	c := *m
	c.tried, c.servers = m.tried.clone(), slices.Clone(m.servers)
	return &c
}

// AppendTo leaves times out, as the model checker does: it does not judge
// bounds. Nor does it judge what was tried.
func (m *leads) AppendTo(b []byte) []byte {
	for _, s := range m.servers {
		b = append(b, flags(s.on, s.established, s.paused))
	}
	return b
}

func servedWithin(within time.Duration) Property {
	return Property{
		Name: "served", Source: "INV-29", Kind: Eventually,
		Doc: "After the last fault a write is acknowledged, and not later than the bound after that fault, or after the first write that " +
			"was asked for then. Pauses in which nobody wants to write do not count. If nobody waits for as long as the bound there is no verdict.",
		New: func(h *trace.Header) Monitor {
			return &serves{within: within, tried: newAttempts(h), open: make([]bool, len(h.Clients)+1)}
		},
	}
}

// serves looks for the first acknowledgement after the last fault.
type serves struct {
	within time.Duration
	fault  lastFault
	tried  attempts
	open   []bool // by client: a write waits
	asked  bool   // somebody has waited since the last fault
	from   time.Duration
	left   time.Duration // when the last of those who waited gave up
	idle   time.Duration // how long nobody wanted to write since from
	served spell
}

// thinking is how long a client may pause and still wants to write.
const thinking = 2 * time.Second

func (m *serves) Wants() trace.Set { return faultKinds | callWants | attemptWants }

func (m *serves) Observe(e *trace.Event) *Violation {
	m.tried.observe(e)
	switch {
	case m.fault.observe(e):
		m.tried.forget()
		m.asked, m.served = m.waits(), spell{}
		m.from, m.idle = e.Time, 0
	case e.Class != nodes.Write:
	case e.Kind == trace.Invoke:
		if !m.asked {
			m.asked, m.from = true, e.Time
		} else if pause := e.Time - m.left; !m.waits() && pause > thinking {
			m.idle += pause
		}
		m.wait(e.Client, true)
	case e.Kind == trace.Return:
		m.wait(e.Client, false)
		m.left = e.Time
		if e.Result == trace.OK {
			m.served.set(true, e.Time)
		}
	}
	return nil
}

// waits reports whether somebody waits for a write.
func (m *serves) waits() bool { return slices.Contains(m.open, true) }

func (m *serves) wait(c nodes.ClientID, on bool) {
	for int(c) >= len(m.open) {
		m.open = append(m.open, false)
	}
	m.open[c] = on
}

func (m *serves) Finish() *Violation {
	switch {
	case !m.asked:
		v := m.fault.missed("served", "no client asked for a write after the last fault")
		v.Inconclusive = true
		return v
	case !m.served.on && m.within > 0 && !m.waits() && m.left <= m.due():
		v := m.missed(fmt.Sprintf("no write was acknowledged after the last fault, but clients asked from %s to %s only", clock(m.from), clock(m.left)))
		v.Inconclusive = true
		return v
	case !m.served.on:
		return m.missed(fmt.Sprintf("no write was acknowledged after the last fault; clients asked from %s on", clock(m.from)))
	case m.within > 0 && m.served.since > m.due():
		return m.missed(fmt.Sprintf("no write was acknowledged%s: clients asked from %s on, the first was answered at %s",
			bound(m.within), clock(m.from), clock(m.served.since)))
	}
	return nil
}

// due is when a write has to be acknowledged at the latest.
func (m *serves) due() time.Duration { return m.from + m.idle + m.within }

// missed says as well what was tried in vain.
func (m *serves) missed(message string) *Violation {
	v := m.fault.missed("served", message)
	v.Details = append(v.Details, m.tried.reasons()...)
	return v
}

func (m *serves) Clone() Monitor {
	c := *m
	c.tried, c.open = m.tried.clone(), slices.Clone(m.open)
	return &c
}

// AppendTo leaves times out, as the model checker does: it does not judge
// bounds.
func (m *serves) AppendTo(b []byte) []byte {
	b = append(b, flags(m.asked, m.served.on))
	for _, on := range m.open {
		b = append(b, flags(on))
	}
	return b
}
