package models

import (
	"fmt"
	"math/bits"

	"github.com/zabsim/zabsim/checker/explore"
)

// Zab is the protocol of the DSN 2011 paper under the abstractions of the
// published TLA+ specification:
//
//   - an oracle names the leader, and a server that is looking follows it or
//     makes itself the leader;
//   - each ordered pair of servers has a FIFO channel; connecting, losing a
//     connection and noticing it are one step for both ends;
//   - a leader that loses its quorum, or restarts, takes all its learners back
//     to LOOKING in the same step, and what was on its way to them is gone;
//   - bounds are guards, so that executions end where nothing is enabled. A
//     restart counts as a timeout too.
//
// The last action is no part of the state.
type Zab struct {
	Servers      int // 2 or 3
	Timeouts     int // broken connections and restarts together
	Transactions int // the longest history to which a request may add, at most 3
	Epochs       int // at most 3
	Restarts     int
}

// Bounds of the representation.
const (
	zabServers  = 3
	zabEpochs   = 3
	zabTxns     = 3  // in a history
	zabInFlight = 12 // messages; searches within the bounds above never had more
	zabSent     = 12 // different proposals, by sender and epoch
)

// role is a server's state in the election, phase how far it has come in the
// protocol.
type (
	role  uint8
	phase uint8
)

const (
	looking role = iota
	following
	leading
)

const (
	election phase = iota
	discovery
	synchronization
	broadcast
)

// servers is a set, by bits: server 0 is the lowest.
type servers uint8

func (s servers) has(i int) bool      { return s>>i&1 == 1 }
func (s servers) with(i int) servers  { return s | 1<<i }
func (s servers) minus(i int) servers { return s &^ (1 << i) }

// zxid is an epoch and a counter, three bits each, in the order of zxids.
type zxid uint8

func makeZxid(epoch, counter int) zxid { return zxid(epoch<<3 | counter) }
func (z zxid) epoch() int              { return int(z >> 3) }
func (z zxid) counter() int            { return int(z & 7) }

// txn is a transaction in a history: who acknowledged it (which only its
// leader cares about), the epoch in which it was appended, its value and its
// zxid. It is never 0, since epochs begin at 1.
type txn uint16

func makeTxn(z zxid, value, epoch int, acks servers) txn {
	return txn(z)<<9 | txn(value)<<6 | txn(epoch)<<3 | txn(acks)
}

func (t txn) zxid() zxid           { return zxid(t >> 9) }
func (t txn) acks() servers        { return servers(t & 7) }
func (t txn) acked(by servers) txn { return t | txn(by) }

// same reports whether zxid and value are equal.
func (t txn) same(u txn) bool { return t>>6 == u>>6 }

// history is up to zabTxns transactions, the first in the lowest 16 bits.
type history uint64

func (h history) len() int       { return (bits.Len64(uint64(h)) + 15) / 16 }
func (h history) at(i int) txn   { return txn(h >> (16 * i)) }
func (h history) has(i int) bool { return i >= 0 && h.at(i) != 0 }
func (h history) last() zxid     { return h.at(max(0, h.len()-1)).zxid() }
func (h history) set(i int, t txn) history {
	return h&^(0xffff<<(16*i)) | history(t)<<(16*i)
}

func (h history) append(t txn) history {
	if h.len() == zabTxns {
		panic("models: history too long")
	}
	return h.set(h.len(), t)
}

// index returns the place of a zxid in a history, from 0, -1 for the zero zxid
// and the length if it is not there.
func (h history) index(z zxid) int {
	if z == 0 {
		return -1
	}
	n := h.len()
	for i := range n {
		if h.at(i).zxid() == z {
			return i
		}
	}
	return n
}

// kind is a kind of message.
type kind uint8

const (
	cepoch kind = iota + 1
	newepoch
	ackepoch
	newleader
	ackld
	commitld
	propose
	ack
	commit
)

// message is one in flight: its channel, kind and epoch, and a body that is a
// history, one transaction or a zxid. The channel comes first, so that the
// order of messages is by channel.
type message uint64

func makeMessage(from, to int, k kind, epoch int, body uint64) message {
	return message(uint64(from)<<60 | uint64(to)<<56 | uint64(k)<<52 | uint64(epoch)<<48 | body)
}

func (m message) channel() int { return int(m >> 56) }
func (m message) from() int    { return int(m >> 60) }
func (m message) to() int      { return int(m >> 56 & 15) }
func (m message) kind() kind   { return kind(m >> 52 & 15) }
func (m message) epoch() int   { return int(m >> 48 & 15) }
func (m message) body() uint64 { return uint64(m) & (1<<48 - 1) }
func (m message) zxid() zxid   { return zxid(m.body()) }

// ZabServer is the state of one server.
type ZabServer struct {
	Role      role
	Phase     phase
	Accepted  uint8 // acceptedEpoch, f.p in the paper
	Current   uint8 // currentEpoch, f.a
	Committed uint8 // how many transactions it knows to be committed
	Upto      zxid  // the zxid of the last of those
	Leader    uint8 // whose learner it is, plus 1; 0: nobody's

	// Used while leading; what an earlier term left behind stays.
	Learners servers
	Sent     uint8               // transactions of its epoch that it has broadcast
	Cepochs  answers             // who sent CEPOCH
	Ackes    answers             // who sent ACKEPOCH
	Acklds   answers             // who sent ACKLD
	Epochs   [zabServers]uint8   // f.p in the CEPOCHs
	Currents [zabServers]uint8   // f.a in the ACKEPOCHs
	Offers   [zabServers]history // the histories in the ACKEPOCHs
	History  history
}

// answers are two sets: who answered, and who of them is still connected.
type answers uint8

func (a answers) from() servers            { return servers(a & 15) }
func (a answers) connected() servers       { return servers(a >> 4) }
func (a answers) with(i int) answers       { return a | 0x11<<i }
func (a answers) disconnect(i int) answers { return a &^ (0x10 << i) }

// ZabState is the state of the whole system.
type ZabState struct {
	Servers  [zabServers]ZabServer
	InFlight [zabInFlight]message // by channel, oldest first, then zeros
	Proposed [zabSent]uint16      // sender, epoch, zxid and value of all that was ever proposed, sorted
	Leaders  [zabEpochs + 1]servers
	Oracle   uint8 // the server it names, plus 1
	Wrong    wrong

	Timeouts, Restarts, Transactions, MaxEpoch, Requests uint8
}

// wrong is a set of things that the algorithm says cannot happen.
type wrong uint8

const (
	stateInconsistent wrong = 1 << iota
	proposalInconsistent
	commitInconsistent
	ackInconsistent
	messageIllegal
)

// ZabAction is a step of the specification.
type ZabAction struct {
	Kind ZabStep
	I, J uint8
}

// String returns "LeaderProcessACK s1 s2" and the like.
func (a ZabAction) String() string {
	s := fmt.Sprintf("%s s%d", zabSteps[a.Kind], a.I+1)
	if a.J != a.I {
		s += fmt.Sprintf(" s%d", a.J+1)
	}
	return s
}

// Initial implements [explore.Model].
func (z Zab) Initial() []ZabState { return []ZabState{{}} }

// quorum reports whether a set is more than half of the servers.
func (z Zab) quorum(s servers) bool { return 2*bits.OnesCount8(uint8(s)) > z.Servers }

var _ explore.Model[ZabState, ZabAction] = Zab{}
