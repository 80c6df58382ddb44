package nodes

import "time"

// EffectKind says which of an [Effect]'s fields mean something.
type EffectKind uint8

// The kinds of effects. The methods of [Out] of the same names say what each
// does.
const (
	EffectSend EffectKind = iota
	EffectDial
	EffectListen
	EffectClose
	EffectSetTimer
	EffectStopTimer
	EffectAppend
	EffectReplace
	EffectTruncate
	EffectSync
	EffectCommit
	EffectReply
	EffectNote
	EffectExit
	EffectNotify
	EffectHangUp
)

// Effect is one thing a node asked for. It is a tagged struct rather than an
// interface because a step then allocates nothing (interfaces cost an
// allocation for each effect); protocols never see it, they call the methods
// of [Out].
type Effect struct {
	Kind    EffectKind
	Open    bool    // Listen
	To      ID      // Send, Dial
	On      Channel // Send, Dial, Listen, Close
	File    File    // Append, Replace, Truncate, Sync
	Outcome Outcome // Reply
	Client  ClientID
	Conn    Conn
	Seq     uint32
	Ticket  Ticket // Replace, Sync
	Timer   Timer
	Keep    int           // Truncate
	Min     time.Duration // SetTimer; Dial: the time allowed
	Max     time.Duration
	At      Position // Commit, Reply, Notify
	Len     uint64   // Commit: length of the history with this one
	Digest  Digest   // Commit: digest of that history
	Msg     Message
	Record  Record
	Op      []byte // Commit: the transaction; Reply: the result; Notify: the event
	Text    string // Note, Exit
	Detail  string // Note
}

// Outcome says how a server answers a request.
type Outcome uint8

// The outcomes of a request at one server.
const (
	// Done: carried out; the result says what came of it.
	Done Outcome = iota
	// RefusedHere: this server does not serve the client; it did nothing and will
	// do nothing about the request.
	RefusedHere
	// Lost: the server drops the client's connection. The request may have
	// been, or may yet be, carried out (R-CLI-9).
	Lost
)

// String returns "done", "refused" or "lost".
func (o Outcome) String() string { return [...]string{"done", "refused", "lost"}[o] }

// Out collects the effects of one step, in order. The world owns it and clears
// it between steps.
type Out struct{ effects []Effect }

// Effects returns what was asked for, in order. It is valid until Reset.
func (o *Out) Effects() []Effect { return o.effects }

// Reset forgets all effects and keeps the memory.
func (o *Out) Reset() {
	clear(o.effects) // let go of messages and records
	o.effects = o.effects[:0]
}

func (o *Out) add(k EffectKind) *Effect {
	if n := len(o.effects); n < cap(o.effects) {
		o.effects = o.effects[:n+1] // Reset left it zero
	} else {
		o.effects = append(o.effects, Effect{})
	}
	e := &o.effects[len(o.effects)-1]
	e.Kind = k
	return e
}

// Send sends msg to a server over a channel without connections of its own:
// mailbox, datagram, or a stream that the world connects by itself.
func (o *Out) Send(to ID, on Channel, msg Message) {
	e := o.add(EffectSend)
	e.To, e.On, e.Msg = to, on, msg
}

// SendOn sends msg over one connection. A message for a connection that is
// gone vanishes, as a write to a dead socket does.
func (o *Out) SendOn(conn Conn, to ID, msg Message) {
	e := o.add(EffectSend)
	e.To, e.On, e.Conn, e.Msg = to, conn.Channel(), conn, msg
}

// Dial asks for a connection. The answer is Opened or Refused; Refused comes
// after timeout at the latest.
func (o *Out) Dial(to ID, on Channel, timeout time.Duration) {
	e := o.add(EffectDial)
	e.To, e.On, e.Min = to, on, timeout
}

// Listen opens or closes this server's port on a stream channel. Ports are
// closed at boot. Connections that exist stay.
func (o *Out) Listen(on Channel, open bool) {
	e := o.add(EffectListen)
	e.On, e.Open = on, open
}

// Close closes one connection. What was sent on it before still arrives; what
// the other end sent and was not delivered yet never does.
func (o *Out) Close(conn Conn) {
	e := o.add(EffectClose)
	e.On, e.Conn = conn.Channel(), conn
}

// SetTimer arms a timer to fire after a time between shortest and longest,
// which the world picks; an armed timer is set anew.
func (o *Out) SetTimer(t Timer, shortest, longest time.Duration) {
	e := o.add(EffectSetTimer)
	e.Timer, e.Min, e.Max = t, shortest, longest
}

// StopTimer disarms a timer; it need not be armed.
func (o *Out) StopTimer(t Timer) { o.add(EffectStopTimer).Timer = t }

// Append writes a record at the end of a file. It is durable only after a Sync.
func (o *Out) Append(f File, r Record) {
	e := o.add(EffectAppend)
	e.File, e.Record = f, r
}

// Replace replaces the whole file by one record: write to a temporary file,
// fsync, rename. A crash leaves the old content or the new, never half.
// [Synced] with the ticket says that it is done.
func (o *Out) Replace(f File, r Record, t Ticket) {
	e := o.add(EffectReplace)
	e.File, e.Record, e.Ticket = f, r, t
}

// Truncate cuts a file down to its first keep records. It is durable only
// after a Sync.
func (o *Out) Truncate(f File, keep int) {
	e := o.add(EffectTruncate)
	e.File, e.Keep = f, keep
}

// Sync asks for an fsync of all that was written to the file so far. [Synced]
// with the ticket says that it is done, [Failed] that it went wrong.
func (o *Out) Sync(f File, t Ticket) {
	e := o.add(EffectSync)
	e.File, e.Ticket = f, t
}

// Commit says that the server delivers a transaction (the paper's abdeliver):
// it is part of the state it serves. h is the server's history up to and
// including it. After a restart or a snapshot transfer a server says again
// what it delivers again.
func (o *Out) Commit(at Position, txn []byte, h History) {
	e := o.add(EffectCommit)
	e.At, e.Op, e.Len, e.Digest = at, txn, h.Len, h.Digest
}

// Reply answers a request: at is the newest position in the state it was
// answered from.
func (o *Out) Reply(c ClientID, seq uint32, at Position, result []byte) {
	e := o.add(EffectReply)
	e.Client, e.Seq, e.At, e.Op = c, seq, at, result
}

// Turn answers a request with outcome RefusedHere or Lost.
func (o *Out) Turn(c ClientID, seq uint32, outcome Outcome) {
	e := o.add(EffectReply)
	e.Client, e.Seq, e.Outcome = c, seq, outcome
}

// Notify tells a client that is attached to this server of an event it asked
// to be told of; at is the server's newest position. Events and answers reach
// the client in the order in which the server sends them.
func (o *Out) Notify(c ClientID, at Position, event []byte) {
	e := o.add(EffectNotify)
	e.Client, e.At, e.Op = c, at, event
}

// HangUp closes the connection of an attached client.
func (o *Out) HangUp(c ClientID) { o.add(EffectHangUp).Client = c }

// Note marks a place in the protocol as reached. name is one of the protocol's
// Notes, which coverage counts; detail, often empty, is for people, in the protocol's own
// words.
func (o *Out) Note(name, detail string) {
	e := o.add(EffectNote)
	e.Text, e.Detail = name, detail
}

// Exit ends the process, as a failed assertion or System.exit does: the world
// treats it as a process crash after the effects before it. why is for people.
func (o *Out) Exit(why string) { o.add(EffectExit).Text = why }
