package trace

import (
	"encoding/hex"
	"io"
	"math/bits"
	"strconv"
	"unicode/utf8"

	"github.com/zabsim/zabsim/nodes"
)

// SchemaVersion is the version of the trace file format that [Writer] writes
// and [Read] reads.
const SchemaVersion = 1

// flushAt is how much text a Writer gathers before it hands it on.
const flushAt = 64 << 10

// Writer is an [Observer] that writes a trace as JSON lines: the header first,
// then one object for each event, with only the fields that mean something for
// its kind. Times are integer nanoseconds; messages, records, positions and
// servers stand in their short printed forms. See [FileHeader] and [Line] for
// the fields.
//
// The text is put together by hand: encoding/json takes several times as long,
// and a trace file should not be what a simulation waits for.
type Writer struct {
	h      *Header
	w      io.Writer
	buf    []byte
	err    error
	issued []issued // by ClientID
}

// issued is the operation a client began last: a reply carries only the
// result, and a result reads better with what was asked.
type issued struct {
	seq uint32
	op  []byte
}

// NewWriter returns a Writer and writes the header. Call Flush at the end.
func NewWriter(w io.Writer, h *Header) *Writer {
	t := &Writer{h: h, w: w, buf: make([]byte, 0, flushAt+4<<10), issued: make([]issued, len(h.Clients)+1)}
	t.header()
	return t
}

// Wants implements [Observer]: every kind.
func (t *Writer) Wants() Set { return Every }

// Flush writes what is still held back, and returns the first error of all
// writes. After an error nothing more is written.
func (t *Writer) Flush() error {
	if t.err == nil && len(t.buf) > 0 {
		_, t.err = t.w.Write(t.buf)
	}
	t.buf = t.buf[:0]
	return t.err
}

// Observe implements [Observer].
func (t *Writer) Observe(e *Event) {
	if e.Kind == Invoke && int(e.Client) < len(t.issued) {
		t.issued[e.Client] = issued{e.ClientSeq, e.Op}
	}
	t.buf = append(t.buf, `{"n":`...)
	t.buf = strconv.AppendUint(t.buf, e.Seq, 10)
	if e.Cause != 0 {
		t.num(`,"cause":`, e.Cause)
	}
	t.num(`,"t":`, uint64(e.Time))
	t.buf = append(t.buf, `,"kind":"`...)
	t.buf = append(t.buf, kindNames[e.Kind]...)
	t.buf = append(t.buf, '"')
	for rest := fieldsOf[e.Kind]; rest != 0; rest &= rest - 1 {
		t.field(field(1)<<bits.TrailingZeros32(uint32(rest)), e)
	}
	t.buf = append(t.buf, '}', '\n')
	if len(t.buf) >= flushAt {
		_ = t.Flush() // the last one returns the error
	}
}

// field is one field of an event, as a bit, so that the fields of a kind are
// one word.
type field uint32

const (
	fServer field = 1 << iota
	fPeer
	fChannel
	fConn
	fMsg
	fFile
	fRecord
	fTimer
	fTicket
	fClient // Client and ClientSeq
	fClass
	fOutcome
	fResult
	fPos
	fLen
	fDigest
	fOp      // an operation
	fAnswer  // the result of the operation the client issued last
	fTxn     // a transaction
	fRestart // Restart
	fSides   // A, B, Both
	fText
	fDetail
	fViews
	fSession
	fEvent // what a client is told, in the bytes of the state machine
)

const fPacket = fServer | fPeer | fChannel | fConn

// fieldsOf says which fields mean something, as the comments at the kinds do.
var fieldsOf = [Kinds]field{
	Start:   fServer | fRestart,
	Deliver: fPacket | fMsg,
	Open:    fPacket,
	Refuse:  fServer | fPeer | fChannel,
	Close:   fPacket,
	Expire:  fServer | fTimer,
	Durable: fServer | fFile | fTicket | fPos,
	Fail:    fServer | fFile | fTicket,
	Request: fServer | fClient | fClass | fOp | fSession,

	Send:     fPacket | fMsg,
	Append:   fServer | fFile | fRecord | fPos,
	Replace:  fServer | fFile | fRecord,
	Truncate: fServer | fFile | fLen | fPos,
	Commit:   fServer | fPos | fLen | fDigest | fTxn,
	Reply:    fServer | fClient | fOutcome | fPos | fAnswer,
	Note:     fServer | fText | fDetail,
	Exit:     fServer | fText,
	Panic:    fServer | fText,
	View:     fServer | fViews,

	Drop: fPacket | fMsg | fText,

	Crash:        fServer,
	MachineCrash: fServer,
	Pause:        fServer,
	Resume:       fServer,
	Cut:          fSides,
	Heal:         fSides,
	Fault:        fServer | fSides | fText,

	Invoke: fClient | fClass | fOp | fSession,
	Return: fClient | fClass | fResult | fServer | fPos | fAnswer | fSession,

	Attach: fServer | fClient | fSession | fPos,
	Detach: fServer | fClient | fSession | fText,
	Notify: fServer | fClient | fPos | fEvent,
	Told:   fServer | fClient | fSession | fPos | fEvent,
}

func (t *Writer) field(f field, e *Event) {
	switch f {
	case fServer:
		t.server(`,"server":`, e.Server)
	case fPeer:
		t.server(`,"peer":`, e.Peer)
	case fChannel:
		t.text(`,"channel":`, t.h.Protocol.Channels[e.Channel].Name)
	case fConn:
		if e.Conn != 0 {
			t.text(`,"conn":`, e.Conn.String())
		}
	case fMsg:
		t.text(`,"msg":`, nodes.Describe(e.Msg))
	case fFile:
		t.text(`,"file":`, t.h.Protocol.Files[e.File])
	case fRecord:
		t.text(`,"record":`, nodes.Describe(e.Record))
	case fTimer:
		t.text(`,"timer":`, t.h.Protocol.TimerName(e.Timer))
	case fTicket:
		t.num(`,"ticket":`, uint64(e.Ticket))
	case fClient:
		t.text(`,"client":`, t.h.ClientName(e.Client))
		t.num(`,"seq":`, uint64(e.ClientSeq))
	case fClass:
		t.text(`,"class":`, e.Class.String())
	case fOutcome:
		t.text(`,"outcome":`, e.Outcome.String())
	case fResult:
		t.text(`,"result":`, e.Result.String())
	case fPos:
		t.pos(`,"pos":`, e.Pos)
	case fLen:
		t.num(`,"len":`, e.Len)
	case fDigest:
		t.digest(e.Digest)
	case fOp:
		if len(e.Op) > 0 { // a sync has none
			t.text(`,"op":`, t.h.Describe(e.Op, nil))
		}
	case fAnswer:
		t.answer(e)
	case fTxn:
		t.bytes(`,"txn":`, e.Op)
	case fRestart:
		t.flag(`,"restart":true`, e.Restart)
	case fSides:
		if e.Kind == Fault && e.A == 0 && e.B == 0 {
			return // what was done to a server
		}
		t.text(`,"a":`, e.A.String())
		t.text(`,"b":`, e.B.String())
		t.flag(`,"both":true`, e.Both)
	case fText:
		t.text(`,"text":`, e.Text)
	case fDetail:
		t.text(`,"detail":`, e.Detail)
	case fSession:
		if e.Session != 0 {
			t.num(`,"session":`, uint64(e.Session))
		}
	case fEvent:
		t.bytes(`,"event":`, e.Op)
	case fViews:
		t.view(`,"before":`, e.Before)
		t.view(`,"after":`, e.After)
	}
}

// answer writes an operation with its result in words, if there is a result
// and the operation is the one the client issued last.
func (t *Writer) answer(e *Event) {
	if e.Op == nil || int(e.Client) >= len(t.issued) {
		return
	}
	if is := t.issued[e.Client]; is.op != nil && is.seq == e.ClientSeq {
		t.text(`,"op":`, t.h.Describe(is.op, e.Op))
	}
}

func (t *Writer) header() {
	t.buf = append(t.buf, `{"zabsim":`...)
	t.buf = strconv.AppendInt(t.buf, SchemaVersion, 10)
	t.text(`,"scenario":`, t.h.Scenario)
	t.text(`,"protocol":`, t.h.Protocol.Name)
	t.num(`,"seed":`, t.h.Seed)
	t.text(`,"voters":`, t.h.Voters.String())
	t.text(`,"observers":`, t.h.Observers.String())
	t.buf = append(t.buf, `,"sites":[`...)
	for i, s := range t.h.Sites {
		t.comma(i)
		t.text(`{"name":`, s.Name)
		t.text(`,"servers":`, s.Servers.String())
		t.buf = append(t.buf, '}')
	}
	t.buf = append(t.buf, `],"clients":[`...)
	for i, c := range t.h.Clients {
		t.comma(i)
		t.buf = appendQuoted(t.buf, c)
	}
	t.buf = append(t.buf, "]}\n"...)
}

func (t *Writer) comma(i int) {
	if i > 0 {
		t.buf = append(t.buf, ',')
	}
}

func (t *Writer) view(key string, s *nodes.Status) {
	t.buf = append(t.buf, key...)
	t.text(`{"role":`, s.Role.String())
	t.flag(`,"serving":true`, s.Serving)
	t.server(`,"leader":`, s.Leader)
	t.num(`,"epoch":`, s.Epoch)
	t.text(`,"phase":`, s.Phase)
	t.pos(`,"logged":`, s.Logged)
	t.buf = append(t.buf, '}')
}

// The helpers below append a key, given with its punctuation, and a value;
// values that are "nothing" (no server, no text) are left out with their key.

func (t *Writer) num(key string, n uint64) {
	t.buf = append(t.buf, key...)
	t.buf = strconv.AppendUint(t.buf, n, 10)
}

func (t *Writer) flag(keyAndValue string, set bool) {
	if set {
		t.buf = append(t.buf, keyAndValue...)
	}
}

func (t *Writer) server(key string, id nodes.ID) {
	if id == 0 {
		return
	}
	t.buf = append(t.buf, key...)
	t.buf = append(t.buf, `"s`...)
	t.buf = strconv.AppendUint(t.buf, uint64(id), 10)
	t.buf = append(t.buf, '"')
}

func (t *Writer) pos(key string, p nodes.Position) {
	t.buf = append(t.buf, key...)
	t.buf = append(t.buf, '"')
	t.buf = p.AppendText(t.buf)
	t.buf = append(t.buf, '"')
}

func (t *Writer) text(key, s string) {
	if s != "" {
		t.buf = append(t.buf, key...)
		t.buf = appendQuoted(t.buf, s)
	}
}

func (t *Writer) bytes(key string, b []byte) {
	t.buf = append(t.buf, key...)
	t.buf = append(t.buf, '"')
	t.buf = hex.AppendEncode(t.buf, b)
	t.buf = append(t.buf, '"')
}

const hexDigits = "0123456789abcdef"

func (t *Writer) digest(d nodes.Digest) {
	t.buf = append(t.buf, `,"digest":"`...)
	for shift := 60; shift >= 0; shift -= 4 {
		t.buf = append(t.buf, hexDigits[d>>shift&15])
	}
	t.buf = append(t.buf, '"')
}

// appendQuoted appends s as a JSON string. What is not UTF-8 becomes U+FFFD.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	clean := 0 // s[clean:i] needs no change
	for i := 0; i < len(s); {
		c, size := rune(s[i]), 1
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRuneInString(s[i:])
		}
		switch bad := c == utf8.RuneError && size == 1; {
		case c == '"' || c == '\\':
			b = append(append(b, s[clean:i]...), '\\', byte(c))
			clean = i + size
		case c < ' ' || bad:
			b = append(append(b, s[clean:i]...), '\\', 'u')
			b = append(b, hexDigits[c>>12&15], hexDigits[c>>8&15], hexDigits[c>>4&15], hexDigits[c&15])
			clean = i + size
		}
		i += size
	}
	b = append(b, s[clean:]...)
	return append(b, '"')
}
