// Package nodestest is the suite that every protocol passes. A protocol's test
// says
//
//	func TestLaws(t *testing.T) { nodestest.Run(t, zab.Protocol) }
//
// and the suite boots its servers in a small world of its own, makes them talk,
// write, crash and restart as rapid chooses, and holds every step against the
// laws that the simulator and the model checker rest on:
//
//   - determinism: equal nodes given equal inputs become equal nodes and write
//     equal effects. A second copy of each server lives the same life, and a
//     state met before must lead to the same outcome as before.
//   - clone: a clone is equal to its original, does the same, and neither ever
//     sees what is done to the other.
//   - encoding: the encoding of a node, message or record ([nodes.Encoder])
//     changes when any of its fields does. Fields tagged zabsim:"-" are left
//     out; the law of determinism catches those that decide something.
//   - restart: what a server becomes when it boots follows from its disk.
//   - purity: Step changes neither its input nor what it sent or wrote before,
//     and keeps nothing of an input that belongs to the world.
//   - forgetting: a node that forgets after each step what it can
//     ([nodes.Forgetful]) does the same as one that does not.
//   - declaration: effects name channels, files, timers and servers that exist.
//
// The world is not package sim: it has no clock and no trace, and offers what
// a protocol may meet in any order. It does not judge what the protocol is
// for; that is what package checker does.
package nodestest

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/bank"
)

// Option changes what [Run] tests.
type Option func(*suite)

// Voters sets how many servers vote: 3 unless this option says otherwise.
func Voters(n int) Option { return func(s *suite) { s.voting = n } }

// Observers adds n servers that do not vote.
func Observers(n int) Option { return func(s *suite) { s.watching = n } }

// Defects switches on defects of the protocol. A faulty protocol must keep
// these laws too, or its faults could be neither replayed nor explored.
func Defects(names ...string) Option { return func(s *suite) { s.defects = names } }

// Tune lets f change the options that [nodes.Protocol.Options] returned.
func Tune(f func(options any)) Option { return func(s *suite) { s.tune = f } }

// Steps sets about how many things happen at most in one run: 400 unless this
// option says otherwise.
func Steps(n int) Option { return func(s *suite) { s.steps = n } }

// MayPanic lets assertions of the protocol fail, as faulty variants make them:
// a panic ends the server's process. It must be as deterministic as all else.
func MayPanic() Option { return func(s *suite) { s.mayPanic = true } }

// Run tests that p keeps the laws. It must not run beside other tests of the
// protocol: to see whether the encoding covers a field it changes the field and
// changes it back, also in constants that all nodes share.
func Run(t *testing.T, p nodes.Protocol, opts ...Option) {
	t.Helper()
	s := newSuite(&p, opts)
	rapid.Check(t, func(t *rapid.T) {
		if err := s.try(t); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("messages and records seen: %s", strings.Join(s.kinds, " "))
}

// suite is what the runs of one test have in common.
type suite struct {
	protocol         *nodes.Protocol
	voting, watching int // how many servers do
	defects          []string
	tune             func(any)
	machine          func() nodes.StateMachine
	steps            int
	mayPanic         bool

	voters, observers nodes.Set

	enc nodes.Encoder
	// known says what became of a node in some state when it got some input. It
	// outlives the run, as most steps of a run repeat those of earlier ones; a
	// failure that rests on it needs the runs before it.
	known map[nodes.Digest]nodes.Digest
	kinds []string // of messages and records, sorted
}

func newSuite(p *nodes.Protocol, opts []Option) *suite {
	s := &suite{
		protocol: p, voting: 3, steps: 400, tune: func(any) {}, machine: newBank,
		known: make(map[nodes.Digest]nodes.Digest),
	}
	for _, o := range opts {
		o(s)
	}
	s.voters = nodes.FirstN(s.voting)
	s.observers = nodes.FirstN(s.voting+s.watching) &^ s.voters
	return s
}

// newNode makes a node that has nothing in common with others, except what the
// protocol itself keeps outside its nodes.
func (s *suite) newNode(id nodes.ID) nodes.Node {
	config := nodes.Config{
		ID: id, Voters: s.voters, Observers: s.observers, Machine: s.machine, Defects: slices.Clone(s.defects),
	}
	if s.protocol.Options != nil {
		config.Options = s.protocol.Options()
		s.tune(config.Options)
	}
	return s.protocol.New(config)
}

func newBank() nodes.StateMachine {
	return app.Once(bank.New(bank.Account{Name: "alice", Balance: 100}, bank.Account{Name: "bob"}))
}

// see notes that a kind of message or record was met.
func (s *suite) see(kind string) {
	if i, found := slices.BinarySearch(s.kinds, kind); !found {
		s.kinds = slices.Insert(s.kinds, i, kind)
	}
}

// try lets one group of servers live. Now and then it parts into two futures,
// each of which goes on while the other one stands still and must not notice.
func (s *suite) try(t *rapid.T) error {
	tr := &trial{suite: s, t: t}
	w := newWorld(tr)
	for range 1 + tr.pick(4, "forks") {
		w.live(1+tr.pick(max(1, s.steps/4), "steps"), nil)
		other := w.clone()
		turn := 1 + tr.pick(20, "turn")
		w.live(turn, other)
		other.live(turn, w)
		w.live(turn, other)
		tr.checkEncodings(w)
		tr.checkEncodings(other)
	}
	tr.checkSealed()
	return tr.err
}

// live lets up to n things happen. The nodes of idle must not change.
func (w *world) live(n int, idle *world) {
	var before [][]byte
	if idle != nil {
		before = idle.states()
	}
	for i := 0; i < n && w.trial.err == nil; i++ {
		w.happen()
		if idle == nil {
			continue
		}
		for s, now := range idle.states() {
			w.trial.same("clone", now, before[s], "%s changed when another clone of it took a step", idle.servers[s].id)
		}
	}
}
