package conformance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/znode"
)

// namedSession is a session that the timeline calls by a name, with its connections in
// the order in which they were made. A connection is a client of the world.
type namedSession struct {
	name    string
	session nodes.Admission
	conns   []connected
}

// connected is one connection of a session.
type connected struct {
	server nodes.ID
	lane   nodes.ClientID
}

// usualTimeout is the timeout of a session whose timeline does not say it, in
// ticks: the longest there is.
const usualTimeout = 20

// sessionOpen opens a session under a name. Without a name it is about whether
// the server takes a client that has seen so much.
func (r *replay) sessionOpen(s *Step) error {
	if opener, ok := r.cast.openers[s.N]; ok {
		o := r.openWith(s, opener)
		r.steps[s.N].op = o
		return r.finish(o)
	}
	r.named = append(r.named, &namedSession{name: s.args.Name})
	return r.attach(s, r.named[len(r.named)-1])
}

// sessionReattach takes a session up again on another connection.
func (r *replay) sessionReattach(s *Step) error {
	n, err := r.session(s.args.Name)
	if err != nil {
		return err
	}
	return r.attach(s, n)
}

func (r *replay) attach(s *Step, n *namedSession) error {
	lane, err := r.newLane(s.args.Via.server)
	if err != nil {
		return err
	}
	ticks := s.args.Timeout
	if ticks == 0 {
		ticks = usualTimeout
	}
	o := &operation{step: s, connects: true, session: n.session, timeout: r.c.ticks(ticks), server: s.args.Via.server}
	r.enqueue(o, lane)
	r.steps[s.N].op = o
	if err := r.finish(o); err != nil {
		return err
	}
	got, _ := nodes.ParseAdmission(r.seen.answers[o.id].body)
	if got.ID == 0 {
		return fmt.Errorf("%v did not open session %s", o.server, n.name)
	}
	n.session = got
	n.conns = append(n.conns, connected{o.server, lane})
	return nil
}

// sessionClose ends a session by its newest connection.
func (r *replay) sessionClose(s *Step) error {
	n, err := r.session(s.args.Name)
	if err != nil {
		return err
	}
	o := r.inSession(s, n, 0, znode.Op{Kind: znode.KindCloseSession})
	r.steps[s.N].op = o
	return r.finish(o)
}

func (r *replay) session(name string) (*namedSession, error) {
	i := slices.IndexFunc(r.named, func(n *namedSession) bool { return n.name == name })
	if i < 0 {
		return nil, fmt.Errorf("there is no session %q", name)
	}
	return r.named[i], nil
}

// inSession issues an operation on a connection of a session, counted from 1; 0
// is the newest.
func (r *replay) inSession(s *Step, n *namedSession, conn int, op znode.Op) *operation {
	if conn == 0 {
		conn = len(n.conns)
	}
	k := n.conns[conn-1]
	o := &operation{step: s, op: op, server: k.server, session: n.session}
	r.enqueue(o, k.lane)
	return o
}

// openCheckers lets the recorder open sessions of its own at servers whose data
// it reads, where that is a transaction: it shows in the log.
func (r *replay) openCheckers(s *Step, f *Fact) error {
	read, err := want[map[string]any](f)
	if err != nil || r.c.Setup.LocalSessions {
		return err
	}
	for id := range r.c.servers().All() {
		if _, asked := read[key(id)]; !asked {
			continue
		}
		if err := r.attachQuietly(s, id); err != nil {
			return err
		}
	}
	return nil
}

func (r *replay) attachQuietly(s *Step, id nodes.ID) error {
	lane, err := r.newLane(id)
	if err != nil {
		return err
	}
	o := &operation{step: s, connects: true, timeout: r.c.ticks(usualTimeout), server: id}
	r.enqueue(o, lane)
	return r.finish(o)
}

// watchRounds is how the case about watches describes what it does.
const watchRounds = "20 x: watch /a via 1, set via 2, read via 1 until it changes"

// opWatch lets one client watch a node over and over while another one changes
// it. What the first saw first, the event or the new value, is in the record.
func (r *replay) opWatch(s *Step) error {
	const path, rounds = "/a", 20
	lane, err := r.newLane(1)
	if err != nil {
		return err
	}
	open := &operation{step: s, connects: true, timeout: r.c.ticks(usualTimeout), server: 1}
	r.enqueue(open, lane)
	if err := r.finish(open); err != nil {
		return err
	}
	got, _ := nodes.ParseAdmission(r.seen.answers[open.id].body)
	read := func(watch bool) (*operation, error) {
		o := &operation{step: s, op: znode.Op{Kind: znode.KindGet, Path: path, Watch: watch}, server: 1, session: got}
		r.enqueue(o, lane)
		return o, r.finish(o)
	}
	for i := range rounds {
		if _, err := read(true); err != nil {
			return err
		}
		value := fmt.Sprintf("round %d", i+1)
		set := znode.Op{Kind: znode.KindSet, Path: path, Data: value, Version: znode.AnyVersion}
		if _, err := r.issue(s, 2, set, false, false); err != nil {
			return err
		}
		for changed := false; !changed; {
			o, err := read(false)
			if err != nil {
				return err
			}
			if changed = o.result(r.seen).Data == value; changed {
				r.rounds = append(r.rounds, o)
			}
		}
		if err := r.wait("the event", func() bool { return len(r.seen.told) > i }); err != nil {
			return err
		}
	}
	return nil
}

// eventsFirst counts the rounds in which the event came before the new value.
func (j *judgement) eventsFirst() int {
	n := 0
	for i, o := range j.rounds {
		if j.seen.told[i] < j.seen.answers[o.id].event {
			n++
		}
	}
	return n
}

// parseMulti reads the parts of a multi: "create /m1; check /a version 7". The
// cases leave their data out.
func parseMulti(words string) (znode.Op, error) {
	multi := znode.Op{Kind: znode.KindMulti}
	for part := range strings.SplitSeq(words, ";") {
		var op znode.Op
		switch f := strings.Fields(part); {
		case len(f) == 2 && f[0] == "create":
			op = znode.Op{Kind: znode.KindCreate, Path: f[1], Data: "x"}
		case len(f) == 4 && f[0] == "check" && f[2] == "version":
			op = znode.Op{Kind: znode.KindCheck, Path: f[1]}
			if _, err := fmt.Sscan(f[3], &op.Version); err != nil {
				return op, fmt.Errorf("%q: %w", part, err)
			}
		default:
			return op, fmt.Errorf("unknown part of a multi: %q", part)
		}
		multi.Ops = append(multi.Ops, op)
	}
	return multi, nil
}

// unrecorded are data that a timeline leaves out and the recorded logs show, by
// case and step.
var unrecorded = map[string]map[int]string{
	"c04": {6: "eph", 8: "x", 10: "x"},
	"c08": {7: "1", 8: "2"},
}
