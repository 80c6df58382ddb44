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

// A world put together from the parts of another goes on as that one does, and
// an action changes no part that Read does not name.
func TestPartsMakeAWorld(t *testing.T) {
	cfg := toyConfig(3)
	cfg.Budget = faults.Budget{Crashes: 1, MachineCrashes: 1, Partitions: 1, Pauses: 1}
	from, to := sim.New(cfg, nil, nil), sim.New(cfg, nil, nil)
	pick := choice.NewStream("pick")
	var enc nodes.Encoder
	parts := from.Parts()
	encodings := func(w *sim.World) (all [][]byte) {
		for _, p := range parts {
			all = append(all, w.AppendPart(nil, p, &enc))
		}
		return all
	}
	for range 5_000 {
		for _, p := range parts {
			to.SetPart(p, from.Part(p))
		}
		before := encodings(from)
		if !bytes.Equal(from.AppendTo(nil), to.AppendTo(nil)) {
			t.Fatal("the copy is another world")
		}
		enabled := from.Enabled(nil)
		for _, p := range parts {
			some := slices.DeleteFunc(slices.Clone(enabled), func(a sim.Action) bool { return a.Of() != p })
			if !slices.Equal(some, from.EnabledOf(p, nil)) {
				t.Fatalf("of %+v %v is enabled, want %v", p, from.EnabledOf(p, nil), some)
			}
		}
		most := choice.Seed(7).Intn(int64(len(enabled)), &pick)
		a := enabled[choice.Seed(7).Intn(most+1, &pick)]
		place := from.Place(a)
		from.Forget()
		if err := from.Apply(a); err != nil {
			t.Fatal(err)
		}
		read := make([]bool, len(parts))
		for i, p := range parts {
			read[i] = from.Read(p, place)
		}
		for i, enc := range encodings(from) {
			if !read[i] && !bytes.Equal(enc, before[i]) {
				t.Fatalf("%+v changed %+v, which it did not read", a, parts[i])
			}
		}
		if err := to.Apply(a); err != nil || !bytes.Equal(from.AppendTo(nil), to.AppendTo(nil)) {
			t.Fatalf("%+v leads the copy elsewhere: %v", a, err)
		}
	}
}
