package zab

import (
	"fmt"

	"github.com/zabsim/zabsim/nodes"
)

// halfTick is one turn of the leader's main loop (R-TMO-1): every second one
// completes a tick, and only then is it checked whether a quorum still listens
// (S-28). Pings go out at each. Before a leader is established no tick passes
// (R-TMO-2).
func (n *Node) halfTick() {
	l := &n.leader
	if l.fullTick {
		for i := range l.handlers {
			l.handlers[i].ticksLeft = max(l.handlers[i].ticksLeft-1, -1)
		}
		if synced := n.syncedLearners(); !n.cfg.voters.decides(synced) {
			n.stepDown("quorum-lost", fmt.Sprintf("Not sufficient followers synced, only synced with sids: %v", synced))
			return
		}
	}
	l.fullTick = !l.fullTick
	n.pingLearners()
	n.setTimer(tickTimer, n.cfg.TickTime/2)
	n.expireSessions()
}

// syncedLearners returns the servers heard recently enough, and the leader
// itself.
func (n *Node) syncedLearners() nodes.Set {
	synced := nodes.SetOf(n.cfg.id)
	for i := range n.leader.handlers {
		if h := &n.leader.handlers[i]; h.known && h.ticksLeft >= 0 {
			synced = synced.With(h.peer)
		}
	}
	return synced
}

// pingLearners pings whoever has been sent NEWLEADER, and drops a learner that
// is alive but has not acknowledged a proposal for syncLimit ticks (R-TMO-5).
func (n *Node) pingLearners() {
	limit := 2 * n.cfg.SyncLimit
	var tooSlow []nodes.Conn
	ping := nodes.Message(Ping{Zxid: n.leader.lastProposed})
	for i := range n.leader.handlers {
		switch h := &n.leader.handlers[i]; {
		case !h.sending:
		case h.slow.halfTick() > limit:
			tooSlow = append(tooSlow, h.conn)
		default:
			n.out.SendOn(h.conn, h.peer, ping)
		}
	}
	for _, c := range tooSlow {
		n.dropLearner(c, "proposal-timeout", "Closing connection to peer due to transaction timeout.")
	}
}

// slowProposal watches how long a learner takes to acknowledge: ZooKeeper's
// SyncLimitCheck. It knows two proposals only, the oldest one not acknowledged
// and the newest. Ages count half ticks.
type slowProposal struct {
	on           bool
	oldest, next Zxid // 0: none
	oldestAge    int
	nextAge      int
}

func (s *slowProposal) sent(z Zxid) {
	switch {
	case !s.on:
	case s.oldest == 0:
		s.oldest, s.oldestAge = z, 0
	default:
		s.next, s.nextAge = z, 0
	}
}

func (s *slowProposal) acked(z Zxid) {
	switch z {
	case s.oldest:
		s.oldest, s.oldestAge = s.next, s.nextAge
		s.next, s.nextAge = 0, 0
	case s.next:
		s.next, s.nextAge = 0, 0
	}
}

// halfTick lets half a tick pass and returns the age of the oldest proposal,
// or 0.
func (s *slowProposal) halfTick() int {
	if s.oldest != 0 {
		s.oldestAge++
	}
	if s.next != 0 {
		s.nextAge++
	}
	return s.oldestAge
}

// readTimeout gives up a connection whose other end was silent for too long,
// or whose handler waited for a quorum in vain.
func (n *Node) readTimeout(c nodes.Conn) {
	if n.role != nodes.Leading {
		n.stepDown("read-timeout", "Read timed out")
		return
	}
	why := "Read timed out"
	if h := n.handlerOf(c); h != nil {
		switch h.stage {
		case waitsForEpoch:
			why = "Timeout while waiting for epoch from quorum"
		case waitsForEpochAck:
			why = "Timeout while waiting for epoch to be acked by quorum"
		case waitsForStartup:
			why = "Timeout while waiting for NEWLEADER to be acked by quorum"
		}
	}
	n.dropLearner(c, "handler-timeout", why)
}
