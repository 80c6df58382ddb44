package models

import "slices"

// Stamp orders the writes of a register. Stamps of two servers differ.
type Stamp struct{ Time, Server int }

func (s Stamp) less(t Stamp) bool { return s.Time < t.Time || s.Time == t.Time && s.Server < t.Server }

// ABDPhase is what a message between servers of the register says.
type ABDPhase uint8

// The messages of the register.
const (
	Query ABDPhase = iota + 1
	AckQuery
	Record
	AckRecord
)

// ABDMsg is a message between servers of the register.
type ABDMsg struct {
	Phase ABDPhase
	Req   int
	Stamp Stamp
	Value byte
}

// ABDServer keeps a copy of the register and carries out one request at a
// time: it asks a majority for their stamps, and then has a majority record
// what it writes or has read.
type ABDServer struct {
	Stamp Stamp
	Value byte

	Doing  ABDPhase // Query, Record, or 0 for nothing
	Req    int
	Client int
	Write  bool // in the Query phase, Value of the request is Writes
	Writes byte
	Read   byte     // in the Record phase of a read
	Heard  uint     // the servers that answered in this phase
	Copies []ABDMsg // what they said of their copies, by server, in the Query phase
}

// NewABD returns the register of Attiya, Bar-Noy and Dolev.
func NewABD(servers, clients int) *Register[ABDServer, ABDMsg] {
	r := &Register[ABDServer, ABDMsg]{clients: clients, handle: abd(servers)}
	for i := range servers {
		r.servers = append(r.servers, ABDServer{Stamp: Stamp{Server: i}})
	}
	return r
}

func abd(servers int) handler[ABDServer, ABDMsg] {
	return func(me int, v ABDServer, from int, msg Msg[ABDMsg], send func(int, Msg[ABDMsg])) (ABDServer, bool) {
		a := abdStep{servers, me, v, send}
		happened := a.step(from, msg)
		return a.ABDServer, happened
	}
}

// abdStep is a server while it handles a message.
type abdStep struct {
	servers, me int
	ABDServer
	send func(int, Msg[ABDMsg])
}

func (a *abdStep) broadcast(m ABDMsg) {
	for peer := range a.servers {
		if peer != a.me {
			a.send(peer, Msg[ABDMsg]{Inner: m})
		}
	}
}

// step handles a message and reports whether that did anything.
func (a *abdStep) step(from int, msg Msg[ABDMsg]) bool {
	in := msg.Inner
	switch {
	case (msg.Kind == Put || msg.Kind == Get) && a.Doing == 0:
		a.Doing, a.Req, a.Client = Query, msg.Req, from
		a.Write, a.Writes = msg.Kind == Put, msg.Value
		a.Copies = make([]ABDMsg, a.servers)
		a.Copies[a.me] = ABDMsg{Stamp: a.Stamp, Value: a.Value}
		a.Heard = 1 << a.me
		a.broadcast(ABDMsg{Phase: Query, Req: msg.Req})
	case in.Phase == Query:
		a.send(from, Msg[ABDMsg]{Inner: ABDMsg{AckQuery, in.Req, a.Stamp, a.Value}})
	case in.Phase == AckQuery && a.Doing == Query && in.Req == a.Req:
		a.heard(from, in)
	case in.Phase == Record:
		a.send(from, Msg[ABDMsg]{Inner: ABDMsg{Phase: AckRecord, Req: in.Req}})
		a.record(in.Stamp, in.Value)
	case in.Phase == AckRecord && a.Doing == Record && in.Req == a.Req && a.Heard>>from&1 == 0:
		a.Heard |= 1 << from
		if count(a.Heard) == majority(a.servers) {
			a.answer()
		}
	default:
		return false
	}
	return true
}

// heard notes what a server said of its copy. A majority settles what to
// record: a write gets a stamp above all of theirs, a read takes the newest.
func (a *abdStep) heard(from int, in ABDMsg) {
	a.Copies = slices.Clone(a.Copies)
	a.Copies[from] = ABDMsg{Stamp: in.Stamp, Value: in.Value}
	a.Heard |= 1 << from
	if count(a.Heard) != majority(a.servers) {
		return
	}
	newest := a.Copies[a.me]
	for _, c := range a.Copies {
		if newest.Stamp.less(c.Stamp) {
			newest = c
		}
	}
	if a.Write {
		newest = ABDMsg{Stamp: Stamp{newest.Stamp.Time + 1, a.me}, Value: a.Writes}
	} else {
		a.Read = newest.Value
	}
	a.Doing, a.Heard, a.Copies, a.Writes = Record, 1<<a.me, nil, 0
	a.broadcast(ABDMsg{Record, a.Req, newest.Stamp, newest.Value})
	a.record(newest.Stamp, newest.Value)
}

func (a *abdStep) record(s Stamp, value byte) {
	if a.Stamp.less(s) {
		a.Stamp, a.Value = s, value
	}
}

// answer ends the request.
func (a *abdStep) answer() {
	msg := Msg[ABDMsg]{Kind: PutOK, Req: a.Req}
	if !a.Write {
		msg.Kind, msg.Value = GetOK, a.Read
	}
	a.send(a.Client, msg)
	a.ABDServer = ABDServer{Stamp: a.Stamp, Value: a.Value}
}
