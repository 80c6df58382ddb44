package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/sim/trace"
)

// The tests draw and tell staged runs: events made by hand in an order that a
// simulation could have made, with nothing left to chance.

// said is a message whose printed form is itself; "PING" is a heartbeat.
type said string

func (m said) Kind() string             { return strings.Fields(string(m))[0] }
func (m said) String() string           { return string(m) }
func (m said) AppendTo(b []byte) []byte { return append(b, m...) }
func (m said) Heartbeat() bool          { return m == "PING" }

// stage emits events with rising times and numbers.
type stage struct {
	rec    *Recording
	now    time.Duration
	seq    uint64
	status [nodes.MaxServers + 1]nodes.Status
	runs   []later
	cut    [nodes.MaxServers + 1]nodes.Set
	commit [nodes.MaxServers + 1]uint64
}

// later is something to do at a time.
type later struct {
	at time.Duration
	do func()
}

func stagedHeader(protocol string) *trace.Header {
	return &trace.Header{
		Scenario: "shanghai-guangzhou",
		Protocol: &nodes.Protocol{
			Name: protocol, Epoch: "epoch",
			Channels: []nodes.ChannelSpec{{Name: "election"}, {Name: "quorum"}},
			Files:    []string{"log"}, Timers: []string{"election", "read"},
		},
		Seed:    42,
		Voters:  nodes.FirstN(5),
		Sites:   []trace.Site{{Name: "shanghai", Servers: nodes.FirstN(3)}, {Name: "guangzhou", Servers: nodes.SetOf(4, 5)}},
		Clients: []string{"teller-sh", "teller-gz"},
		Describe: func(op, result []byte) string {
			_, _, body, _ := app.Body(op)
			if result == nil {
				return string(body)
			}
			return string(body) + ": " + string(result)
		},
	}
}

func newStage(h *trace.Header, limit int) *stage { return &stage{rec: NewRecording(h, limit)} }

func (s *stage) emit(cause uint64, e trace.Event) uint64 {
	s.seq++
	e.Seq, e.Cause, e.Time = s.seq, cause, s.now
	s.rec.Observe(&e)
	return s.seq
}

// at plans something; until performs it in order of time.
func (s *stage) at(t time.Duration, do func()) { s.runs = append(s.runs, later{t, do}) }

func (s *stage) after(d time.Duration, do func()) { s.at(s.now+d, do) }

func (s *stage) until(end time.Duration) {
	for {
		next := -1
		for i, r := range s.runs {
			if r.at <= end && (next < 0 || r.at < s.runs[next].at) {
				next = i
			}
		}
		if next < 0 {
			s.now = end
			return
		}
		r := s.runs[next]
		s.runs = slices.Delete(s.runs, next, next+1)
		s.now = r.at
		r.do()
	}
}

// send sends msg and, unless the link is cut, delivers it.
func (s *stage) send(cause uint64, from, to nodes.ID, msg said, then func(cause uint64)) {
	send := s.emit(cause, trace.Event{Kind: trace.Send, Server: from, Peer: to, Msg: msg})
	latency := time.Duration(1000+(int(from)*7+int(to)*3+int(s.seq)%11)*60) * time.Microsecond
	if (from <= 3) != (to <= 3) {
		latency += 30 * time.Millisecond
	}
	blocked := s.cut[from].Has(to)
	s.after(latency, func() {
		e := trace.Event{Kind: trace.Deliver, Server: to, Peer: from, Msg: msg}
		if blocked || s.cut[from].Has(to) {
			e.Kind, e.Text = trace.Drop, "the connection broke"
		}
		if seq := s.emit(send, e); e.Kind == trace.Deliver && then != nil {
			then(seq)
		}
	})
}

func (s *stage) view(cause uint64, id nodes.ID, role nodes.Role, serving bool, leader nodes.ID, epoch uint64) {
	before := s.status[id]
	after := nodes.Status{Role: role, Serving: serving, Leader: leader, Epoch: epoch}
	s.status[id] = after
	s.emit(cause, trace.Event{Kind: trace.View, Server: id, Before: &before, After: &after})
}

// elect lets servers lose their leader, exchange votes for a while and then
// establish a leader, whom all of them reach.
func (s *stage) elect(servers nodes.Set, leader nodes.ID, epoch uint64, votes, sync time.Duration) {
	for id := range servers.All() {
		if s.status[id].Role != nodes.Looking {
			cause := s.emit(0, trace.Event{Kind: trace.Expire, Server: id, Timer: nodes.Timer{Name: 1}})
			s.view(cause, id, nodes.Looking, false, 0, s.status[id].Epoch)
		}
		for peer := range servers.Without(id).All() {
			s.send(s.seq, id, peer, said(fmt.Sprintf("VOTE %v", leader)), nil)
		}
	}
	s.after(votes, func() {
		cause := s.emit(0, trace.Event{Kind: trace.Expire, Server: leader})
		s.view(cause, leader, nodes.Leading, false, leader, epoch)
		for id := range servers.Without(leader).All() {
			s.view(cause, id, nodes.Following, false, leader, epoch)
			s.send(cause, id, leader, "FOLLOWERINFO", func(c uint64) {
				s.send(c, leader, id, said(fmt.Sprintf("LEADERINFO %d", epoch)), func(c uint64) {
					s.send(c, id, leader, said(fmt.Sprintf("ACKEPOCH %d", epoch)), nil)
				})
			})
		}
		s.after(sync, func() {
			s.view(cause, leader, nodes.Leading, true, leader, epoch)
			for id := range servers.Without(leader).All() {
				s.send(cause, leader, id, "UPTODATE", func(c uint64) {
					s.view(c, id, nodes.Following, true, leader, epoch)
				})
			}
		})
	})
}

// call lets a client ask a server; served says how it goes on from there, with
// the event of the request as its cause and a function that answers.
func (s *stage) call(client nodes.ClientID, seq uint32, server nodes.ID, words string, served func(cause uint64, answer func(cause uint64, result string))) {
	op := app.Identify(client, seq, []byte(words))
	invoke := s.emit(0, trace.Event{Kind: trace.Invoke, Client: client, ClientSeq: seq, Op: op})
	s.after(time.Millisecond, func() {
		request := s.emit(invoke, trace.Event{Kind: trace.Request, Server: server, Client: client, ClientSeq: seq, Op: op})
		served(request, func(cause uint64, result string) {
			reply := s.emit(cause, trace.Event{Kind: trace.Reply, Server: server, Client: client, ClientSeq: seq, Op: []byte(result)})
			s.after(time.Millisecond, func() {
				s.emit(reply, trace.Event{Kind: trace.Return, Client: client, ClientSeq: seq, Server: server, Op: []byte(result)})
			})
		})
	})
}

// replicate lets a leader broadcast a client's operation: proposals, acks,
// commit at the leader and at those who acknowledged.
func (s *stage) replicate(cause uint64, leader nodes.ID, followers nodes.Set, pos nodes.Position, txn []byte, committed func(cause uint64)) {
	acks, needed := 1, 3
	commit := func(id nodes.ID, cause uint64) uint64 {
		s.commit[id]++
		return s.emit(cause, trace.Event{Kind: trace.Commit, Server: id, Pos: pos, Op: txn, Len: s.commit[id], Digest: nodes.Digest(pos.Epoch<<32 | pos.Index)})
	}
	for id := range followers.All() {
		s.send(cause, leader, id, said("PROPOSAL "+pos.String()), func(c uint64) {
			s.send(c, id, leader, said("ACK "+pos.String()), func(c uint64) {
				if acks++; acks != needed {
					return
				}
				c = commit(leader, c)
				committed(c)
				for id := range followers.All() {
					s.send(c, leader, id, said("COMMIT "+pos.String()), func(c uint64) { commit(id, c) })
				}
			})
		})
	}
}

func (s *stage) partition(a, b nodes.Set) {
	for x := range a.All() {
		for y := range b.All() {
			s.cut[x], s.cut[y] = s.cut[x].With(y), s.cut[y].With(x)
		}
	}
	s.emit(0, trace.Event{Kind: trace.Cut, A: a, B: b, Both: true})
}

func (s *stage) heal() {
	s.cut = [nodes.MaxServers + 1]nodes.Set{}
	s.emit(0, trace.Event{Kind: trace.Heal, A: nodes.FirstN(5), B: nodes.FirstN(5), Both: true})
}

func (s *stage) boot() {
	for id := range s.rec.header.Voters.All() {
		start := s.emit(0, trace.Event{Kind: trace.Start, Server: id})
		s.view(start, id, nodes.Looking, false, 0, 0)
	}
}

// pings sends heartbeats from whoever leads to whoever follows it.
func (s *stage) pings(until time.Duration) {
	for t := 500 * time.Millisecond; t < until; t += 500 * time.Millisecond {
		s.at(t, func() {
			for leader := range s.rec.header.Voters.All() {
				for id := range s.rec.header.Voters.All() {
					if s.status[leader].Role == nodes.Leading && s.status[id].Leader == leader && id != leader {
						s.send(0, leader, id, "PING", nil)
					}
				}
			}
		})
	}
}

// stageSplit is the scenario of the README, as ZAB gets through it.
func stageSplit(limit int) *Run {
	s := newStage(stagedHeader("zab"), limit)
	all, shanghai, guangzhou := nodes.FirstN(5), nodes.FirstN(3), nodes.SetOf(4, 5)
	const second = time.Second
	s.pings(30 * second)
	s.at(0, s.boot)
	s.at(20*time.Millisecond, func() { s.elect(all, 5, 1, 320*time.Millisecond, 180*time.Millisecond) })
	for i, t := range []time.Duration{2 * second, 4500 * time.Millisecond} {
		s.at(t, func() {
			client, server := nodes.ClientID(i+1), []nodes.ID{1, 4}[i]
			words := []string{"transfer alice bob 10", "read alice"}[i]
			s.call(client, 1, server, words, func(c uint64, answer func(uint64, string)) {
				if i == 1 {
					answer(c, "90")
					return
				}
				s.send(c, server, 5, "REQUEST", func(c uint64) {
					s.replicate(c, 5, all.Without(5), nodes.Position{Epoch: 1, Index: 1}, app.Identify(client, 1, nil), func(c uint64) {
						s.send(c, 5, server, "COMMIT 1.1", func(c uint64) { answer(c, "ok") })
					})
				})
			})
		})
	}
	s.at(8*second, func() { s.partition(shanghai, guangzhou) })
	s.at(9204*time.Millisecond, func() { s.elect(shanghai, 3, 2, 230*time.Millisecond, 120*time.Millisecond) })
	s.at(10500*time.Millisecond, func() {
		for id := range guangzhou.All() {
			expire := s.emit(0, trace.Event{Kind: trace.Expire, Server: id, Timer: nodes.Timer{Name: 1}})
			s.view(expire, id, nodes.Looking, false, 0, 1)
		}
	})
	for t := 10600 * time.Millisecond; t < 22*second; t += (t - 10*second) / 2 {
		s.at(t, func() {
			for id := range guangzhou.All() {
				for peer := range all.Without(id).All() {
					s.send(0, id, peer, "VOTE s5", nil)
				}
			}
		})
	}
	s.at(10*second, func() {
		s.call(1, 2, 3, "transfer alice bob 80", func(c uint64, answer func(uint64, string)) {
			s.replicate(c, 3, shanghai.Without(3), nodes.Position{Epoch: 2, Index: 1}, app.Identify(1, 2, nil), func(c uint64) { answer(c, "ok") })
		})
		op := app.Identify(2, 2, []byte("transfer alice carol 70"))
		invoke := s.emit(0, trace.Event{Kind: trace.Invoke, Client: 2, ClientSeq: 2, Op: op})
		s.after(3*second, func() {
			s.emit(invoke, trace.Event{Kind: trace.Return, Client: 2, ClientSeq: 2, Result: trace.Unknown})
		})
	})
	s.at(22*second, s.heal)
	s.at(22400*time.Millisecond, func() {
		for id := range guangzhou.All() {
			s.send(0, 3, id, "VOTE s3", func(c uint64) {
				s.view(c, id, nodes.Following, false, 3, 2)
				s.send(c, id, 3, "FOLLOWERINFO", func(c uint64) {
					s.send(c, 3, id, "DIFF 1.1", func(c uint64) {
						s.send(c, id, 3, "ACK 2.1", func(c uint64) {
							s.send(c, 3, id, "UPTODATE", func(c uint64) { s.view(c, id, nodes.Following, true, 3, 2) })
						})
					})
				})
			})
		}
	})
	for i, words := range []string{"read alice", "read alice"} {
		s.at(25*second, func() {
			s.call(nodes.ClientID(i+1), 3, []nodes.ID{1, 4}[i], words, func(c uint64, answer func(uint64, string)) { answer(c, "10") })
		})
	}
	s.until(30 * second)
	return &Run{Recording: s.rec, Duration: s.now, Events: s.seq, Hash: 0x5f0c9e1b12345678, Version: "v0.1.0"}
}

// stageBully is the same scenario under an election that asks no quorum: both
// sides have a leader, and alice is overdrawn.
func stageBully() *Run {
	h := stagedHeader("bully")
	h.Protocol.Epoch = ""
	s := newStage(h, 0)
	all, shanghai, guangzhou := nodes.FirstN(5), nodes.FirstN(3), nodes.SetOf(4, 5)
	const second = time.Second
	s.pings(11 * second)
	s.at(0, s.boot)
	s.at(20*time.Millisecond, func() { s.elect(all, 5, 0, 320*time.Millisecond, 10*time.Millisecond) })
	s.at(8*second, func() { s.partition(shanghai, guangzhou) })
	s.at(9204*time.Millisecond, func() {
		expire := s.emit(0, trace.Event{Kind: trace.Expire, Server: 3, Timer: nodes.Timer{Name: 1}})
		s.view(expire, 3, nodes.Looking, false, 0, 0)
		s.send(expire, 3, 5, "ELECTION", nil)
		s.send(expire, 3, 4, "ELECTION", nil)
		s.after(200*time.Millisecond, func() {
			expire := s.emit(expire, trace.Event{Kind: trace.Expire, Server: 3, Timer: nodes.Timer{Name: 0}})
			for id := range shanghai.Without(3).All() {
				s.send(expire, 3, id, "COORDINATOR", func(c uint64) { s.view(c, id, nodes.Following, true, 3, 0) })
			}
			s.view(expire, 3, nodes.Leading, true, 3, 0)
		})
	})
	var evidence []uint64
	for i, server := range []nodes.ID{3, 5} {
		words := []string{"transfer alice bob 80", "transfer alice carol 70"}[i]
		s.at(10*second+time.Duration(i)*28*time.Millisecond, func() {
			client := nodes.ClientID(i + 1)
			s.call(client, 1, server, words, func(c uint64, answer func(uint64, string)) {
				s.commit[server]++
				c = s.emit(c, trace.Event{Kind: trace.Commit, Server: server, Pos: nodes.Position{Index: 1}, Op: app.Identify(client, 1, nil), Len: 1, Digest: nodes.Digest(server)})
				evidence = append(evidence, c)
				answer(c, "ok")
			})
		})
	}
	s.until(10031 * time.Millisecond)
	last := s.rec.events[len(s.rec.events)-1]
	evidence = append(evidence, last.seq)
	return &Run{Recording: s.rec, Duration: s.now, Events: s.seq, Hash: 0xa1d2770c00000000, Version: "v0.1.0", Findings: []Finding{{
		Violation: &checker.Violation{
			Property: "no-overdraft",
			Message:  "both transfers were acknowledged; together they leave alice at -50",
			Details: []string{
				"transfer alice bob    80   committed by s3 at 10.001s   asked by teller-sh",
				"transfer alice carol  70   committed by s5 at 10.029s   asked by teller-gz",
			},
			Evidence: evidence,
			Server:   5,
		},
		Seq: last.seq, Time: last.time,
	}}}
}
