package zab

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// handler serves one connection of a learner: ZooKeeper's LearnerHandler.
// There may be several for a learner that reconnected before the old socket was
// found dead; nothing evicts the older one but its own timeout. What is counted
// is counted by server, so duplicates do no harm (R-DISC-16).
type handler struct {
	conn  nodes.Conn
	peer  nodes.ID
	stage handlerStage
	// unread are packets that came while the handler waited for a quorum.
	unread []nodes.Message

	known    bool // FOLLOWERINFO or OBSERVERINFO was read
	observer bool
	ack      summary // what ACKEPOCH said
	// sending says that NEWLEADER was sent, the sender thread is up.
	sending bool
	// forwarding says that proposals and commits go to this learner
	// (R-SYNC-L-9).
	forwarding bool
	// ticksLeft is for how many ticks the learner counts as synced without being
	// heard; below 0 it does not (R-TMO-1).
	ticksLeft int
	slow      slowProposal
	// replaced says that the learner has come back over another connection.
	replaced bool
}

// handlerStage says what a handler waits for: a packet, or a quorum.
type handlerStage uint8

const (
	expectsInfo         handlerStage = iota // FOLLOWERINFO or OBSERVERINFO
	waitsForEpoch                           // a quorum of FOLLOWERINFO
	expectsAckEpoch                         // ACKEPOCH
	waitsForEpochAck                        // a quorum of ACKEPOCH
	expectsNewLeaderAck                     // ACK of NEWLEADER
	waitsForStartup                         // a quorum of those
	receiving                               // anything of broadcast
)

// waits reports whether the handler waits for a quorum, so that packets stay
// unread.
func (s handlerStage) waits() bool {
	return s == waitsForEpoch || s == waitsForEpochAck || s == waitsForStartup
}

// acceptLearner starts a handler for a new connection.
func (n *Node) acceptLearner(peer nodes.ID, c nodes.Conn) {
	if n.role != nodes.Leading || n.closing {
		n.out.Close(c)
		return
	}
	l := &n.leader
	i, _ := slices.BinarySearchFunc(l.handlers, handler{peer: peer, conn: c}, func(a, b handler) int {
		return cmp.Or(cmp.Compare(a.peer, b.peer), cmp.Compare(a.conn, b.conn))
	})
	l.handlers = slices.Insert(l.handlers, i, handler{
		conn: c, peer: peer, ticksLeft: n.cfg.InitLimit + n.cfg.SyncLimit,
	})
	n.setReadTimer(c, n.cfg.initTime())
}

func (n *Node) handlerOf(c nodes.Conn) *handler {
	for i := range n.leader.handlers {
		if h := &n.leader.handlers[i]; h.conn == c {
			return h
		}
	}
	return nil
}

// dropLearner ends a connection; what the learner has done so far still counts
// (R-DISC-6).
func (n *Node) dropLearner(c nodes.Conn, note, why string) {
	n.note(note, why)
	n.stopReadTimer(c)
	n.out.Close(c)
	n.forgetHandler(c)
}

// learnerGone notices that the learner closed the connection or died. The
// leader draws its conclusions at the next tick, not now.
func (n *Node) learnerGone(c nodes.Conn) {
	n.stopReadTimer(c)
	n.forgetHandler(c)
}

func (n *Node) forgetHandler(c nodes.Conn) {
	n.leader.handlers = slices.DeleteFunc(n.leader.handlers, func(h handler) bool { return h.conn == c })
	n.leader.parked = slices.DeleteFunc(n.leader.parked, func(p parkedSync) bool { return p.conn == c })
}

// closeLearners ends all connections.
func (n *Node) closeLearners() {
	for i := range n.leader.handlers {
		c := n.leader.handlers[i].conn
		n.stopReadTimer(c)
		n.out.Close(c)
	}
	n.leader.handlers = nil
}

// leaderReceives hands a packet to its handler.
func (n *Node) leaderReceives(c nodes.Conn, m nodes.Message) {
	h := n.handlerOf(c)
	switch {
	case h == nil:
	case h.stage.waits():
		h.unread = append(h.unread, m)
	case n.closing:
		if ack, ok := m.(*Ack); ok && h.stage == receiving && !h.replaced {
			n.processAck(h.peer, ack.Zxid) // R-TMO-8
		}
	default:
		n.handle(h, m)
	}
}

func (n *Node) handle(h *handler, m nodes.Message) {
	switch h.stage {
	case expectsInfo:
		n.handleInfo(h, m)
	case expectsAckEpoch:
		n.handleAckEpoch(h, m)
	case expectsNewLeaderAck:
		n.handleNewLeaderAck(h, m)
	case receiving:
		n.handleBroadcast(h, m)
	}
}

// wakeHandlers lets the handlers go on that wait for a quorum which has formed.
func (n *Node) wakeHandlers(stage handlerStage) {
	var waiting []nodes.Conn
	for i := range n.leader.handlers {
		if h := &n.leader.handlers[i]; h.stage == stage {
			waiting = append(waiting, h.conn)
		}
	}
	for _, c := range waiting {
		if h := n.handlerOf(c); h != nil {
			n.wake(h)
		}
	}
}

// wake takes a handler past the quorum it waited for, and lets it read what has
// come meanwhile.
func (n *Node) wake(h *handler) {
	switch h.stage {
	case waitsForEpoch:
		n.sendLeaderInfo(h)
	case waitsForEpochAck:
		n.syncLearner(h)
	case waitsForStartup:
		n.sendUpToDate(h)
	}
	unread := h.unread
	h.unread = nil
	for c := h.conn; len(unread) > 0; unread = unread[1:] {
		n.leaderReceives(c, unread[0])
	}
}

// waitOn makes the handler wait for a quorum, for no longer than initLimit
// (R-DISC-5, R-DISC-9, R-SYNC-L-12).
func (n *Node) waitOn(h *handler, stage handlerStage) {
	h.stage = stage
	n.setReadTimer(h.conn, n.cfg.initTime())
}

// handleInfo reads the first packet (R-DISC-4).
func (n *Node) handleInfo(h *handler, m nodes.Message) {
	var accepted uint64
	switch m := m.(type) {
	case FollowerInfo:
		accepted = m.AcceptedEpoch
	case ObserverInfo:
		accepted, h.observer = m.AcceptedEpoch, true
	case OldInfo:
		n.syncOldLearner(h, m)
		return
	default:
		n.dropLearner(h.conn, "unexpected-packet", "First packet is not FOLLOWERINFO or OBSERVERINFO!")
		return
	}
	h.known = true
	if n.leader.stage > writingAcceptedEpoch {
		n.sendLeaderInfo(h)
		return
	}
	n.waitOn(h, waitsForEpoch)
	n.proposeEpoch(h.peer, accepted)
}

// sendLeaderInfo proposes the epoch (R-DISC-7).
func (n *Node) sendLeaderInfo(h *handler) {
	h.stage = expectsAckEpoch
	n.out.SendOn(h.conn, h.peer, LeaderInfo{n.leader.epoch})
	n.setReadTimer(h.conn, n.cfg.initTime())
}

// handleAckEpoch reads what history the learner has. One that is ahead of the
// leader costs only its own connection (R-DISC-11).
func (n *Node) handleAckEpoch(h *handler, m nodes.Message) {
	ack, ok := m.(AckEpoch)
	if !ok {
		n.dropLearner(h.conn, "unexpected-packet", m.Kind()+" is not ACKEPOCH")
		return
	}
	h.ack = summary{ack.CurrentEpoch, ack.LastZxid}
	if n.leader.stage > awaitingEpochAcks {
		n.syncLearner(h)
		return
	}
	conn, peer := h.conn, h.peer
	n.waitOn(h, waitsForEpochAck)
	if !n.countEpochAck(peer, h.ack) {
		own := n.leader.summary
		n.dropLearner(conn, "follower-ahead",
			fmt.Sprintf("Follower is ahead of the leader, leader summary: %d (current epoch), %v (last zxid)", own.epoch, own.zxid))
	}
}

// handleNewLeaderAck reads the acknowledgement of NEWLEADER and waits for the
// others' (R-SYNC-L-12).
func (n *Node) handleNewLeaderAck(h *handler, m nodes.Message) {
	ack, ok := m.(*Ack)
	if !ok {
		n.dropLearner(h.conn, "unexpected-packet", "Next packet was supposed to be an ACK, but received packet: "+m.Kind())
		return
	}
	n.waitOn(h, waitsForStartup)
	if n.cfg.has(forwardLate) {
		h.forwarding = true
	}
	if n.leader.started {
		n.wake(h)
		return
	}
	n.countNewLeaderAck(h.peer, ack.Zxid)
}

// sendUpToDate tells the learner that it may serve, and watches it closely from
// now on (R-SYNC-L-14).
func (n *Node) sendUpToDate(h *handler) {
	h.stage, h.slow.on = receiving, true
	if !n.cfg.has(noDiscovery) {
		n.out.SendOn(h.conn, h.peer, UpToDate{})
	}
	n.setReadTimer(h.conn, n.cfg.syncTime())
}

// handleBroadcast reads packets of an established learner; each shows that it
// is alive (R-TMO-3).
func (n *Node) handleBroadcast(h *handler, m nodes.Message) {
	h.ticksLeft = n.cfg.SyncLimit
	n.setReadTimer(h.conn, n.cfg.syncTime())
	switch m := m.(type) {
	case *Ack:
		h.slow.acked(m.Zxid)
		if !h.replaced {
			n.processAck(h.peer, m.Zxid)
		}
	case Ping:
		n.heard(m)
	case Revalidate:
		n.answerRevalidate(h, m)
	case Request:
		n.learnerRequest(h, m)
	default:
		n.note("unexpected-packet", m.Kind())
	}
}
