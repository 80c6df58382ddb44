package checker

import (
	"fmt"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// ackAfterFsync leaves out what an acknowledgement of NEWLEADER says of the
// initial history: see establishedByQuorum.
func ackAfterFsync() Property {
	return onDisks("ack-after-fsync", "INV-23; R-DUR-6, R-DUR-10, R-SYNC-F-4",
		"What a follower acknowledges is durable at that moment: a transaction with all before it, or, for the beginning of an epoch, "+
			"that it has entered the epoch and that nothing which it cut off its log comes back. Judged of messages called ACK.",
		trace.Of(trace.Send), func(m *rule, e *trace.Event) *Violation {
			if m.disks.views[e.Server].role != nodes.Following || e.Msg.Kind() != "ACK" {
				return nil
			}
			at, ok := e.Msg.(nodes.Positioned)
			if !ok {
				return nil
			}
			s, p := &m.disks.servers[e.Server], at.Position()
			switch {
			case p.Index == 0 && m.disks.keepsEpochs(e.Server) && s.durableEpoch(m.disks.current) < p.Epoch:
				return &Violation{Message: fmt.Sprintf("%v acknowledges %s %d to %v, and on its disk it is in %d",
					e.Server, m.header.Protocol.Epoch, p.Epoch, e.Peer, s.durableEpoch(m.disks.current))}
			case p.Index == 0 && s.cut:
				return &Violation{Message: fmt.Sprintf("%v acknowledges %s %d to %v, and what it cut off its log behind %v may come back",
					e.Server, m.header.Protocol.Epoch, p.Epoch, e.Peer, s.last())}
			case p.Index > 0 && s.reach().Less(p):
				return &Violation{Message: fmt.Sprintf("%v acknowledges %v to %v, and its disk holds no more than %v",
					e.Server, p, e.Peer, s.reach())}
			}
			return nil
		})
}

// establishedByQuorum counts a server that has gone on to a later epoch as one
// that had entered this one: an old leader may learn late that it was
// established, and harms nobody.
func establishedByQuorum() Property {
	return onDisks("established-by-quorum", "INV-25; R-SYNC-L-12",
		"When a leader is established, a quorum has entered its epoch and has its whole initial history, both durably. "+
			"Leaders without a file for the epoch that they are in are exempt.",
		trace.Of(trace.View), func(m *rule, e *trace.Event) *Violation {
			if !begins(e) || !m.disks.keepsEpochs(e.Server) {
				return nil
			}
			var have nodes.Set
			for id := range m.header.Voters.All() {
				s := &m.disks.servers[id]
				if in := s.durableEpoch(m.disks.current); in > e.After.Epoch || in == e.After.Epoch && !s.reach().Less(e.After.History.Last) {
					have = have.With(id)
				}
			}
			if m.header.IsQuorum(have) {
				return nil
			}
			who := have.String()
			if have == 0 {
				who = "nobody"
			}
			v := &Violation{Message: fmt.Sprintf("%v leads %s %d with a history up to %v, which %s has on disk in that %s: no quorum of %v",
				e.Server, m.header.Protocol.Epoch, e.After.Epoch, e.After.History.Last, who, m.header.Protocol.Epoch, m.header.Voters)}
			for id := range (m.header.Voters &^ have).All() {
				s := &m.disks.servers[id]
				v.Details = append(v.Details, fmt.Sprintf("%v is in %s %d, and its disk holds all up to %v",
					id, m.header.Protocol.Epoch, s.durableEpoch(m.disks.current), s.reach()))
			}
			return v
		})
}

func gapFree() Property {
	return onDisks("gap-free", "INV-27; R-BC-3, R-BC-14",
		"A leader numbers the transactions of its epoch without gaps, and they are delivered without.",
		trace.Of(trace.Append, trace.Commit), func(m *rule, e *trace.Event) *Violation {
			before, does := nodes.Position{}, "delivers"
			if e.Kind == trace.Append {
				v := &m.disks.views[e.Server]
				if int(e.File) != m.disks.log || v.role != nodes.Leading || v.epoch != e.Pos.Epoch {
					return nil
				}
				before, does = m.disks.servers[e.Server].lastBut(1), "proposes"
			} else if p := m.ledger.predecessor(e.Server); p != nil {
				before = p.at
			}
			if before.Epoch != e.Pos.Epoch || before.Index == 0 || before.Index+1 == e.Pos.Index {
				return nil
			}
			return &Violation{Message: fmt.Sprintf("%v %s %v right after %v", e.Server, does, e.Pos, before)}
		})
}

func oneLeaderFollowed() Property {
	return onDisks("one-leader-followed", "INV-26; R-STATE-1",
		"A follower sends nothing on a connection to anybody but its leader.",
		trace.Of(trace.Send), func(m *rule, e *trace.Event) *Violation {
			v := m.disks.views[e.Server]
			if e.Conn == 0 || v.role != nodes.Following || v.leader == 0 || e.Peer == v.leader {
				return nil
			}
			return &Violation{Message: fmt.Sprintf("%v follows %v and sends %s to %v", e.Server, v.leader, nodes.Describe(e.Msg), e.Peer)}
		})
}
