package sim_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
)

// What an action makes of the outlines of links, filled with what was on its way,
// is what it makes of the links themselves. Two links with the same outlines and the
// same head differ in nothing that the action looks at.
func TestOutlinesAreAllAnActionLooksAt(t *testing.T) {
	pick := choice.NewStream("pick")
	severed := 0
	for _, budget := range []faults.Budget{
		{Crashes: 1}, {Crashes: 1, MachineCrashes: 1, Partitions: 1, Pauses: 1},
	} {
		cfg := toyConfig(3)
		cfg.Budget = budget
		whole, drawn := sim.New(cfg, nil, nil), sim.New(cfg, nil, nil)
		for range 1_500 {
			enabled := whole.Enabled(nil)
			a := enabled[choice.Seed(3).Intn(int64(len(enabled)), &pick)]
			if i := slices.IndexFunc(enabled, func(a sim.Action) bool { return a.Kind == sim.Sever }); i >= 0 {
				a = enabled[i]
				severed++
			}
			compareOutlines(t, whole, drawn, a)
		}
	}
	if severed == 0 {
		t.Error("no route was severed")
	}
}

// compareOutlines performs an action in one world, and on the outlines of its links in
// another.
func compareOutlines(t *testing.T, whole, drawn *sim.World, a sim.Action) {
	t.Helper()
	var enc nodes.Encoder
	parts, place := whole.Parts(), whole.Place(a)
	before := make([]any, len(parts))
	for i, p := range parts {
		before[i] = whole.Part(p)
		if drawn.SetPart(p, before[i]); p.Peer != 0 {
			drawn.SetOutline(p, before[i], a)
		}
	}
	for _, w := range []*sim.World{whole, drawn} {
		w.Forget()
		if err := w.Apply(a); err != nil {
			t.Fatalf("%+v: %v", a, err)
		}
	}
	for i, p := range parts {
		if p.Peer != 0 {
			for ch := range toy.Channels {
				if on := nodes.Channel(ch); whole.ReadOn(p, on, place) != drawn.ReadOn(p, on, place) {
					t.Fatalf("%+v looks at channel %d of %+v or of its outline only", a, ch, p)
				}
			}
			drawn.SetPart(p, sim.Fill(drawn.Part(p), before[i], func(ch nodes.Channel) bool { return drawn.ReadOn(p, ch, place) }))
		}
		if want, got := whole.AppendPart(nil, p, &enc), drawn.AppendPart(nil, p, &enc); !bytes.Equal(want, got) {
			t.Fatalf("%+v makes of %+v\n%q, by way of its outline\n%q", a, p, want, got)
		}
	}
}

// An outline leaves out what is on its way and keeps the rest; what is taken from it
// is told apart.
func TestWhatOutlinesTellApart(t *testing.T) {
	cfg := toyConfig(2)
	w := sim.New(cfg, nil, nil)
	link := sim.Part{Server: 1, Peer: 2}
	outline := func() []byte { return w.AppendOutline(nil, link, calls) }
	do := func(kinds ...sim.ActionKind) {
		t.Helper()
		for _, k := range kinds {
			enabled := w.Enabled(nil)
			i := slices.IndexFunc(enabled, func(a sim.Action) bool { return a.Kind == k && (k != sim.Deliver || a.On == calls) })
			if i < 0 {
				t.Fatalf("no %v among %v", k, enabled)
			}
			if err := w.Apply(enabled[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	do(sim.Start, sim.Start, sim.Expire)
	dialled := outline()
	do(sim.Deliver)
	accepted := outline()
	if bytes.Equal(dialled, accepted) {
		t.Error("a connection that is up at one end has the outline of one that is up at none")
	}
	do(sim.Deliver, sim.Expire)
	one := outline()
	do(sim.Expire)
	if !bytes.Equal(one, outline()) {
		t.Error("a second message on its way changes the outline")
	}
	enabled := w.Enabled(nil)
	first := enabled[slices.IndexFunc(enabled, func(a sim.Action) bool { return a.Kind == sim.Deliver && a.On == calls })]
	head := w.AppendTaken(nil, first)
	do(sim.Deliver)
	if bytes.Equal(head, w.AppendTaken(nil, first)) {
		t.Error("the second message is taken for the first")
	}
}
