package nodes

import (
	"slices"
	"time"
)

// Input is what the world hands to [Node.Step]. The pointer and everything it
// refers to belong to the world and may be reused after Step returns; messages,
// records and byte slices inside are immutable and may be kept.
//
//sumtype:decl
type Input interface{ isInput() }

type (
	// Start boots the server, the first time or after a crash, with what its
	// disk kept. It is the first input of every node.
	Start struct{ Disk Disk }

	// Deliver hands over a message. Conn is the connection it came on, 0 for
	// channels without connections.
	Deliver struct {
		From ID
		On   Channel
		Conn Conn
		Msg  Message
	}

	// Opened says that a stream connection is up: the one we dialled, or one
	// accepted while listening.
	Opened struct {
		Peer ID
		On   Channel
		Conn Conn
	}

	// Refused says that a dial failed: nobody listens there, or the time for
	// it ran out.
	Refused struct {
		Peer ID
		On   Channel
	}

	// Closed says that the other end closed the connection or died. What it
	// sent before that has been delivered, unless we closed first.
	Closed struct {
		Peer ID
		On   Channel
		Conn Conn
	}

	// Expire says that a timer fired. It is not armed any more.
	Expire struct{ Timer Timer }

	// Synced says that everything written to the file before the ticket was
	// asked for is durable.
	Synced struct {
		File   File
		Ticket Ticket
	}

	// Failed says that the write or fsync of that ticket failed: disk full,
	// I/O error. What was not durable before may or may not be.
	Failed struct {
		File   File
		Ticket Ticket
	}

	// Request is a client's operation arriving at this server. (Client, Seq)
	// identifies it; a client that asks again elsewhere uses the same Seq.
	Request struct {
		Client ClientID
		Seq    uint32
		Class  Class
		// Seen is the highest position any server has shown this client. A
		// server that is behind it must refuse (R-CLI-2).
		Seen Position
		// Session is the one the client is in, 0 if it needs none. With a
		// Connect it is the one to take up again, for which it takes the Password,
		// or 0 to open a new one, which ends after Timeout without a word from the
		// client.
		Session  SessionID
		Password Password
		Timeout  time.Duration
		Op       []byte
	}

	// Elected ends the election that the server takes part in, with the outcome:
	// see [Config].Oracle.
	Elected struct{ Leader ID }
)

func (*Start) isInput()   {}
func (*Deliver) isInput() {}
func (*Opened) isInput()  {}
func (*Refused) isInput() {}
func (*Closed) isInput()  {}
func (*Expire) isInput()  {}
func (*Synced) isInput()  {}
func (*Failed) isInput()  {}
func (*Request) isInput() {}
func (*Elected) isInput() {}

// Class says what a client's operation asks of the protocol.
type Class uint8

// The classes of operations.
const (
	Write Class = iota // to be replicated
	Read               // answered from the local state of the server asked
	Sync               // answered once the server has caught up with the leader
	// SyncedRead is a Sync and then a Read at the same server, one operation
	// to the client that issues it. Protocols see its two halves only.
	SyncedRead
	// Connect attaches a client to the server; the answer is a [Session].
	Connect
	Ping   // shows that the client is alive
	HangUp // the client has closed its connection
)

// String returns "write", "read", "sync", "synced-read", "connect", "ping" or
// "hang-up".
func (c Class) String() string {
	return [...]string{"write", "read", "sync", "synced-read", "connect", "ping", "hang-up"}[c]
}

// Disk is what a server finds when it boots: for each file of its protocol the
// records that survived, oldest first. The slices must not be changed. Reading a
// record means checking its checksum: one that fails stands there as [Corrupt].
type Disk struct {
	Files [][]Record
	// Torn has a bit for each file, 1<<file, that ends with a part of a record: a
	// power loss struck while it was written. The part is not among the records,
	// and the next write takes its place.
	Torn uint64
}

// IsTorn reports whether f ends with a part of a record.
func (d Disk) IsTorn(f File) bool { return d.Torn>>f&1 != 0 }

// Rotten returns the first file that has a [Corrupt] record, and whether there
// is one.
func (d Disk) Rotten() (File, bool) {
	for f, records := range d.Files {
		if slices.Contains(records, Record(Corrupt{})) {
			return File(f), true
		}
	}
	return 0, false
}

// Corrupt stands on a disk in place of a record whose checksum does not fit.
type Corrupt struct{}

// Kind implements [Record].
func (Corrupt) Kind() string { return "corrupt" }

// Position implements [Record]: nobody knows.
func (Corrupt) Position() Position { return Position{} }

// AppendTo implements [Record].
func (Corrupt) AppendTo(b []byte) []byte { return b }

// Records returns the records of f, oldest first.
func (d Disk) Records(f File) []Record {
	if int(f) >= len(d.Files) {
		return nil
	}
	return d.Files[f]
}

// Last returns the newest record of f, or nil: the content of a file that is
// only ever replaced.
func (d Disk) Last(f File) Record {
	r := d.Records(f)
	if len(r) == 0 {
		return nil
	}
	return r[len(r)-1]
}
