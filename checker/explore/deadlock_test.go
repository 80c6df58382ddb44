package explore_test

import (
	"testing"

	"github.com/zabsim/zabsim/checker/explore"
)

// stalling is a counter of which the model itself says where it is in a deadlock: at 2,
// although it can go on from there.
type stalling struct{ counter }

func (stalling) Stalled(n int) bool { return n == 2 }
func (stalling) Feature(int) uint64 { return 0 }

// Every kind of search finds the deadlocks that a model names, and looks for them only
// if it is to.
func TestStalledStatesAreDeadlocks(t *testing.T) {
	m := stalling{counter{steps: 5}}
	type result = *explore.Result[int, int]
	for name, run := range map[string]func(o explore.Options) (result, error){
		"search": func(o explore.Options) (result, error) { return explore.Search[int, int](t.Context(), m, o) },
		"deepen": func(o explore.Options) (result, error) { return explore.Deepen[int, int](t.Context(), m, o, 1) },
		"guided": func(o explore.Options) (result, error) { return explore.Guided[int, int](t.Context(), m, o) },
		"swarm": func(o explore.Options) (result, error) {
			return explore.Swarm[int, int](t.Context(), m, o, explore.Swarming{Jobs: 1})
		},
		"walk": func(o explore.Options) (result, error) {
			return explore.Walk[int, int](t.Context(), m, o, explore.Walking{Walks: 1, Steps: 9})
		},
	} {
		for _, keepGoing := range []bool{false, true} {
			r, err := run(explore.Options{Deadlock: true, KeepGoing: keepGoing})
			if err != nil {
				t.Fatal(err)
			}
			if f := r.Finding(explore.NoDeadlock); f.Answer != explore.Fails || f.Path.Last() != 2 {
				t.Errorf("%s: %v\n%v", name, f.Answer, f.Path)
			}
			if keepGoing && r.Terminal != 1 {
				t.Errorf("%s: %d states without a successor", name, r.Terminal)
			}
		}
		if r, err := run(explore.Options{}); err != nil || r.Finding(explore.NoDeadlock) != nil || r.Verdict == explore.Violation {
			t.Errorf("%s, not to look for deadlocks: %v, %v", name, r.Verdict, err)
		}
	}
}
