package zab

import (
	"strconv"

	"github.com/zabsim/zabsim/nodes"
)

// The messages of the elections before FLE, all of them datagrams.
type (
	// VoteQuery asks a server whom it votes for (R-LEG-1).
	VoteQuery struct{ Xid uint64 }
	// VoteReply answers it.
	VoteReply struct {
		Xid    uint64
		Leader nodes.ID
		Zxid   Zxid // that server's last zxid
	}

	// ChallengeRequest asks for the challenge that must go with a notification
	// (R-LEG-6).
	ChallengeRequest struct{ Tag uint32 }
	// Challenge answers it.
	Challenge struct {
		Tag       uint32
		Challenge uint64
	}
	// AuthNotification tells the vote of a server that looks for a leader.
	AuthNotification struct {
		Tag       uint32
		Leader    nodes.ID
		Zxid      Zxid   // that server's last zxid
		Round     uint64 // the sender's logical clock
		Challenge uint64 // 0 where none is needed
	}
	// AuthAck acknowledges it, with the last outcome at the sender and what it is
	// now.
	AuthAck struct {
		Tag    uint32
		Leader nodes.ID
		Zxid   Zxid
		Round  uint64
		State  nodes.Role
	}
)

// Kind implements [nodes.Message].
func (VoteQuery) Kind() string { return "VOTEQUERY" }

// String returns "VOTEQUERY 7".
func (m VoteQuery) String() string { return labelNumber(m.Kind(), m.Xid) }

// AppendTo implements [nodes.Message].
func (m VoteQuery) AppendTo(b []byte) []byte { return appendWords(b, m.Xid) }

// Kind implements [nodes.Message].
func (VoteReply) Kind() string { return "VOTEREPLY" }

// String returns "VOTEREPLY 7 s5 1.3".
func (m VoteReply) String() string {
	return labelNumber(m.Kind(), m.Xid) + " " + m.Leader.String() + " " + m.Zxid.String()
}

// AppendTo implements [nodes.Message].
func (m VoteReply) AppendTo(b []byte) []byte {
	return appendWords(append(b, byte(m.Leader)), m.Xid, uint64(m.Zxid))
}

// Kind implements [nodes.Message].
func (ChallengeRequest) Kind() string { return "CHALLENGEREQUEST" }

// String returns "CHALLENGEREQUEST #4".
func (m ChallengeRequest) String() string { return labelTag(m.Kind(), m.Tag) }

// AppendTo implements [nodes.Message].
func (m ChallengeRequest) AppendTo(b []byte) []byte { return appendWords(b, uint64(m.Tag)) }

// Kind implements [nodes.Message].
func (Challenge) Kind() string { return "CHALLENGE" }

// String returns "CHALLENGE #4 17".
func (m Challenge) String() string { return labelNumber(labelTag(m.Kind(), m.Tag), m.Challenge) }

// AppendTo implements [nodes.Message].
func (m Challenge) AppendTo(b []byte) []byte { return appendWords(b, uint64(m.Tag), m.Challenge) }

// Kind implements [nodes.Message].
func (AuthNotification) Kind() string { return "AUTHNOTIFICATION" }

// String returns "AUTHNOTIFICATION #4 s5 1.3 r2", with the challenge behind it
// if there is one.
func (m AuthNotification) String() string {
	s := labelTag(m.Kind(), m.Tag) + " " + m.Leader.String() + " " + m.Zxid.String() + " r" + strconv.FormatUint(m.Round, 10)
	if m.Challenge != 0 {
		s = labelNumber(s, m.Challenge)
	}
	return s
}

// AppendTo implements [nodes.Message].
func (m AuthNotification) AppendTo(b []byte) []byte {
	return appendWords(append(b, byte(m.Leader)), uint64(m.Tag), uint64(m.Zxid), m.Round, m.Challenge)
}

// Kind implements [nodes.Message].
func (AuthAck) Kind() string { return "AUTHACK" }

// String returns "AUTHACK #4 s5 1.3 r2 leading".
func (m AuthAck) String() string {
	return labelTag(m.Kind(), m.Tag) + " " + m.Leader.String() + " " + m.Zxid.String() + " r" +
		strconv.FormatUint(m.Round, 10) + " " + m.State.String()
}

// AppendTo implements [nodes.Message].
func (m AuthAck) AppendTo(b []byte) []byte {
	return appendWords(append(b, byte(m.Leader), byte(m.State)), uint64(m.Tag), uint64(m.Zxid), m.Round)
}

func labelTag(kind string, tag uint32) string {
	return kind + " #" + strconv.FormatUint(uint64(tag), 10)
}
