package reports

import (
	"fmt"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/sim/trace"
)

// stageRough has everything at once: observers, crashes, pauses, overlapping
// cuts, many operations, names in Chinese, and more than a minute of it.
func stageRough(end time.Duration) *Run {
	h := stagedHeader("zab")
	h.Scenario = "三地"
	h.Voters, h.Observers = nodes.FirstN(5), nodes.SetOf(6, 7)
	h.Sites = append(h.Sites, trace.Site{Name: "chengdu", Servers: nodes.SetOf(6, 7)})
	h.Clients = []string{"reader", "writer", "auditor"}
	s := newStage(h, 0)
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	s.at(0, func() {
		s.boot()
		s.emit(0, trace.Event{Kind: trace.Start, Server: 6})
		s.view(0, 6, nodes.Looking, false, 0, 0)
	})
	s.at(ms(20), func() { s.elect(h.Voters, 5, 1, ms(320), ms(180)) })
	s.at(ms(900), func() { s.view(0, 6, nodes.Observing, true, 5, 1) })
	n := uint64(0)
	for t := 1500; t < 30000; t += 400 {
		s.at(ms(t), func() {
			s.call(2, uint32(t), 5, "put x", func(c uint64, answer func(uint64, string)) {
				n++
				s.replicate(c, 5, nodes.FirstN(4), nodes.Position{Epoch: 1, Index: n}, app.Identify(2, uint32(t), nil), func(c uint64) { answer(c, "ok") })
			})
		})
	}
	kinds := []trace.Kind{trace.Crash, trace.MachineCrash, trace.Exit}
	for i, id := range []nodes.ID{1, 2, 6} {
		s.at(ms(5000+4000*i), func() { s.emit(0, trace.Event{Kind: kinds[i], Server: id, Text: "assertion"}) })
		s.at(ms(8000+6000*i), func() {
			s.emit(0, trace.Event{Kind: trace.Start, Server: id, Restart: true})
			s.status[id] = nodes.Status{}
			s.view(0, id, nodes.Looking, false, 0, 1)
			s.after(ms(1500), func() {
				role := nodes.Following
				if h.Observers.Has(id) {
					role = nodes.Observing
				}
				s.view(0, id, role, true, 5, 1)
			})
		})
	}
	s.at(ms(14000), func() { s.emit(0, trace.Event{Kind: trace.Pause, Server: 4}) })
	s.at(ms(18000), func() { s.emit(0, trace.Event{Kind: trace.Resume, Server: 4}) })
	cut := func(k trace.Kind, a, b nodes.Set, both bool) func() {
		return func() { s.emit(0, trace.Event{Kind: k, A: a, B: b, Both: both}) }
	}
	s.at(ms(16000), cut(trace.Cut, nodes.SetOf(1), nodes.SetOf(2), false))
	s.at(ms(17000), cut(trace.Cut, nodes.FirstN(3), nodes.SetOf(4, 5), true))
	s.at(ms(17000), cut(trace.Cut, nodes.FirstN(3), nodes.SetOf(6, 7), true))
	s.at(ms(17000), cut(trace.Cut, nodes.SetOf(4, 5), nodes.SetOf(6, 7), true))
	s.at(ms(24000), cut(trace.Heal, nodes.FirstN(7), nodes.FirstN(7), true))
	s.at(ms(25000), cut(trace.Cut, nodes.SetOf(4), nodes.SetOf(5), true))
	for i := range 12 {
		s.at(ms(4000+1900*i), func() {
			invoke := s.emit(0, trace.Event{Kind: trace.Invoke, Client: 1, ClientSeq: uint32(i), Op: app.Identify(1, uint32(i), fmt.Appendf(nil, "get key%d", i))})
			if i == 11 {
				return // it never returns
			}
			s.after(ms(140*i), func() {
				s.emit(invoke, trace.Event{Kind: trace.Return, Client: 1, ClientSeq: uint32(i), Result: trace.Result(i % 3)})
			})
		})
	}
	s.until(end)
	return &Run{Recording: s.rec, Duration: end, Events: s.seq, Hash: 0xabcdef0123456789}
}
