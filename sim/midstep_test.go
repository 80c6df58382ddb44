package sim_test

import (
	"slices"
	"testing"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// scribe does what is written down for it when it starts, and something else when
// a flush is done.
type scribe struct{ first, then []func(*nodes.Out) }

func (s scribe) Clone() nodes.Node    { return s }
func (s scribe) Status() nodes.Status { return nodes.Status{} }

func (s scribe) Step(in nodes.Input, out *nodes.Out) {
	program := s.first
	if _, synced := in.(*nodes.Synced); synced {
		program = s.then
	}
	for _, do := range program {
		do(out)
	}
}

// A process can die before each write that something precedes which outlives it, and
// then the write and all behind it are missing.
func TestCrashPoints(t *testing.T) {
	const log, epoch = 0, 1
	var (
		appends   = func(out *nodes.Out) { out.Append(log, number(1)) }
		truncates = func(out *nodes.Out) { out.Truncate(log, 0) }
		replaces  = func(out *nodes.Out) { out.Replace(epoch, number(1), 1) }
		syncs     = func(out *nodes.Out) { out.Sync(log, 1) }
		sends     = func(out *nodes.Out) { out.Send(2, mail, number(1)) }
		commits   = func(out *nodes.Out) { out.Commit(nodes.Position{}, nil, nodes.History{}) }
		arms      = func(out *nodes.Out) { out.SetTimer(nodes.Timer{}, 1, 1) }
	)
	for name, c := range map[string]struct {
		does  scribe
		flush bool // it is what follows a flush that is looked at
		want  []uint16
		left  []int // records of the log, by point
	}{
		"one write":               {scribe{first: []func(*nodes.Out){arms, appends, syncs}}, false, nil, nil},
		"two writes":              {scribe{first: []func(*nodes.Out){appends, appends, syncs}}, false, []uint16{2}, []int{1}},
		"a message, then a write": {scribe{first: []func(*nodes.Out){sends, appends, sends}}, false, []uint16{2}, []int{0}},
		"a write, then a message": {scribe{first: []func(*nodes.Out){appends, syncs, sends, sends}}, false, nil, nil},
		"a cut":                   {scribe{first: []func(*nodes.Out){appends, commits, truncates, appends}}, false, []uint16{3, 4}, []int{1, 0}},
		"replaced when flushed":   {scribe{first: []func(*nodes.Out){replaces, appends}}, false, nil, nil},
		"behind a flush":          {scribe{[]func(*nodes.Out){replaces}, []func(*nodes.Out){appends, syncs}}, true, []uint16{1}, []int{0}},
		"only said":               {scribe{[]func(*nodes.Out){replaces}, []func(*nodes.Out){sends}}, true, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			protocol := toy
			protocol.Files, protocol.New = []string{"log", "epoch"}, func(nodes.Config) nodes.Node { return c.does }
			cfg := toyConfig(2)
			cfg.Protocol = &protocol
			before := func() (w *sim.World, next sim.Action) {
				w, next = sim.New(cfg, nil, nil), sim.Action{Kind: sim.Start, Server: 1}
				if c.flush {
					apply(t, w, next)
					next = sim.Action{Kind: sim.Synced, Server: 1, File: epoch}
				}
				return w, next
			}
			w, a := before()
			apply(t, w, a)
			got := w.CrashPoints(a, nil)
			if !slices.Equal(got, c.want) {
				t.Fatalf("%d, want %d", got, c.want)
			}
			for i := range got {
				w, a := before()
				a.Stop = got[i]
				apply(t, w, a)
				apply(t, w, sim.Action{Kind: sim.Crash, Server: 1})
				if n := len(w.Image(1).Records(log)); n != c.left[i] {
					t.Errorf("before effect %d: %d records are left, want %d", got[i], n, c.left[i])
				}
				if c.flush && len(w.Image(1).Records(epoch)) != 1 {
					t.Error("what was flushed is gone")
				}
			}
		})
	}
	w := sim.New(toyConfig(2), nil, nil)
	apply(t, w, sim.Action{Kind: sim.Start, Server: 1})
	crash := sim.Action{Kind: sim.Crash, Server: 1}
	apply(t, w, crash)
	if got := w.CrashPoints(crash, nil); got != nil {
		t.Errorf("a crash has crashes within: %d", got)
	}
}

func apply(t *testing.T, w *sim.World, a sim.Action) {
	t.Helper()
	if err := w.Apply(a); err != nil {
		t.Fatal(err)
	}
}
