package shrink

import (
	"slices"
	"time"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/sim"
)

// Result is a shrunk execution.
type Result struct {
	Schedule  sim.Schedule
	Violation *checker.Violation
	Stages    []Stage
	// Searched is of how many actions at the end [Search] has shown that no fewer do,
	// as far as the model checker sees it: with as many faults and timeouts.
	Searched int
}

// Stage says how far one stage came.
type Stage struct {
	Name     string
	Actions  int  // how many were left after it
	Finished bool // false: the budget was used up first, or it was too much for a search
}

// Schedule leaves out what it can, quickly, of a schedule that violates the
// property of the case: how elections come about, groups of actions, chunks,
// single actions. It returns nil if the schedule does not.
//
// Safety properties only: an execution from which things are left out violates
// every liveness property.
func Schedule(c *Case, s sim.Schedule, b *Budget) *Result {
	r := &reducer{c: c, b: b}
	if !r.accept(s, nothingIsWorse) {
		return nil
	}
	return r.do(
		step{"elections", r.holdElections},
		step{"groups", r.dropGroups},
		step{"chunks", r.dropChunks},
	)
}

// Polish goes on where Schedule found nothing more, which takes longer: it
// leaves out pairs, and tries detours that turn out to be shortcuts. Then it makes
// the times simple.
func Polish(c *Case, found *Result, b *Budget) *Result {
	r := &reducer{c: c, b: b, best: found.Schedule, violation: found.Violation}
	steps := []step{
		{"pairs", r.dropPairs},
		{"detours", r.takeDetours},
		{"times", r.simplifyTimes},
	}
	if !r.best.Oracle() { // with less in the way it may do
		steps = append([]step{{"elections", r.holdElections}}, steps...)
	}
	polished := r.do(steps...)
	polished.Stages = append(slices.Clip(found.Stages), polished.Stages...)
	return polished
}

// step is a stage that is still to be done.
type step struct {
	name string
	run  func()
}

func (r *reducer) do(steps ...step) *Result {
	result := &Result{}
	for _, s := range steps {
		r.gaveUp = false
		s.run()
		result.Stages = append(result.Stages, Stage{s.name, len(r.best), !r.b.out && !r.gaveUp})
	}
	result.Schedule, result.Violation = r.best, r.violation
	return result
}

// reducer holds the shortest failing schedule so far.
type reducer struct {
	c         *Case
	b         *Budget
	best      sim.Schedule
	violation *checker.Violation
	gaveUp    bool // in the stage under way
	searched  int
}

func nothingIsWorse(sim.Schedule) bool { return true }

func (r *reducer) shorter(s sim.Schedule) bool { return len(s) < len(r.best) }

// accept takes a schedule as the best so far if it fails in the same way and,
// as it was performed, is better.
func (r *reducer) accept(s sim.Schedule, better func(sim.Schedule) bool) bool {
	if !r.b.Spend() {
		return false
	}
	done, v := r.c.Perform(s)
	if v == nil || !better(done) || !r.c.Blames(done) {
		return false
	}
	r.best, r.violation = done, v
	return true
}

// without tries to do without some actions.
func (r *reducer) without(drop func(i int) bool) bool {
	rest := make(sim.Schedule, 0, len(r.best))
	for i := range r.best {
		if !drop(i) {
			rest = append(rest, r.best[i])
		}
	}
	return len(rest) < len(r.best) && r.accept(rest, r.shorter)
}

// dropGroups leaves out groups of actions that belong together.
func (r *reducer) dropGroups() {
	for _, g := range groupsOf(r.best) {
		r.without(func(i int) bool { return g.holds(&r.best[i]) })
	}
}

// dropChunks leaves out chunks, smaller and smaller ones, the latest first:
// less follows from them. It ends when no single action can be spared.
func (r *reducer) dropChunks() {
	for size := len(r.best) / 2; size > 1; size /= 2 {
		r.dropOfSize(size)
	}
	r.dropSingles()
}

func (r *reducer) dropSingles() {
	for r.dropOfSize(1) {
	}
}

// dropOfSize tries every chunk of a size. It reports whether any could be
// spared.
func (r *reducer) dropOfSize(size int) (spared bool) {
	for end := len(r.best); end > 0 && !r.b.out; {
		from := max(0, end-size)
		if r.without(func(i int) bool { return i >= from && i < end }) {
			spared = true
		}
		end = min(from, len(r.best))
	}
	return spared
}

// simplifyTimes lets one thing happen each millisecond. That is one execution,
// for which there is always time.
func (r *reducer) simplifyTimes() {
	r.b = &Budget{Replays: 1}
	plain := slices.Clone(r.best)
	for i := range plain {
		plain[i].At = time.Duration(i) * time.Millisecond
	}
	r.accept(plain, func(s sim.Schedule) bool { return len(s) <= len(r.best) })
}
