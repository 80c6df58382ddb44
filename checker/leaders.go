package checker

import (
	"fmt"
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// established reports whether a server is an established leader: its initial
// history is settled and it serves.
func established(s *nodes.Status) bool { return s.Role == nodes.Leading && s.Serving }

// begins reports whether a View event shows the beginning of an established
// leadership.
func begins(e *trace.Event) bool {
	return established(e.After) && !(established(e.Before) && e.Before.Epoch == e.After.Epoch)
}

func oneLeaderPerEpoch() Property {
	return Property{
		Name: "one-leader-per-epoch", Source: "INV-1, INV-2 (Leadership1, Leadership2 of the TLA+ specifications)", Kind: Always,
		Doc: "No two servers ever enter synchronization as leaders of the same epoch, and no server does twice. " +
			"Protocols without epochs are exempt.",
		New: func(h *trace.Header) Monitor {
			return &oneLeader{epochs: h.Protocol.Epoch, running: make([]uint64, (h.Voters|h.Observers).Max()+1)}
		},
	}
}

// oneLeader remembers who led each epoch.
type oneLeader struct {
	epochs  string // what the protocol calls an epoch; "": it has none
	reigns  []reign
	running []uint64 // by server: which reign goes on, counted from 1
}

type reign struct {
	epoch  uint64
	server nodes.ID
	seq    uint64
	time   time.Duration
}

func (m *oneLeader) Wants() trace.Set {
	if m.epochs == "" {
		return 0
	}
	return trace.Of(trace.View)
}

func (m *oneLeader) Observe(e *trace.Event) *Violation {
	running := &m.running[e.Server]
	if !leadsAnEpoch(e.After) {
		// Looking, perhaps down: it would need a new epoch to lead again. A
		// leader that only stops to serve still holds its epoch.
		if e.After.Role != nodes.Leading {
			*running = 0
		}
		return nil
	}
	if *running > 0 && m.reigns[*running-1].epoch == e.After.Epoch {
		return nil
	}
	now := reign{e.After.Epoch, e.Server, e.Seq, e.Time}
	for i := len(m.reigns) - 1; i >= 0; i-- {
		if before := &m.reigns[i]; before.epoch == now.epoch {
			return m.violation(before, e)
		}
	}
	m.reigns = append(m.reigns, now)
	*running = uint64(len(m.reigns))
	return nil
}

// leadsAnEpoch reports whether a server leads in an epoch that is its own. In
// ZAB that is so from synchronization on: during discovery several servers may
// still try for the same epoch.
func leadsAnEpoch(s *nodes.Status) bool {
	return s.Role == nodes.Leading && (s.Serving || s.Phase == "synchronization")
}

func (m *oneLeader) violation(before *reign, e *trace.Event) *Violation {
	message := fmt.Sprintf("%v and %v both led %s %d", before.server, e.Server, m.epochs, before.epoch)
	if before.server == e.Server {
		message = fmt.Sprintf("%v led %s %d twice", e.Server, m.epochs, before.epoch)
	}
	v := &Violation{
		Property: "one-leader-per-epoch", Message: message, Server: e.Server, Evidence: []uint64{before.seq},
		Details: []string{
			fmt.Sprintf("%v led it from %s on", before.server, clock(before.time)),
			fmt.Sprintf("%v leads it from %s on", e.Server, clock(e.Time)),
		},
	}
	return v.at(e)
}

func (m *oneLeader) Finish() *Violation { return nil }

func (m *oneLeader) Clone() Monitor {
	c := *m
	c.reigns = slices.Clip(m.reigns)
	c.running = slices.Clone(m.running)
	return &c
}

// AppendTo implements [Monitor]. Epochs stand in the order in which they began:
// histories that differ only in that are told apart, which costs states and
// does no harm.
func (m *oneLeader) AppendTo(b []byte) []byte {
	b = appendWord(b, uint64(len(m.reigns)))
	for i := range m.reigns {
		b = append(appendWord(b, m.reigns[i].epoch), byte(m.reigns[i].server))
	}
	for _, r := range m.running {
		b = appendWord(b, r)
	}
	return b
}
