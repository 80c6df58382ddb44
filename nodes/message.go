package nodes

import (
	"fmt"
	"strconv"
)

// Message is an immutable value that one server sends to another. Nobody may
// change it, or anything it refers to, once it was sent: it is shared between
// sender, receivers, trace and clones of the world.
//
// A message that also has a String method is printed by it; that form names
// the kind first and is short enough to label an arrow: "PROPOSAL 1.3".
type Message interface {
	// Kind is the protocol's own name for it: "PROPOSAL".
	Kind() string
	// AppendTo appends a canonical encoding: equal messages have equal
	// encodings, different ones of the same kind have different ones.
	AppendTo(b []byte) []byte
}

// Positioned is what messages about one place in the history implement, so
// that faults can be aimed at "the next proposal".
type Positioned interface{ Position() Position }

// Heartbeat is what messages implement that may say no more than "I am alive".
// Pictures and stories leave such messages out.
type Heartbeat interface{ Heartbeat() bool }

// Record is an immutable value that a server writes to its disk.
type Record interface {
	// Kind is the protocol's own name for it: "txn", "snapshot".
	Kind() string
	// Position is where in the history the record stands; the zero Position
	// if that means nothing for this kind.
	Position() Position
	// AppendTo appends a canonical encoding, as for a Message.
	AppendTo(b []byte) []byte
}

// Numbered is what records implement that hold a number and stand nowhere in
// the history, such as the epoch that a server has promised.
type Numbered interface{ Number() uint64 }

// Describe returns the short printed form of a message or record.
func Describe(v interface{ Kind() string }) string {
	if s, ok := v.(fmt.Stringer); ok {
		return s.String()
	}
	return v.Kind()
}

// Channel is one of the channels a protocol declares: an index into
// [Protocol.Channels].
type Channel uint8

// File is one of the files a protocol declares: an index into
// [Protocol.Files].
type File uint8

// Timer names a timer of a server. Name is an index into [Protocol.Timers];
// Key tells apart timers of one name: a Conn, or a small number.
type Timer struct {
	Name uint8
	Key  uint32
}

// Ticket names a write that a server waits for. Its meaning is the protocol's;
// protocols reuse a few small tickets, so that the model checker recognises
// equal states.
type Ticket uint32

// Conn names one connection of a stream channel, the same at both ends. Zero
// means "no connection". Conns of a pair are numbered from the lowest free
// one, so a Conn can be given out again once both ends know that the old
// connection is gone and nothing of it is in flight.
type Conn uint32

// MakeConn returns the name of the slot-th connection that dialer has to
// acceptor on ch. Only package network makes connections.
func MakeConn(dialer, acceptor ID, ch Channel, slot uint8) Conn {
	return 1<<31 | Conn(dialer)<<24 | Conn(acceptor)<<16 | Conn(ch)<<8 | Conn(slot)
}

// Dialer returns the server that dialled.
func (c Conn) Dialer() ID { return ID(c >> 24 & 0x7f) }

// Acceptor returns the server that accepted.
func (c Conn) Acceptor() ID { return ID(c >> 16 & 0xff) }

// Channel returns the channel the connection belongs to.
func (c Conn) Channel() Channel { return Channel(c >> 8 & 0xff) }

// Slot tells apart the connections of one dialer, acceptor and channel.
func (c Conn) Slot() uint8 { return uint8(c) }

// Peer returns the other end as seen from self.
func (c Conn) Peer(self ID) ID {
	if c.Dialer() == self {
		return c.Acceptor()
	}
	return c.Dialer()
}

// String returns "s1>s3" (dialer first), with "#2" for the connection in
// slot 2; slot 0 is left out.
func (c Conn) String() string {
	if c == 0 {
		return "-"
	}
	s := c.Dialer().String() + ">" + c.Acceptor().String()
	if c.Slot() != 0 {
		s += "#" + strconv.Itoa(int(c.Slot()))
	}
	return s
}
