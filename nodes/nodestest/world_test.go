package nodestest

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// TestWorldKeepsItsPromises runs a node that panics when its world does what
// package nodes rules out.
func TestWorldKeepsItsPromises(t *testing.T) {
	Run(t, nodes.Protocol{
		Name:     "probe",
		Channels: []nodes.ChannelSpec{{Name: "talk", Mode: nodes.Stream}},
		Files:    []string{"numbers", "newest"},
		Timers:   []string{"dial"},
		New: func(c nodes.Config) nodes.Node {
			return &probe{id: c.ID, others: (c.Voters | c.Observers).Without(c.ID)}
		},
	})
}

// probe counts what it sends on each connection and writes to its disk.
type probe struct {
	id      nodes.ID  `zabsim:"-"`
	others  nodes.Set `zabsim:"-"`
	booted  bool
	armed   bool
	dials   []nodes.ID // not answered
	talks   []talk
	written uint64
	waits   [2][]nodes.Ticket // for each file, oldest first
}

// talk is a connection: how many numbers went out and came in.
type talk struct {
	conn     nodes.Conn
	out, got uint64
}

type number uint64

func (number) Kind() string               { return "number" }
func (number) Position() nodes.Position   { return nodes.Position{} }
func (n number) AppendTo(b []byte) []byte { return fmt.Append(b, uint64(n)) }

func must(ok bool, what string) {
	if !ok {
		panic("the world broke a promise: " + what)
	}
}

func (p *probe) Status() nodes.Status { return nodes.Status{Role: nodes.Following} }

func (p *probe) Clone() nodes.Node {
	c := *p
	c.dials, c.talks = slices.Clone(p.dials), slices.Clone(p.talks)
	c.waits = [2][]nodes.Ticket{slices.Clone(p.waits[0]), slices.Clone(p.waits[1])}
	return &c
}

func (p *probe) Step(in nodes.Input, out *nodes.Out) {
	if start, boot := in.(*nodes.Start); boot {
		p.start(start.Disk, out)
		return
	}
	must(p.booted, "Start is the first input")
	switch in := in.(type) {
	case *nodes.Expire:
		must(p.armed, "only an armed timer fires")
		p.armed = false
		for id := range p.others.All() {
			out.Dial(id, 0, time.Second)
			p.dials = append(p.dials, id)
		}
	case *nodes.Refused:
		p.answered(in.Peer)
	case *nodes.Opened:
		if in.Conn.Dialer() == p.id {
			p.answered(in.Peer)
		}
		must(p.talk(in.Conn) < 0, "a connection comes up once")
		p.talks = append(p.talks, talk{conn: in.Conn})
		p.say(len(p.talks)-1, out)
	case *nodes.Deliver:
		i := p.talk(in.Conn)
		must(i >= 0, "messages come on connections that are up")
		p.talks[i].got++
		must(in.Msg.(number) == number(p.talks[i].got), "a stream is in order and without holes")
		p.say(i, out)
		if p.talks[i].got == 4 {
			out.Close(in.Conn)
			p.talks = slices.Delete(p.talks, i, i+1)
		}
	case *nodes.Closed:
		i := p.talk(in.Conn)
		must(i >= 0, "a connection that goes away was up")
		p.talks = slices.Delete(p.talks, i, i+1)
	case *nodes.Synced:
		p.finished(in.File, in.Ticket)
	case *nodes.Failed:
		p.finished(in.File, in.Ticket)
	case *nodes.Request: // not at the start: a timer that outlived a crash must show
		p.armed = true
		out.SetTimer(nodes.Timer{}, 0, time.Second)
		p.write(out)
	}
}

func (p *probe) start(d nodes.Disk, out *nodes.Out) {
	must(!p.booted, "a node is started once")
	for i, r := range d.Records(0) {
		must(r.(number) == number(i+1), "a file is a prefix of what was written")
	}
	must(len(d.Records(1)) <= 1, "a file that is replaced holds one record")
	p.booted, p.written = true, uint64(len(d.Records(0)))
	out.Listen(0, true)
}

func (p *probe) answered(peer nodes.ID) {
	i := slices.Index(p.dials, peer)
	must(i >= 0, "every dial has one answer")
	p.dials = slices.Delete(p.dials, i, i+1)
}

func (p *probe) talk(c nodes.Conn) int {
	return slices.IndexFunc(p.talks, func(t talk) bool { return t.conn == c })
}

// say sends the next two numbers.
func (p *probe) say(i int, out *nodes.Out) {
	t := &p.talks[i]
	for range 2 {
		t.out++
		out.SendOn(t.conn, t.conn.Peer(p.id), number(t.out))
	}
}

// write appends a number to one file and replaces the other one by it; now and
// then it takes the last number back first.
func (p *probe) write(out *nodes.Out) {
	if p.written%4 == 3 {
		p.written--
		out.Truncate(0, int(p.written))
	}
	p.written++
	ticket := nodes.Ticket(p.written)
	out.Append(0, number(p.written))
	out.Sync(0, ticket)
	out.Replace(1, number(p.written), ticket)
	p.waits[0], p.waits[1] = append(p.waits[0], ticket), append(p.waits[1], ticket)
}

func (p *probe) finished(f nodes.File, t nodes.Ticket) {
	must(len(p.waits[f]) > 0 && p.waits[f][0] == t, "writes of a file are done in order")
	p.waits[f] = p.waits[f][1:]
}

// TestWhatSurvives looks at one file.
func TestWhatSurvives(t *testing.T) {
	a, b, c := number(1), number(2), number(3)
	for _, tt := range []struct {
		name   string
		do     func(f *file)
		crash  []nodes.Record   // what a process crash leaves
		choice [][]nodes.Record // what a power loss may leave
	}{
		{"nothing written", func(*file) {}, nil, [][]nodes.Record{nil}},
		{"not synced", func(f *file) {
			f.write([]nodes.Record{a})
			f.write([]nodes.Record{a, b})
		}, []nodes.Record{a, b}, [][]nodes.Record{nil, {a}, {a, b}}},
		{"synced, then more", func(f *file) {
			f.write([]nodes.Record{a})
			f.syncs = []fsync{{ticket: 7, version: 1}}
			f.write([]nodes.Record{a, b})
			if f.done() != 7 {
				t.Error("wrong ticket")
			}
		}, []nodes.Record{a, b}, [][]nodes.Record{{a}, {a, b}}},
		{"two syncs of the same", func(f *file) {
			f.write([]nodes.Record{a})
			f.syncs = []fsync{{version: 1}, {version: 1}}
			f.done()
			f.done()
		}, []nodes.Record{a}, [][]nodes.Record{{a}}},
		{"replace under way", func(f *file) {
			f.versions = [][]nodes.Record{{a}}
			f.syncs = []fsync{{with: c}}
		}, []nodes.Record{a}, [][]nodes.Record{{a}, {c}}},
		{"replaced", func(f *file) {
			f.versions = [][]nodes.Record{{a}}
			f.syncs = []fsync{{with: c}}
			f.done()
		}, []nodes.Record{c}, [][]nodes.Record{{c}}},
	} {
		f := file{versions: [][]nodes.Record{nil}}
		tt.do(&f)
		if got := f.now(); !slices.Equal(got, tt.crash) {
			t.Errorf("%s: a crash leaves %v, want %v", tt.name, got, tt.crash)
		}
		for i, want := range tt.choice {
			lost := f.clone()
			lost.powerLoss(func(n int) int {
				if n != len(tt.choice) {
					t.Errorf("%s: %d choices, want %d", tt.name, n, len(tt.choice))
				}
				return i
			})
			if got := lost.now(); !slices.Equal(got, want) {
				t.Errorf("%s: power loss %d leaves %v, want %v", tt.name, i, got, want)
			}
		}
	}
}

// TestFlipReachesEverything pins what is changed, in which order, and that all
// of it is set back.
func TestFlipReachesEverything(t *testing.T) {
	type inner struct {
		b    bool
		left int `zabsim:"-"`
	}
	type outer struct {
		n    int8
		u    uint64
		s    string
		list []inner
		pair [2]bool
		p    *inner
		x    any
		y    any
		none any
	}
	sample := func() *outer {
		return &outer{
			n: -1, u: 1, s: "ab", list: []inner{{b: true, left: 1}}, pair: [2]bool{true, false},
			p: &inner{}, x: inner{}, y: &inner{}, none: nil,
		}
	}
	v := sample()
	var paths []string
	flip(reflect.ValueOf(v).Elem(), "v", func(path string) {
		if reflect.DeepEqual(v, sample()) {
			t.Errorf("%s was not changed", path)
		}
		paths = append(paths, path)
	})
	if !reflect.DeepEqual(v, sample()) {
		t.Errorf("not set back: %+v", v)
	}
	want := []string{
		"v.n", "v.n (its highest bit)", "v.u", "v.u (its highest bit)", "v.s", "v.s",
		"v.list (its length)", "v.list (its length)", "v.list[0].b", "v.pair[0]", "v.pair[1]", "v.p", "v.p.b",
		"v.x", "v.x.(nodestest.inner).b", "v.y", "v.y.(*nodestest.inner).b",
	}
	if !slices.Equal(paths, want) {
		t.Errorf("changed\n%q\nwant\n%q", paths, want)
	}
}
