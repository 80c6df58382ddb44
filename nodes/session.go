package nodes

import (
	"encoding/binary"
	"time"
)

// SessionID names a session of a client with the ensemble. Zero means "no
// session": a client without one is known by its ClientID alone.
type SessionID uint64

// localSession marks the ids of local sessions.
const localSession SessionID = 1 << 63

// MakeSessionID returns the id of the session that a client's request opens at
// a server: as in ZooKeeper the server picks it, and is in its top byte
// (R-CLI-3). A request is made once, so no id is given out twice.
func MakeSessionID(at ID, c ClientID, seq uint32, local bool) SessionID {
	id := SessionID(at)<<56 | SessionID(c)<<32 | SessionID(seq)
	if local {
		id |= localSession
	}
	return id
}

// Local reports whether the session was opened without a transaction, by a server
// that alone knew of it then.
func (id SessionID) Local() bool { return id&localSession != 0 }

// Session is a session as servers know it.
type Session struct {
	ID      SessionID
	Timeout time.Duration // after so long without a word from the client it ends
}

// AppendTo appends the form that ParseSession reads.
func (s Session) AppendTo(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(s.ID))
	return binary.BigEndian.AppendUint64(b, uint64(s.Timeout))
}

// ParseSession reads what AppendTo wrote.
func ParseSession(b []byte) (s Session, ok bool) {
	if len(b) != 16 {
		return Session{}, false
	}
	return Session{SessionID(binary.BigEndian.Uint64(b)), time.Duration(binary.BigEndian.Uint64(b[8:]))}, true
}

// Password is what a client must know of a session, besides its id, to take it up
// again.
type Password uint64

// Admission is what a client is told that a server has attached to a session: the
// answer to a Connect. The zero Admission says that the session it came with has
// ended.
type Admission struct {
	Session
	Password Password
}

// AppendTo appends the form that ParseAdmission reads.
func (a Admission) AppendTo(b []byte) []byte {
	return binary.BigEndian.AppendUint64(a.Session.AppendTo(b), uint64(a.Password))
}

// ParseAdmission reads the answer to a Connect.
func ParseAdmission(b []byte) (a Admission, ok bool) {
	if len(b) != 24 {
		return Admission{}, false
	}
	a.Session, ok = ParseSession(b[:16])
	a.Password = Password(binary.BigEndian.Uint64(b[16:]))
	return a, ok
}

// Caller says on whose behalf a request is prepared.
type Caller struct {
	Session SessionID
	// Moved says that the request came through a server which the session has
	// left since (R-CLI-8).
	Moved bool
}

// SessionKeeper is what a machine implements that keeps sessions as part of its
// replicated state. Opening and closing one are transactions. The protocol
// sees to the rest: who is connected where, and when a session's time is up.
type SessionKeeper interface {
	StateMachine
	// PrepareFor is Prepare for a request of a session. One that is not open
	// (any more) gets a transaction that changes nothing (R-CLI-6), and so does
	// one that has moved.
	PrepareFor(dst []byte, who Caller, op []byte) []byte
	// PrepareOpen and PrepareClose append the transactions that open and close
	// a session.
	PrepareOpen(dst []byte, s Session) []byte
	PrepareClose(dst []byte, id SessionID) []byte
	// Sessions returns the open sessions, by id.
	Sessions() []Session
	// Leaves reports whether an operation leaves something behind that goes with
	// the session, so that all servers must know of it.
	Leaves(op []byte) bool
	// Ends reports whether an operation closes the session of its client, and how
	// that is answered where no other server has to know of it.
	Ends(op []byte) (answer []byte, ends bool)
	// Closes returns the session that a transaction closes, or 0.
	Closes(txn []byte) SessionID
	// Reap removes what belongs to sessions that are not open, as of a position,
	// and reports whether there was anything. No transaction says so: where all
	// histories are as they should be there is nothing (R-DUR-15).
	Reap(at Position) bool
}

// Watchable is what a machine implements whose clients can ask to be told of
// changes. A watch belongs to the server the client is connected to and is no
// part of the replicated state. What is watched goes by keys, which only the
// machine understands.
type Watchable interface {
	StateMachine
	// Watch returns the keys that a read leaves a watch on, and the events that
	// are due at once because what they tell of has happened already.
	Watch(op, answer []byte) (keys []string, events [][]byte)
	// Fire returns what a transaction, applied with that result, is to those
	// who watch, in order.
	Fire(txn, result []byte) []Firing
}

// Firing is an event and the keys whose watches it uses up. Who watches more
// than one of them is told once.
type Firing struct {
	Keys  []string
	Event []byte
}
