package checker

import (
	"fmt"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// Rules about what is in the history of a server, on disk or delivered, compared
// with that of its leader or with what it was before.

func leaderCompleteness() Property {
	return onDisks("leader-completeness", "INV-11 (LeaderLogCompleteness)",
		"A leader that has a quorum's promises and begins to synchronize others has everything on its disk that was delivered by then: "+
			"what no-lost-commit demands once it is established, sooner. One that comes too late, when a later epoch goes on, is exempt.",
		trace.Of(trace.View), func(m *rule, e *trace.Event) *Violation {
			if !leadsAnEpoch(e.After) || leadsAnEpoch(e.Before) && e.Before.Epoch == e.After.Epoch || m.disks.isOver(e.After.Epoch) {
				return nil
			}
			s := &m.disks.servers[e.Server]
			base, own := s.base().at, s.history()
			for i := range m.ledger.branches {
				for _, must := range m.ledger.history(m.ledger.due(i, e.After.Epoch, m.header.Protocol.Epoch)) {
					if must.gap() || !base.Less(must.at) {
						continue
					}
					for len(own) > 0 && own[0].Position().Less(must.at) {
						own = own[1:]
					}
					if len(own) == 0 || own[0].Position() != must.at {
						v := &Violation{Message: fmt.Sprintf("%v takes the lead of%s without %v, which %v had delivered",
							e.Server, ofEpoch(m.header.Protocol.Epoch, e), must.at, must.server)}
						v.cite(&must)
						return v
					}
				}
				own = s.history()
			}
			return nil
		})
}

// followerPrefix looks at the log when a follower begins to serve, and from
// then on at each record that it adds. What its leader has proposed and not
// delivered yet is known by its number only.
func followerPrefix() Property {
	return onDisks("follower-prefix", "INV-12 (ProcessConsistency), HistoryConsistency; PFX",
		"While a follower and its leader both serve in an epoch, the follower's log is a prefix of the leader's: nothing missing, nothing "+
			"beyond. The same transaction twice does no harm.",
		trace.Of(trace.View, trace.Append), func(m *rule, e *trace.Event) *Violation {
			leader := m.disks.leaderOf(e.Server)
			switch {
			case leader == 0, m.header.Observers.Has(e.Server):
				return nil
			case e.Kind == trace.View:
				return m.compareLogs(e, leader)
			case int(e.File) == m.disks.log:
				return m.compareLast(e, leader)
			}
			return nil
		})
}

// compareLogs compares a follower's log with what its leader has delivered.
func (m *rule) compareLogs(e *trace.Event, leader nodes.ID) *Violation {
	s := &m.disks.servers[e.Server]
	theirs := m.ledger.history(m.ledger.at[leader])
	last := s.base().at
	i := 0
	for i < len(theirs) && !last.Less(theirs[i].at) {
		i++
	}
	for _, r := range s.history() {
		p := r.Position()
		if !last.Less(p) || p.Epoch == e.After.Epoch {
			continue // a second time, or under way
		}
		switch {
		case i == len(theirs):
			return &Violation{Message: fmt.Sprintf("%v serves with %v in its log, which its leader %v never had", e.Server, p, leader)}
		case theirs[i].gap() || theirs[i].at == p:
		case theirs[i].at.Less(p):
			return m.hole(e, leader, p, theirs[i].at)
		default:
			return &Violation{Message: fmt.Sprintf("%v serves with %v in its log, which its leader %v never had", e.Server, p, leader)}
		}
		last = p
		i++
	}
	return nil
}

// compareLast compares the last record of a follower's log with the one before.
func (m *rule) compareLast(e *trace.Event, leader nodes.ID) *Violation {
	before := m.disks.servers[e.Server].lastBut(1)
	if !before.Less(e.Pos) {
		return nil
	}
	theirs := m.ledger.history(m.ledger.at[leader])
	i := len(theirs)
	for i > 0 && !theirs[i-1].at.Less(e.Pos) {
		i--
	}
	if i > 0 && !theirs[i-1].gap() && before.Less(theirs[i-1].at) {
		return m.hole(e, leader, e.Pos, theirs[i-1].at)
	}
	if before.Epoch == e.Pos.Epoch && before.Index+1 < e.Pos.Index {
		return m.hole(e, leader, e.Pos, nodes.Position{Epoch: e.Pos.Epoch, Index: e.Pos.Index - 1})
	}
	return nil
}

func (m *rule) hole(e *trace.Event, leader nodes.ID, at, missing nodes.Position) *Violation {
	return &Violation{Message: fmt.Sprintf("%v has %v in its log without %v, which its leader %v has before it", e.Server, at, missing, leader)}
}

func commitsFollowLeader() Property {
	return onDisks("commits-follow-leader", "INV-13 (CommitConsistency)",
		"While a follower and its leader both serve in an epoch, the follower has delivered nothing that the leader has not.",
		trace.Of(trace.View, trace.Commit), func(m *rule, e *trace.Event) *Violation {
			leader := m.disks.leaderOf(e.Server)
			if leader == 0 {
				return nil
			}
			own := m.ledger.at[e.Server]
			has := m.ledger.common(m.ledger.at[leader], own)
			if has == own.len {
				return nil
			}
			return &Violation{Message: fmt.Sprintf("%v has delivered %v, and its leader %v has not",
				e.Server, m.ledger.history(own)[has].at, leader)}
		})
}

func servesInitialHistory() Property {
	return onDisks("serves-initial-history", "MONO; R-SYNC-F-6; ZOOKEEPER-3023",
		"A follower that begins to serve in an epoch has delivered the initial history of its leader.",
		trace.Of(trace.View), func(m *rule, e *trace.Event) *Violation {
			if e.Before.Serving || m.disks.leaderOf(e.Server) == 0 {
				return nil
			}
			initial := m.disks.initial(e.After.Epoch, e.After.Leader)
			has := m.ledger.common(m.ledger.at[e.Server], initial)
			if has == initial.len {
				return nil
			}
			lacks := &m.ledger.history(initial)[has]
			v := &Violation{Message: fmt.Sprintf("%v serves in%s without %v, with which its leader %v began",
				e.Server, ofEpoch(m.header.Protocol.Epoch, e), lacks.at, e.After.Leader)}
			v.cite(lacks)
			return v
		})
}

func noCutCommit() Property {
	return onDisks("no-cut-commit", "INV-14 (CommittedLogDurability)",
		"What a server takes out of its history because its leader says so, by TRUNC or SNAP, nobody has delivered; unless the leader "+
			"has it, on its disk or delivered while it serves: then it is committed just now and follows.",
		trace.Of(trace.Truncate, trace.Append), func(m *rule, e *trace.Event) *Violation {
			leader := m.disks.views[e.Server].leader
			for _, r := range m.disks.lost {
				known := m.ledger.delivered(r.Position())
				if known == nil || leader == 0 || m.disks.servers[leader].has(known.at) ||
					m.disks.views[leader].serving && m.ledger.deliveredBy(leader, known.at) { // its own disk may be slow
					continue
				}
				v := &Violation{Message: fmt.Sprintf("%v takes %v out of its history for its leader %v, and %v had delivered it",
					e.Server, known.at, leader, known.server)}
				v.cite(known)
				return v
			}
			return nil
		})
}

// recoversWhatItServed can say nothing where what is on disk goes beyond what
// was served: that may be anything which was not committed.
func recoversWhatItServed() Property {
	return onDisks("recovers-what-it-served", "APPLY=LOG; R-DUR-11; ZOOKEEPER-3642, ZOOKEEPER-1264",
		"The state that a server rebuilds from its disk when it boots is one that it was in before, as far as it claims to go: "+
			"it has the transactions that it served, and none else among them.",
		trace.Of(trace.View), func(m *rule, e *trace.Event) *Violation {
			rebuilt, served := e.After.History, m.ledger.history(m.ledger.at[e.Server])
			if e.Before.Role != nodes.Down || rebuilt.Len == 0 || len(served) == 0 || served[len(served)-1].at.Less(rebuilt.Last) {
				return nil
			}
			does := fmt.Sprintf("%v rebuilds %s up to %v from its disk", e.Server, count(int(rebuilt.Len), "transaction"), rebuilt.Last)
			switch place := rebuilt.Len - 1; {
			case rebuilt.Len > uint64(len(served)):
				return &Violation{Message: fmt.Sprintf("%s, and had served %d up to %v", does, len(served), served[len(served)-1].at)}
			case served[place].gap() || served[place].digest == rebuilt.Digest:
				return nil
			case served[place].at == rebuilt.Last:
				return &Violation{Message: does + ", and they are not those that it had served"}
			default:
				return &Violation{Message: fmt.Sprintf("%s, and had served %v in the place of the last", does, served[place].at)}
			}
		})
}

func primaryIntegrity() Property {
	return onDisks("primary-integrity", dsn11+"; INV-8 (PrimaryIntegrity); PINT",
		"Before a leader broadcasts in its epoch it has delivered all that anybody delivers of earlier epochs, then or later.",
		trace.Of(trace.Append, trace.Commit), func(m *rule, e *trace.Event) *Violation {
			if e.Kind == trace.Append {
				return m.broadcastTooSoon(e)
			}
			for id := range m.disks.views {
				l := nodes.ID(id)
				if m.broadcasts(l) && e.Pos.Epoch < m.disks.views[l].epoch && !m.ledger.contains(m.ledger.at[l], m.ledger.at[e.Server]) {
					return &Violation{Message: fmt.Sprintf("%v delivers %v, which %v had not delivered when it began to broadcast in %s %d",
						e.Server, e.Pos, l, m.header.Protocol.Epoch, m.disks.views[l].epoch)}
				}
			}
			return nil
		})
}

// broadcasts reports whether a server leads and has proposed something in its
// epoch.
func (m *rule) broadcasts(id nodes.ID) bool {
	v, last := &m.disks.views[id], m.disks.servers[id].last()
	return v.role == nodes.Leading && v.serving && last.Epoch == v.epoch && last.Index > 0
}

// broadcastTooSoon judges the first proposal of a leader.
func (m *rule) broadcastTooSoon(e *trace.Event) *Violation {
	before := m.disks.servers[e.Server].lastBut(1)
	if int(e.File) != m.disks.log || e.Pos.Epoch != m.disks.views[e.Server].epoch || !m.broadcasts(e.Server) ||
		before.Epoch == e.Pos.Epoch && before.Index > 0 {
		return nil
	}
	for i := range m.ledger.branches {
		must := m.ledger.due(i, e.Pos.Epoch-1, m.header.Protocol.Epoch)
		if has := m.ledger.common(m.ledger.at[e.Server], must); has < must.len {
			lacks := &m.ledger.history(must)[has]
			v := &Violation{Message: fmt.Sprintf("%v broadcasts %v without having delivered %v, as %v has", e.Server, e.Pos, lacks.at, lacks.server)}
			v.cite(lacks)
			return v
		}
	}
	return nil
}
