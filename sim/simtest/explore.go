package simtest

import (
	"cmp"
	"context"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/reports/rundir"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// Limits bound how much [Explore] visits; 0: no bound.
func Limits(l explore.Limits) Option { return func(t *test) { t.limits = l } }

// Explore visits every execution of a scenario within the budget of its explore
// section, in any order of messages, fsyncs, timers and faults, and fails the test
// with a shortest counterexample if something that must always hold does not, or if
// servers end up waiting for each other. What must happen sometimes and never does fails
// it too, and so does a search that one of the [Limits] cuts short: it has shown nothing.
//
// Times and planned faults mean nothing here, nor does what must hold eventually; see
// package [explore].
func Explore(t TB, s *scenarios.Scenario, opts ...Option) {
	t.Helper()
	made := newTest(t, opts)
	s, err := made.complete(s)
	if err != nil {
		t.Fatalf("%v", err)
	}
	setup, err := s.Exploration(made.opts)
	if err != nil {
		t.Fatalf("%v", err)
	}
	world, err := servers.New(setup)
	if err != nil {
		t.Fatalf("%v", err)
	}
	limits := made.limits
	limits.Depth = cmp.Or(limits.Depth, s.Explore.Depth)
	r, err := explore.Search(made.context(), world, explore.Options{Limits: limits, Deadlock: true})
	if err != nil {
		t.Fatalf("%v", err)
	}
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Answer == explore.Fails && f.Path != nil {
			if f.Property == explore.NoDeadlock {
				made.opts.Discovery = &scenarios.Discovery{Property: f.Property, Message: world.Due(f.Path.Last())}
			}
			made.counterexample(s, setup.Header, world.Schedule(f.Path), f.Property, len(f.Path.Steps))
		}
	}
	if r.Verdict != explore.Complete {
		t.Fatalf("%s: the search ended with %v after %d states, and nothing is proved", s.Name, r.Verdict, r.States)
	}
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Answer == explore.Fails {
			t.Errorf("%s: %s never happens", s.Name, f.Property)
		}
	}
	t.Logf("%s", r.Report())
}

// counterexample performs what was found, which took so many steps from the
// start, and fails the test with its story.
func (t *test) counterexample(s *scenarios.Scenario, h *trace.Header, found sim.Schedule, property string, steps int) {
	t.Helper()
	dir, err := t.dir(s, h.Protocol.Name+"-explored")
	if err != nil {
		t.Fatalf("%v", err)
	}
	run := &rundir.Run{Scenario: s, Options: t.opts}
	run.Options.Untimed = true
	if err := run.MakeExplored(dir, h, found, property); err != nil {
		t.Fatalf("%v", err)
	}
	text, err := tell(run, append(t.seeing(dir), t.testing()...))
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Logf("%s", text)
	first := run.Report.Findings[0]
	t.Fatalf("%s: %s (after %d actions; no fewer lead there)", first.Property, first.Message, steps)
}

// context returns the test's context. What has none is not cancelled.
func (t *test) context() context.Context {
	if tb, ok := t.TB.(interface{ Context() context.Context }); ok {
		return tb.Context()
	}
	return context.Background()
}
