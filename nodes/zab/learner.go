package zab

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// learner is the state of a server that follows or observes: ZooKeeper's
// Learner, whose main thread reads one packet from the leader after the other.
type learner struct {
	leader nodes.ID
	conn   nodes.Conn // to the leader; 0 while there is none
	stage  learnerStage
	tries  int    // dials that failed
	epoch  uint64 // that the leader proposed; 0: none yet
	// promises says that the epoch is new to us, so that our ACKEPOCH counts.
	promises bool
	// lastLogged is what ACKEPOCH will say, fixed before FOLLOWERINFO is sent.
	lastLogged Zxid
	// fromNothing says that ACKEPOCH claimed an empty history, to be sent all.
	fromNothing bool

	// While the main thread waits for its disk (todo says for what), packets
	// stay unread and a broken connection goes unnoticed.
	todo    []step
	waiting bool
	unread  []nodes.Message
	hungUp  bool

	// What synchronization is about: see sync_learner.go.
	mode       syncMode
	image      bool // the state in memory is to be saved as a snapshot at NEWLEADER
	toLog      bool // committed transactions go to the log, not straight to memory
	truncTo    Zxid
	lastQueued Zxid // the last proposal heard; 0: none yet
	notLogged  []*Txn
	committed  []Zxid

	started bool   // the server is open to clients
	pending []*Txn // proposals to be committed, in order; ZooKeeper's pendingTxns
	syncs   []ask  // clients' syncs on their way to the leader and back
}

// learnerStage says which packet a learner expects next.
type learnerStage uint8

const (
	connecting   learnerStage = iota
	registered                // FOLLOWERINFO sent: LEADERINFO
	acknowledged              // ACKEPOCH sent: DIFF, TRUNC or SNAP
	syncing                   // the initial history, then NEWLEADER
	synced                    // ACK of NEWLEADER sent: UPTODATE
	following                 // anything of broadcast
)

// readUnread reads what arrived during a wait, unless the leader has hung up
// since: then the next thing the learner wrote would have failed.
func (n *Node) readUnread() {
	l := &n.learner
	if l.hungUp {
		n.stepDown("leader-lost", "End of stream from the leader")
		return
	}
	n.awaitPacket()
	for len(l.unread) > 0 && !l.waiting && l.conn != 0 {
		m := l.unread[0]
		l.unread = slices.Delete(l.unread, 0, 1)
		n.readPacket(m)
	}
}

// startLearning begins to follow or observe (R-STATE-3).
func (n *Node) startLearning(leader nodes.ID) {
	n.phase = discovering
	n.learner = learner{leader: leader}
	n.setTimer(connectTimer, n.cfg.initTime())
	n.dialLeader()
}

// stopLearning closes the connection, so that nothing more is heard from the
// leader or said to it.
func (n *Node) stopLearning() {
	l := &n.learner
	n.stopTimer(connectTimer)
	n.stopTimer(retryTimer)
	if l.conn != 0 {
		n.stopReadTimer(l.conn)
		n.out.Close(l.conn)
		l.conn = 0
	}
}

// sendLeader sends to the leader, unless the connection is gone.
func (n *Node) sendLeader(m nodes.Message) {
	if n.learner.conn != 0 {
		n.out.SendOn(n.learner.conn, n.learner.leader, m)
	}
}

// leaderGone notices that the leader closed the connection or died.
func (n *Node) leaderGone(c nodes.Conn) {
	switch l := &n.learner; {
	case c != l.conn:
	case l.waiting:
		l.hungUp = true
	default:
		n.stepDown("leader-lost", "End of stream from the leader")
	}
}

// learnerReceives takes a packet of the connection to the leader. Packets of an
// earlier connection are not read (INV-26).
func (n *Node) learnerReceives(c nodes.Conn, m nodes.Message) {
	l := &n.learner
	switch {
	case c != l.conn || c == 0:
	case l.waiting:
		l.unread = append(l.unread, m)
	default:
		n.awaitPacket()
		n.readPacket(m)
	}
}

// awaitPacket restarts the read timeout (R-SYNC-F-2).
func (n *Node) awaitPacket() {
	timeout := n.cfg.initTime()
	if n.learner.stage >= synced {
		timeout = n.cfg.syncTime()
	}
	n.setReadTimer(n.learner.conn, timeout)
}

// readPacket acts on a packet according to the stage.
func (n *Node) readPacket(m nodes.Message) {
	switch n.learner.stage {
	case registered:
		if n.cfg.has(noDiscovery) {
			n.readOldNewLeader(m)
			return
		}
		n.readLeaderInfo(m)
	case acknowledged:
		n.readSyncMode(m)
	case syncing, synced:
		n.readHistory(m)
	case following:
		n.readBroadcast(m)
	}
}
