package trace

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes"
)

// word is a message and a record whose printed form is itself.
type word string

func (w word) Kind() string             { return string(w) }
func (w word) AppendTo(b []byte) []byte { return append(b, w...) }
func (w word) Position() nodes.Position { return nodes.Position{} }

var testHeader = &Header{
	Scenario: "two \"sites\"",
	Protocol: &nodes.Protocol{
		Name:     "zab",
		Channels: []nodes.ChannelSpec{{Name: "election"}, {Name: "quorum"}},
		Files:    []string{"log", "epoch"},
		Timers:   []string{"read", "election"},
	},
	Seed:      1<<64 - 1,
	Voters:    nodes.FirstN(3),
	Observers: nodes.SetOf(4),
	Sites:     []Site{{"shanghai", nodes.FirstN(2)}, {"guangzhou", nodes.SetOf(3, 4)}},
	Clients:   []string{"teller-sh", "teller-gz"},
	Describe: func(op, result []byte) string {
		if result == nil {
			return string(op)
		}
		return string(op) + ": " + string(result)
	},
}

// anyEvent draws an event of any kind with all fields set: the writer has to
// pick the meaningful ones.
func anyEvent(t *rapid.T, seq uint64) *Event {
	server := rapid.Custom(func(t *rapid.T) nodes.ID { return nodes.ID(rapid.IntRange(1, 63).Draw(t, "id")) })
	pos := rapid.Custom(func(t *rapid.T) nodes.Position {
		return nodes.Position{Epoch: rapid.Uint64().Draw(t, "epoch"), Index: rapid.Uint64().Draw(t, "index")}
	})
	status := rapid.Custom(func(t *rapid.T) *nodes.Status {
		return &nodes.Status{
			Role:    nodes.Role(rapid.IntRange(0, 4).Draw(t, "role")),
			Serving: rapid.Bool().Draw(t, "serving"),
			Leader:  nodes.ID(rapid.IntRange(0, 63).Draw(t, "leader")),
			Epoch:   rapid.Uint64().Draw(t, "epoch"),
			Phase:   rapid.String().Draw(t, "phase"),
			Logged:  pos.Draw(t, "logged"),
		}
	})
	text := rapid.String()
	op := rapid.SliceOfN(rapid.Byte(), 1, -1)
	return &Event{
		Seq:       seq,
		Cause:     rapid.Uint64Range(0, seq-1).Draw(t, "cause"),
		Time:      time.Duration(rapid.Int64Range(0, 1<<62).Draw(t, "time")),
		Kind:      Kind(rapid.IntRange(1, int(Kinds)-1).Draw(t, "kind")),
		Server:    server.Draw(t, "server"),
		Peer:      server.Draw(t, "peer"),
		Channel:   nodes.Channel(rapid.IntRange(0, 1).Draw(t, "channel")),
		File:      nodes.File(rapid.IntRange(0, 1).Draw(t, "file")),
		Class:     nodes.Class(rapid.IntRange(0, 3).Draw(t, "class")),
		Outcome:   nodes.Outcome(rapid.IntRange(0, 2).Draw(t, "outcome")),
		Result:    Result(rapid.IntRange(0, 2).Draw(t, "result")),
		Restart:   rapid.Bool().Draw(t, "restart"),
		Both:      rapid.Bool().Draw(t, "both"),
		Client:    nodes.ClientID(rapid.IntRange(1, 2).Draw(t, "client")),
		Conn:      nodes.MakeConn(server.Draw(t, "dialer"), server.Draw(t, "acceptor"), 1, 2),
		Timer:     nodes.Timer{Name: 1, Key: rapid.Uint32().Draw(t, "timer")},
		Ticket:    nodes.Ticket(rapid.Uint32().Draw(t, "ticket")),
		Session:   nodes.SessionID(rapid.Uint64().Draw(t, "session")),
		ClientSeq: rapid.Uint32Range(1, 2).Draw(t, "client seq"),
		Pos:       pos.Draw(t, "pos"),
		Len:       rapid.Uint64().Draw(t, "len"),
		Digest:    nodes.Digest(rapid.Uint64().Draw(t, "digest")),
		Msg:       word(text.Draw(t, "msg")),
		Record:    word(text.Draw(t, "record")),
		Op:        op.Draw(t, "op"),
		Text:      text.Draw(t, "text"),
		Detail:    text.Draw(t, "detail"),
		A:         nodes.Set(rapid.Uint64().Draw(t, "a")) &^ 1,
		B:         nodes.Set(rapid.Uint64().Draw(t, "b")) &^ 1,
		Before:    status.Draw(t, "before"),
		After:     status.Draw(t, "after"),
	}
}

// expected says what must be read back for an event, field by field as the
// comments at the kinds list them. It shares nothing with the writer's table.
func expected(e *Event, asked *Event) *Line {
	l := &Line{Seq: e.Seq, Cause: e.Cause, Time: e.Time, Kind: e.Kind}
	server := func() { l.Server = e.Server.String() }
	peer := func() { server(); l.Peer, l.Channel = e.Peer.String(), testHeader.Protocol.Channels[e.Channel].Name }
	packet := func() { peer(); l.Conn = e.Conn.String() }
	msg := func() { packet(); l.Msg = valid(e.Msg.Kind()) }
	file := func() { server(); l.File = testHeader.Protocol.Files[e.File] }
	client := func() { l.Client, l.ClientSeq = testHeader.Clients[e.Client-1], e.ClientSeq }
	answer := func() {
		if asked != nil && asked.ClientSeq == e.ClientSeq {
			l.Op = valid(string(asked.Op) + ": " + string(e.Op))
		}
	}
	view := func(s *nodes.Status) *LineView {
		v := &LineView{s.Role.String(), s.Serving, "", s.Epoch, valid(s.Phase), s.Logged.String()}
		if s.Leader != 0 {
			v.Leader = s.Leader.String()
		}
		return v
	}
	switch e.Kind {
	case Start:
		server()
		l.Restart = e.Restart
	case Deliver, Send:
		msg()
	case Drop:
		msg()
		l.Text = valid(e.Text)
	case Open, Close:
		packet()
	case Refuse:
		peer()
	case Expire:
		server()
		l.Timer = testHeader.Protocol.TimerName(e.Timer)
	case Durable:
		file()
		l.Ticket, l.Pos = uint32(e.Ticket), e.Pos.String()
	case Fail:
		file()
		l.Ticket = uint32(e.Ticket)
	case Request:
		server()
		client()
		l.Class, l.Op = e.Class.String(), valid(string(e.Op))
		l.Session = uint64(e.Session)
	case Attach:
		server()
		client()
		l.Session, l.Pos = uint64(e.Session), e.Pos.String()
	case Detach:
		server()
		client()
		l.Session, l.Text = uint64(e.Session), valid(e.Text)
	case Notify:
		server()
		client()
		l.Pos, l.Event = e.Pos.String(), hex.EncodeToString(e.Op)
	case Told:
		server()
		client()
		l.Session, l.Pos, l.Event = uint64(e.Session), e.Pos.String(), hex.EncodeToString(e.Op)
	case Append:
		file()
		l.Record, l.Pos = valid(e.Record.Kind()), e.Pos.String()
	case Replace:
		file()
		l.Record = valid(e.Record.Kind())
	case Truncate:
		file()
		l.Len, l.Pos = e.Len, e.Pos.String()
	case Commit:
		server()
		l.Pos, l.Len, l.Digest, l.Txn = e.Pos.String(), e.Len, fmt.Sprintf("%016x", uint64(e.Digest)), hex.EncodeToString(e.Op)
	case Reply:
		server()
		client()
		answer()
		l.Outcome, l.Pos = e.Outcome.String(), e.Pos.String()
	case Note:
		server()
		l.Text, l.Detail = valid(e.Text), valid(e.Detail)
	case Exit, Panic:
		server()
		l.Text = valid(e.Text)
	case View:
		server()
		l.Before, l.After = view(e.Before), view(e.After)
	case Crash, MachineCrash, Pause, Resume:
		server()
	case Cut, Heal:
		l.A, l.B, l.Both = e.A.String(), e.B.String(), e.Both
	case Fault:
		server()
		l.Text = valid(e.Text)
		if e.A != 0 || e.B != 0 {
			l.A, l.B, l.Both = e.A.String(), e.B.String(), e.Both
		}
	case Invoke:
		client()
		l.Class, l.Op, l.Session = e.Class.String(), valid(string(e.Op)), uint64(e.Session)
	case Return:
		server()
		client()
		answer()
		l.Class, l.Result, l.Pos = e.Class.String(), e.Result.String(), e.Pos.String()
		l.Session = uint64(e.Session)
	}
	return l
}

// valid is what JSON makes of text that is not UTF-8: one U+FFFD for each byte
// that does not fit.
func valid(s string) string { return string([]rune(s)) }

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var file bytes.Buffer
		w := NewWriter(&file, testHeader)
		var want []*Line
		var asked [3]*Event
		for seq := range rapid.Uint64Range(0, 8).Draw(t, "events") {
			e := anyEvent(t, seq+1)
			if e.Kind == Invoke {
				asked[e.Client] = e
			}
			w.Observe(e)
			want = append(want, expected(e, asked[e.Client]))
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		h, lines, err := Read(&file)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := *h, (FileHeader{
			1, "two \"sites\"", "zab", 1<<64 - 1, "{s1 s2 s3}", "{s4}",
			[]FileSite{{"shanghai", "{s1 s2}"}, {"guangzhou", "{s3 s4}"}},
			[]string{"teller-sh", "teller-gz"},
		}); !reflect.DeepEqual(got, want) {
			t.Fatalf("header %+v\nwant   %+v", got, want)
		}
		i := 0
		for got, err := range lines {
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want[i]) {
				t.Fatalf("line %d: %+v\nwant    %+v", i+2, got, want[i])
			}
			i++
		}
		if i != len(want) {
			t.Fatalf("read %d events, wrote %d", i, len(want))
		}
	})
}

func TestTraceFileIsMadeForReading(t *testing.T) {
	var file strings.Builder
	w := NewWriter(&file, testHeader)
	w.Observe(&Event{
		Seq: 1, Time: 10031 * time.Millisecond, Kind: Send, Server: 3, Peer: 1, Channel: 1,
		Conn: nodes.MakeConn(1, 3, 1, 0), Msg: word("PROPOSAL 1.3"),
	})
	w.Observe(&Event{Seq: 2, Cause: 1, Time: 10032 * time.Millisecond, Kind: Cut, A: nodes.FirstN(2), B: nodes.SetOf(3), Both: true})
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := `{"zabsim":1,"scenario":"two \"sites\"","protocol":"zab","seed":18446744073709551615,"voters":"{s1 s2 s3}","observers":"{s4}","sites":[{"name":"shanghai","servers":"{s1 s2}"},{"name":"guangzhou","servers":"{s3 s4}"}],"clients":["teller-sh","teller-gz"]}
{"n":1,"t":10031000000,"kind":"send","server":"s3","peer":"s1","channel":"quorum","conn":"s1>s3","msg":"PROPOSAL 1.3"}
{"n":2,"cause":1,"t":10032000000,"kind":"cut","a":"{s1 s2}","b":"{s3}","both":true}
`
	if file.String() != want {
		t.Errorf("wrote\n%swant\n%s", file.String(), want)
	}
}

func TestQuoting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		var got string
		if err := json.Unmarshal(appendQuoted(nil, s), &got); err != nil {
			t.Fatalf("%s: %v", appendQuoted(nil, s), err)
		}
		if got != valid(s) {
			t.Fatalf("%q came back as %q", s, got)
		}
	})
}

func TestEveryKindHasFieldsAndAName(t *testing.T) {
	for k := None + 1; k < Kinds; k++ {
		if fieldsOf[k] == 0 || k.String() == "" {
			t.Errorf("kind %d (%q) has no fields or no name", k, k)
		}
	}
}

type brokenDisk struct{ written int }

func (d *brokenDisk) Write([]byte) (int, error) {
	d.written++
	return 0, errors.New("disk full")
}

func TestWriterReportsTheFirstErrorAndStops(t *testing.T) {
	disk := &brokenDisk{}
	w := NewWriter(disk, testHeader)
	for range 10_000 { // several buffers' worth
		w.Observe(&Event{Seq: 1, Kind: Crash, Server: 1})
	}
	if err := w.Flush(); err == nil || err.Error() != "disk full" {
		t.Errorf("Flush returned %v", err)
	}
	if disk.written != 1 {
		t.Errorf("tried to write %d times", disk.written)
	}
}

const headerLine = `{"zabsim":1,"scenario":"x","protocol":"zab","seed":1}` + "\n"

func TestReadErrorsNameTheLine(t *testing.T) {
	for _, c := range []struct{ name, file, want string }{
		{"empty", "", "line 1: unexpected EOF"},
		{"not JSON", "hello\n", "line 1: not a trace file: invalid character 'h' looking for beginning of value"},
		{"an event first", `{"n":1,"t":0,"kind":"crash"}`, `line 1: not a trace file: json: unknown field "n"`},
		{"newer version", `{"zabsim":2}`, "line 1: trace of version 2; this zabsim reads version 1"},
		{"cut off", headerLine + `{"n":1,"t":0,"ki`, "line 2: unexpected EOF"},
		{"no kind", headerLine + `{"n":1,"t":0}`, "line 2: an event without a kind"},
		{"unknown kind", headerLine + `{"n":1,"kind":"party"}`, `line 2: unknown kind of event "party"`},
		{"unknown field", headerLine + `{"n":1,"kind":"crash","who":"s1"}`, `line 2: json: unknown field "who"`},
		{"two on a line", headerLine + `{"n":1,"kind":"crash"}{}`, "line 2: something follows the object"},
		{"order", headerLine + `{"n":2,"kind":"crash"}` + "\n" + `{"n":2,"kind":"crash"}`, "line 3: event 2 after event 2"},
		{"cause", headerLine + `{"n":2,"cause":2,"kind":"crash"}`, "line 2: event 2 caused by the later event 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, lines, err := Read(strings.NewReader(c.file))
			if err == nil {
				for _, e := range lines {
					err = e
				}
			}
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// FuzzRead looks for files that break the reader, or that get past it with
// events in an order that later stages could not follow.
func FuzzRead(f *testing.F) {
	f.Add([]byte(headerLine + `{"n":1,"t":5,"kind":"cut","a":"{s1}","b":"{s2}","both":true}` + "\n" + `{"n":3,"cause":1,"t":6,"kind":"view","before":{"role":"looking"},"after":null}`))
	f.Add([]byte(`{"zabsim":1}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		_, lines, err := Read(bytes.NewReader(file))
		if err != nil {
			return
		}
		var last uint64
		for l, err := range lines {
			if err != nil {
				if !strings.HasPrefix(err.Error(), "line ") {
					t.Fatalf("error without a line: %v", err)
				}
				return
			}
			if l.Seq <= last || l.Cause >= l.Seq || l.Kind == None {
				t.Fatalf("after event %d came %+v", last, l)
			}
			last = l.Seq
		}
	})
}

func BenchmarkWriter(b *testing.B) {
	w := NewWriter(io.Discard, testHeader)
	events := []*Event{
		{Kind: Send, Cause: 1, Server: 3, Peer: 1, Channel: 1, Conn: nodes.MakeConn(1, 3, 1, 0), Msg: word("PROPOSAL 1.3")},
		{Kind: Deliver, Cause: 1, Server: 1, Peer: 3, Channel: 1, Conn: nodes.MakeConn(1, 3, 1, 0), Msg: word("PROPOSAL 1.3")},
		{Kind: Append, Cause: 1, Server: 1, Record: word("txn 1.3"), Pos: nodes.Position{Epoch: 1, Index: 3}},
		{Kind: Durable, Cause: 1, Server: 1, Ticket: 4, Pos: nodes.Position{Epoch: 1, Index: 3}},
		{Kind: Expire, Cause: 1, Server: 1, Timer: nodes.Timer{Name: 1}},
	}
	b.ReportAllocs()
	var seq uint64
	for b.Loop() {
		e := events[seq%uint64(len(events))]
		seq++
		e.Seq, e.Time = seq, time.Duration(seq)*time.Millisecond
		w.Observe(e)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
