package simtest

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// TB is a test: a *testing.T, *testing.B, *rapid.T or what stands in for one.
type TB = rapid.TB

// Option changes what is run and judged.
type Option func(*test)

// Seeds has a scenario run with each seed from first to last, instead of its
// own. Seed 0 is the scenario's own.
func Seeds(first, last uint64) Option {
	return func(t *test) { t.first, t.last = first, last }
}

// Protocol runs a protocol instead of the scenario's. It need not be one that
// zabsim knows.
func Protocol(p nodes.Protocol) Option {
	return func(t *test) { t.opts.Protocol, t.opts.Protocols = p.Name, []nodes.Protocol{p} }
}

// Defects switches on faulty variants of the protocol, besides those of the
// scenario: to see that the test would find them.
func Defects(names ...string) Option {
	return func(t *test) { t.opts.Defects = append(t.opts.Defects, names...) }
}

// Property judges more properties than the scenario names: your own.
func Property(p ...checker.Property) Option {
	return func(t *test) { t.opts.Properties = append(t.opts.Properties, p...) }
}

// EveryChoice has rapid draw every choice of the run, each latency and each
// timer, instead of the one seed that they follow from. That takes longer to
// shrink and longer inputs to fuzz. It is for tests under rapid.
func EveryChoice() Option { return func(t *test) { t.everyChoice = true } }

// observer has somebody told of every event.
func observer(o trace.Observer) Option {
	return func(t *test) { t.opts.Observers = append(t.opts.Observers, o) }
}

// test is one call of Run.
type test struct {
	TB
	opts        scenarios.RunOptions
	first, last uint64
	everyChoice bool
	limits      explore.Limits
}

func newTest(t TB, opts []Option) *test {
	made := &test{TB: t}
	for _, o := range opts {
		o(made)
	}
	return made
}

// Run runs a scenario and fails the test if that violates something. It says
// which property broke and how it came to that, writes a run directory, and
// prints the commands that do it again.
//
// A scenario that expects its protocol to violate a property must do so with one
// of the seeds at least; and what must happen sometimes must happen with one of
// them. Under rapid, where each run is a small one, neither is demanded.
func Run(t TB, s *scenarios.Scenario, opts ...Option) {
	t.Helper()
	made := newTest(t, opts)
	s, err := made.complete(s)
	if err != nil {
		t.Fatalf("%v", err)
	}
	var seen []*scenarios.Result
	for seed := made.first; ; seed++ {
		r := made.run(s, seed)
		seen = append(seen, r)
		if seed >= made.last {
			break
		}
	}
	if _, small := t.(*rapid.T); !small {
		made.together(seen)
	}
}

// complete fills in the defaults of a scenario that was made in Go.
func (t *test) complete(s *scenarios.Scenario) (*scenarios.Scenario, error) {
	if s.Limits.Events > 0 {
		return s, nil
	}
	return s.Complete(t.opts.Protocols...)
}

// run runs one seed.
func (t *test) run(s *scenarios.Scenario, seed uint64) *scenarios.Result {
	t.Helper()
	opts := t.opts
	opts.Seed = seed
	// While rapid shrinks, what comes after a violation is of no interest. But it
	// must not draw less then than when the whole run is shown.
	opts.StopEarly = !t.heard() && !t.everyChoice
	r, choices, err := t.simulate(s, opts)
	if err != nil {
		t.Fatalf("%v", err)
	}
	if choices != nil {
		opts.Source = choice.NewTable(choices)
	}
	failed := r.Verdict() == scenarios.Violated
	if failed || r.Stop == sim.Limit || len(r.Inconclusive) > 0 {
		t.report(&failure{test: t, scenario: s, opts: opts, result: r})
	}
	return r
}

// heard reports whether somebody reads what the test says: rapid runs a property
// hundreds of times while it looks for a simpler failure, and shows the last one.
func (t *test) heard() bool {
	r, ok := t.TB.(*rapid.T)
	return !ok || r.Output() != io.Discard
}

// simulate runs the scenario. The choices are nil if they follow from the seed.
func (t *test) simulate(s *scenarios.Scenario, opts scenarios.RunOptions) (*scenarios.Result, []choice.Choice, error) {
	drawer, ok := t.TB.(*rapid.T)
	if !t.everyChoice || !ok {
		r, err := s.Run(opts)
		return r, nil, err
	}
	// Inside of one draw rapid does not print each of them.
	made := rapid.Custom(func(drawer *rapid.T) execution {
		rec := &choice.Recorder{From: Rapid(drawer)}
		opts.Source = rec
		r, err := s.Run(opts)
		return execution{r, rec.Choices, err}
	}).Draw(drawer, "run")
	return made.result, made.choices, made.err
}

// execution is what comes of a run whose choices rapid draws.
type execution struct {
	result  *scenarios.Result
	choices []choice.Choice
	err     error
}

// GoString is what rapid prints of it.
func (e execution) GoString() string { return fmt.Sprintf("%d choices", len(e.choices)) }

// together judges what only all runs together can show.
func (t *test) together(seen []*scenarios.Result) {
	t.Helper()
	var never []string
	for _, name := range seen[0].Unmet {
		if !slices.ContainsFunc(seen, func(r *scenarios.Result) bool { return !slices.Contains(r.Unmet, name) }) {
			never = append(never, name)
		}
	}
	what := fmt.Sprintf("%s  %s  %d runs", seen[0].Scenario, seen[0].Protocol, len(seen))
	if len(never) > 0 {
		t.Errorf("%s: %s did not happen, so they tested too little", what, strings.Join(never, ", "))
	}
	found := func(r *scenarios.Result) bool { return r.Verdict() != scenarios.ExpectedViolationMissing }
	if !slices.ContainsFunc(seen, found) {
		t.Errorf("%s: expected to violate %s, and did not", what, seen[0].Expected)
	}
}
