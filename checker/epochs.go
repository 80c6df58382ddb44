package checker

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

func epochsMonotonic() Property {
	return onDisks("epochs-monotonic", "INV-21; R-DISC-8",
		"The epoch that a server writes to one of its epoch files never falls below what is durable there, nor below "+
			"what it wrote last. Epoch files are those with the protocol's word for an epoch in their name.",
		trace.Of(trace.Replace), func(m *rule, e *trace.Event) *Violation {
			n := m.disks.servers[e.Server].number(m.disks, e.File)
			if n == nil {
				return nil
			}
			before, now := n.durable, n.asked[len(n.asked)-1]
			for _, asked := range n.asked {
				before = max(before, asked)
			}
			if now == before {
				return nil
			}
			return &Violation{Message: fmt.Sprintf("%v went back from %s %d to %d in its file %s",
				e.Server, m.header.Protocol.Epoch, before, now, m.header.Protocol.Files[e.File])}
		})
}

func epochOrder() Property {
	return onDisks("epoch-order", "INV-20; R-DUR-4, R-DUR-5",
		"On a disk, the epoch promised is not below the epoch entered; nor, while the server serves, is that below the epoch of any "+
			"transaction there. Files are known by their names, acceptedEpoch and currentEpoch; protocols without are exempt.",
		trace.Of(trace.Durable, trace.View), func(m *rule, e *trace.Event) *Violation {
			d, s, word := m.disks, &m.disks.servers[e.Server], m.header.Protocol.Epoch
			promised, entered := s.durableEpoch(d.accepted), s.durableEpoch(d.current)
			switch {
			case d.accepted < 0 || d.current < 0 || promised == 0 && entered == 0:
				return nil
			case promised < entered:
				return &Violation{Message: fmt.Sprintf("%v is in %s %d and has promised only %d", e.Server, word, entered, promised)}
			case d.views[e.Server].serving && entered < s.reach().Epoch:
				return &Violation{Message: fmt.Sprintf("%v serves with %v on its disk, where it is in %s %d", e.Server, s.reach(), word, entered)}
			}
			return nil
		})
}

// historyBeforeEpoch is what makes epochs comparable: a server that is in an
// epoch has all that any quorum has acknowledged before it.
func historyBeforeEpoch() Property {
	return onDisks("history-before-epoch", "R-SYNC-F-4; INV-14, INV-25; ZOOKEEPER-4643",
		"When a follower has entered an epoch, durably, it has on its disk all that its leader has of earlier epochs. Otherwise it wins "+
			"elections with less than others have, and has them cut it off. Leaders that do not lead any more are not looked at.",
		trace.Of(trace.Durable), func(m *rule, e *trace.Event) *Violation {
			v, s := &m.disks.views[e.Server], &m.disks.servers[e.Server]
			if int(e.File) != m.disks.current || v.role != nodes.Following || !m.header.Voters.Has(e.Server) ||
				int(v.leader) >= len(m.disks.views) || m.disks.views[v.leader].role != nodes.Leading {
				return nil
			}
			entered := s.durableEpoch(m.disks.current)
			owed := m.disks.servers[v.leader].lastBefore(entered)
			if !s.reach().Less(owed) {
				return nil
			}
			return &Violation{Message: fmt.Sprintf("%v enters %s %d with no more than %v on its disk, and its leader %v begins it with %v",
				e.Server, m.header.Protocol.Epoch, entered, s.reach(), v.leader, owed)}
		})
}

func onePromise() Property {
	return onDisks("one-promise", "INV-22; R-DISC-8, R-DISC-9",
		"A server promises each epoch at most once: it never writes to acceptedEpoch what is durable there already, or was asked for before. "+
			"Two leaders could otherwise count it for the same epoch.",
		trace.Of(trace.Replace), func(m *rule, e *trace.Event) *Violation {
			if int(e.File) != m.disks.accepted {
				return nil
			}
			n := &m.disks.servers[e.Server].numbers[e.File]
			last := len(n.asked) - 1
			now := n.asked[last]
			if now == 0 || n.durable != now && !slices.Contains(n.asked[:last], now) {
				return nil
			}
			to := ""
			if l := m.disks.views[e.Server].leader; l != 0 {
				to = fmt.Sprintf(", now to %v", l)
			}
			return &Violation{Message: fmt.Sprintf("%v promises %s %d once more%s", e.Server, m.header.Protocol.Epoch, now, to)}
		})
}

// epochFiles returns the files, one bit each, that hold an epoch and no
// history.
func epochFiles(p *nodes.Protocol) (set uint64) {
	if p.Epoch == "" {
		return 0
	}
	for i, name := range p.Files {
		if strings.Contains(strings.ToLower(name), p.Epoch) {
			set |= 1 << i
		}
	}
	return set
}
