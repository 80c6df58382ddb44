package zab

import (
	"encoding/binary"
	"strconv"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// Notification is the one message of the election channel: the sender's vote,
// in which round it is, and what the sender is (R-FLE-5, R-FLE-6).
type Notification struct {
	Leader nodes.ID   // whom it votes for; 0: nobody, from an observer
	Zxid   Zxid       // that server's last zxid
	Epoch  uint64     // that server's currentEpoch; ZooKeeper's peerEpoch
	Round  uint64     // ZooKeeper's electionEpoch, the logical clock
	State  nodes.Role // of the sender
}

// The messages of the quorum channel. In parentheses, what the paper calls
// them.
type (
	// FollowerInfo (CEPOCH) opens a follower's connection with the epoch it
	// has promised.
	FollowerInfo struct{ AcceptedEpoch uint64 }
	// ObserverInfo is FollowerInfo from an observer.
	ObserverInfo struct{ AcceptedEpoch uint64 }
	// OldInfo is what FollowerInfo and ObserverInfo were before Zab 1.0: the
	// learner's last zxid (R-P0-2).
	OldInfo struct {
		Observer bool
		LastZxid Zxid
	}
	// LeaderInfo (NEWEPOCH) proposes a new epoch to a learner.
	LeaderInfo struct{ Epoch uint64 }
	// AckEpoch (ACK-E) accepts it: the epoch the learner's history belongs to
	// and the last zxid of that history. CurrentEpoch is -1 when the learner had
	// accepted the epoch before, so that this acceptance must not be counted
	// again (R-DISC-8).
	AckEpoch struct {
		CurrentEpoch int64
		LastZxid     Zxid
	}

	// Diff says that what follows continues the learner's history.
	Diff struct{ Zxid Zxid }
	// Trunc tells the learner to cut its history back to Zxid first.
	Trunc struct{ Zxid Zxid }
	// Snap replaces the learner's whole state.
	Snap struct{ Image *Snapshot }
	// NewLeader (NEWLEADER) ends the initial history of the epoch.
	NewLeader struct{ Epoch uint64 }
	// UpToDate (COMMIT-LD) tells the learner to start serving.
	UpToDate struct{}

	// Proposal (PROPOSE) hands a transaction to a follower.
	Proposal struct{ Txn *Txn }
	// Ack (ACK) says that the transaction is on the sender's disk. With the
	// marker of an epoch it acknowledges NEWLEADER (ACK-LD) or UPTODATE.
	Ack struct{ Zxid Zxid }
	// Commit (COMMIT) tells a follower to deliver.
	Commit struct{ Zxid Zxid }
	// Inform is proposal and commit in one, for observers.
	Inform struct{ Txn *Txn }

	// Ping goes to every learner twice a tick and comes back.
	Ping struct {
		Zxid Zxid
		// Touched are the sessions that the learner has heard of since the last
		// one, ascending.
		Touched []nodes.SessionID
	}
	// Revalidate asks the leader about the session of a client that came to the
	// learner, and comes back with the answer. Client and Seq say which attempt to
	// connect it is about.
	Revalidate struct {
		Client  nodes.ClientID
		Seq     uint32
		Session nodes.Session
		Valid   bool
	}
	// Request carries a client's write or sync from a learner to the leader.
	// Connect opens the session, which ends after Timeout; HangUp, which the
	// leader gives itself, closes it.
	Request struct {
		Client  nodes.ClientID
		Seq     uint32
		Class   nodes.Class
		Op      []byte
		Session nodes.SessionID // 0: the client is in none
		Timeout time.Duration
	}
	// Sync completes the oldest sync that the learner is waiting for.
	Sync struct{}
)

// Kind implements [nodes.Message].
func (Notification) Kind() string { return "NOTIFICATION" }

// String returns "NOTIFICATION s5 1.3 e1 r2", with the sender's state behind
// it unless that is looking.
func (m Notification) String() string {
	b := append([]byte("NOTIFICATION "), m.Leader.String()...)
	b = m.Zxid.Position().AppendText(append(b, ' '))
	b = strconv.AppendUint(append(b, " e"...), m.Epoch, 10)
	b = strconv.AppendUint(append(b, " r"...), m.Round, 10)
	if m.State != nodes.Looking {
		b = append(append(b, ' '), m.State.String()...)
	}
	return string(b)
}

// AppendTo implements [nodes.Message].
func (m Notification) AppendTo(b []byte) []byte {
	b = append(b, byte(m.Leader), byte(m.State))
	return appendWords(b, uint64(m.Zxid), m.Epoch, m.Round)
}

// Kind implements [nodes.Message].
func (FollowerInfo) Kind() string { return "FOLLOWERINFO" }

// String returns "FOLLOWERINFO 3".
func (m FollowerInfo) String() string { return labelNumber(m.Kind(), m.AcceptedEpoch) }

// AppendTo implements [nodes.Message].
func (m FollowerInfo) AppendTo(b []byte) []byte { return appendWords(b, m.AcceptedEpoch) }

// Kind implements [nodes.Message].
func (ObserverInfo) Kind() string { return "OBSERVERINFO" }

// String returns "OBSERVERINFO 3".
func (m ObserverInfo) String() string { return labelNumber(m.Kind(), m.AcceptedEpoch) }

// AppendTo implements [nodes.Message].
func (m ObserverInfo) AppendTo(b []byte) []byte { return appendWords(b, m.AcceptedEpoch) }

// Kind implements [nodes.Message].
func (m OldInfo) Kind() string {
	if m.Observer {
		return ObserverInfo{}.Kind()
	}
	return FollowerInfo{}.Kind()
}

// String returns "FOLLOWERINFO 1.3".
func (m OldInfo) String() string { return labelZxid(m.Kind(), m.LastZxid) }

// AppendTo implements [nodes.Message].
func (m OldInfo) AppendTo(b []byte) []byte {
	b = append(b, 0)
	if m.Observer {
		b[len(b)-1] = 1
	}
	return appendWords(b, uint64(m.LastZxid))
}

// Kind implements [nodes.Message].
func (LeaderInfo) Kind() string { return "LEADERINFO" }

// String returns "LEADERINFO 3".
func (m LeaderInfo) String() string { return labelNumber(m.Kind(), m.Epoch) }

// AppendTo implements [nodes.Message].
func (m LeaderInfo) AppendTo(b []byte) []byte { return appendWords(b, m.Epoch) }

// Kind implements [nodes.Message].
func (AckEpoch) Kind() string { return "ACKEPOCH" }

// String returns "ACKEPOCH 1 1.3".
func (m AckEpoch) String() string {
	return "ACKEPOCH " + strconv.FormatInt(m.CurrentEpoch, 10) + " " + m.LastZxid.String()
}

// AppendTo implements [nodes.Message].
func (m AckEpoch) AppendTo(b []byte) []byte {
	return appendWords(b, uint64(m.CurrentEpoch), uint64(m.LastZxid))
}

// Kind implements [nodes.Message].
func (Diff) Kind() string { return "DIFF" }

// String returns "DIFF 1.3".
func (m Diff) String() string { return labelZxid(m.Kind(), m.Zxid) }

// AppendTo implements [nodes.Message].
func (m Diff) AppendTo(b []byte) []byte { return appendWords(b, uint64(m.Zxid)) }

// Kind implements [nodes.Message].
func (Trunc) Kind() string { return "TRUNC" }

// String returns "TRUNC 1.3".
func (m Trunc) String() string { return labelZxid(m.Kind(), m.Zxid) }

// AppendTo implements [nodes.Message].
func (m Trunc) AppendTo(b []byte) []byte { return appendWords(b, uint64(m.Zxid)) }

// Kind implements [nodes.Message].
func (Snap) Kind() string { return "SNAP" }

// String returns "SNAP 1.3".
func (m Snap) String() string { return labelZxid(m.Kind(), m.Image.Zxid) }

// AppendTo implements [nodes.Message].
func (m Snap) AppendTo(b []byte) []byte { return m.Image.AppendTo(b) }

// Kind implements [nodes.Message].
func (NewLeader) Kind() string { return "NEWLEADER" }

// String returns "NEWLEADER 3".
func (m NewLeader) String() string { return labelNumber(m.Kind(), m.Epoch) }

// AppendTo implements [nodes.Message].
func (m NewLeader) AppendTo(b []byte) []byte { return appendWords(b, m.Epoch) }

// Kind implements [nodes.Message].
func (UpToDate) Kind() string { return "UPTODATE" }

// AppendTo implements [nodes.Message].
func (UpToDate) AppendTo(b []byte) []byte { return b }

// Kind implements [nodes.Message].
func (Proposal) Kind() string { return "PROPOSAL" }

// String returns "PROPOSAL 1.3".
func (m Proposal) String() string { return labelZxid(m.Kind(), m.Txn.Zxid) }

// Position implements [nodes.Positioned].
func (m Proposal) Position() nodes.Position { return m.Txn.Position() }

// AppendTo implements [nodes.Message].
func (m Proposal) AppendTo(b []byte) []byte { return m.Txn.AppendTo(b) }

// Kind implements [nodes.Message].
func (Ack) Kind() string { return "ACK" }

// String returns "ACK 1.3".
func (m Ack) String() string { return labelZxid(m.Kind(), m.Zxid) }

// Position implements [nodes.Positioned].
func (m Ack) Position() nodes.Position { return m.Zxid.Position() }

// AppendTo implements [nodes.Message].
func (m Ack) AppendTo(b []byte) []byte { return appendWords(b, uint64(m.Zxid)) }

// Kind implements [nodes.Message].
func (Commit) Kind() string { return "COMMIT" }

// String returns "COMMIT 1.3".
func (m Commit) String() string { return labelZxid(m.Kind(), m.Zxid) }

// Position implements [nodes.Positioned].
func (m Commit) Position() nodes.Position { return m.Zxid.Position() }

// AppendTo implements [nodes.Message].
func (m Commit) AppendTo(b []byte) []byte { return appendWords(b, uint64(m.Zxid)) }

// Kind implements [nodes.Message].
func (Inform) Kind() string { return "INFORM" }

// String returns "INFORM 1.3".
func (m Inform) String() string { return labelZxid(m.Kind(), m.Txn.Zxid) }

// Position implements [nodes.Positioned].
func (m Inform) Position() nodes.Position { return m.Txn.Position() }

// AppendTo implements [nodes.Message].
func (m Inform) AppendTo(b []byte) []byte { return m.Txn.AppendTo(b) }

// Kind implements [nodes.Message].
func (Ping) Kind() string { return "PING" }

// Heartbeat implements [nodes.Heartbeat].
func (Ping) Heartbeat() bool { return true }

// AppendTo implements [nodes.Message].
func (m Ping) AppendTo(b []byte) []byte {
	b = appendWords(b, uint64(m.Zxid))
	for _, id := range m.Touched {
		b = appendWords(b, uint64(id))
	}
	return b
}

// Kind implements [nodes.Message].
func (Revalidate) Kind() string { return "REVALIDATE" }

// AppendTo implements [nodes.Message].
func (m Revalidate) AppendTo(b []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(m.Client))
	b = binary.BigEndian.AppendUint32(b, m.Seq)
	b = m.Session.AppendTo(b)
	if m.Valid {
		return append(b, 1)
	}
	return append(b, 0)
}

// Kind implements [nodes.Message].
func (Request) Kind() string { return "REQUEST" }

// String returns "REQUEST c2#7 write": client, its sequence number, class.
func (m Request) String() string {
	b := strconv.AppendUint([]byte("REQUEST c"), uint64(m.Client), 10)
	b = strconv.AppendUint(append(b, '#'), uint64(m.Seq), 10)
	return string(append(append(b, ' '), m.Class.String()...))
}

// AppendTo implements [nodes.Message].
func (m Request) AppendTo(b []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(m.Client))
	b = binary.BigEndian.AppendUint32(b, m.Seq)
	b = append(b, byte(m.Class))
	b = binary.AppendUvarint(b, uint64(len(m.Op)))
	b = append(b, m.Op...)
	if m.Session != 0 || m.Timeout != 0 {
		b = appendWords(b, uint64(m.Session), uint64(m.Timeout))
	}
	return b
}

// Kind implements [nodes.Message].
func (Sync) Kind() string { return "SYNC" }

// AppendTo implements [nodes.Message].
func (Sync) AppendTo(b []byte) []byte { return b }

func appendWords(b []byte, words ...uint64) []byte {
	for _, w := range words {
		b = binary.BigEndian.AppendUint64(b, w)
	}
	return b
}

func labelZxid(kind string, z Zxid) string { return kind + " " + z.String() }

func labelNumber(kind string, n uint64) string { return kind + " " + strconv.FormatUint(n, 10) }
