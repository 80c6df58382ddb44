package main

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/reports/rundir"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/scenarios/gen"
	"github.com/zabsim/zabsim/sim/simtest"
)

// TestChosenRunsReplay: a run whose choices follow from no seed is replayed all
// the same, from its schedule and from the choices in its directory.
func TestChosenRunsReplay(t *testing.T) {
	generated := gen.Scenario(gen.Servers(3, 3))
	out := t.TempDir()
	replays := rapid.MakeFuzz(func(t *rapid.T) {
		run := &rundir.Run{
			Scenario: generated.Draw(t, "scenario"),
			Options:  scenarios.RunOptions{Source: simtest.Rapid(t)},
		}
		dir := filepath.Join(out, "chosen")
		if err := run.Make(dir); err != nil {
			t.Fatal(err)
		}
		k, err := open(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.replay(); err != nil {
			t.Fatal(err)
		}
		if err := k.reseed(io.Discard); err != nil {
			t.Fatal(err)
		}
		if k.opts.Source = nil; k.reseed(io.Discard) == nil {
			t.Fatal("its seed gives the same run: the choices did not count")
		}
	})
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 0))
		var draws []byte
		for range 1 << 16 {
			draws = binary.LittleEndian.AppendUint64(draws, r.Uint64())
		}
		replays(t, draws)
	}
}
