package scenarios

import (
	"github.com/zabsim/zabsim/sim"
)

// Replay performs a recorded schedule instead of simulating, and judges what
// happened like Run. Seed, protocol and defects must be those of the run that
// was recorded; then so is the trace, event by event.
//
// If an action cannot happen the replay ends before it, and the misfit says
// why. at, which may be nil, is called before each action, with its place in
// the schedule, and once after the last; the replay ends when it returns false.
func (s *Scenario) Replay(schedule sim.Schedule, opts RunOptions, at func(w *sim.World, next int) bool) (*Result, *sim.Misfit, error) {
	t, err := s.prepare(opts, builtin(opts.Protocols...))
	if err != nil {
		return nil, nil, err
	}
	t.cfg.Oracle = t.cfg.Oracle || schedule.Oracle()
	world := t.world()
	proceed := func(next int) bool {
		t.onlooker.reach(next, schedule)
		return at == nil || at(world, next)
	}
	var misfit *sim.Misfit
	next := 0
	for ; next < len(schedule) && proceed(next) && world.Stopped() == sim.Finished; next++ {
		if world.Perform(&schedule[next]) != nil {
			t.observers = nil
			misfit = sim.Explain(t.world(), schedule, next)
			break
		}
	}
	if misfit == nil && next == len(schedule) {
		proceed(next)
	}
	if opts.Record {
		t.result.Schedule = schedule[:next]
	}
	return t.judge(world), misfit, nil
}
