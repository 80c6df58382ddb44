package scenarios

import (
	"fmt"
	"slices"
	"time"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// RunOptions say how to run a scenario where the file leaves it open.
type RunOptions struct {
	Protocol  string           // "": the scenario's own
	Seed      uint64           // 0: the scenario's own
	Defects   []string         // faulty variants, besides those of the scenario
	Observers []trace.Observer // told of every event
	Record    bool             // keep the schedule
	// Protocols are known besides those of nodes/all, and Properties are judged
	// besides those that the scenario names.
	Protocols  []nodes.Protocol
	Properties []checker.Property
	// Source answers the choices of the run; nil: they follow from the seed, as
	// those of a swarm's plan always do.
	Source choice.Source
	// Untimed replays what the model checker found, in a world like the one it
	// was found in: without times, without the plan, and without the properties
	// that must hold eventually.
	Untimed bool
	// Discovery is what the model checker said of it, if no monitor does; nil: nothing.
	Discovery *Discovery
	// StopEarly ends the run soon after the first violation of an Always
	// property.
	StopEarly bool
}

// stopInterval is how much virtual time passes between two looks at whether
// anything has been violated.
const stopInterval = 100 * time.Millisecond

// Result is what came of a run.
type Result struct {
	Scenario string
	Protocol string
	Seed     uint64
	Expected string // the property that the protocol is expected to violate, or ""

	Stop         sim.Stop
	Violations   []checker.Violation // of Always and Eventually properties
	Inconclusive []checker.Violation // properties that could be neither shown nor refuted
	Unmet        []string            // Sometimes properties that did not happen
	Shown        *checker.Violation  // of a witness that the model checker found: no violation, but what it shows
	Missed       []string            // faults that found nobody to strike

	Time      time.Duration // virtual
	Steps     uint64        // actions performed
	Events    uint64        // trace events
	Committed uint64        // transactions in the longest history that a server delivered
	Elections uint64        // how often a leader was established
	Crashes   uint64        // of processes and machines
	Notes     map[string]uint64
	Hash      nodes.Digest // of the trace
	Schedule  sim.Schedule // if it was recorded
	Header    *trace.Header
	// History draws the operations of the clients; nil unless linearizability
	// was judged.
	History checker.Visualizer
}

// Run runs the scenario once and judges what happened. It may be called
// concurrently. Violations are part of the result; the error says that the
// options name something unknown.
func (s *Scenario) Run(opts RunOptions) (*Result, error) {
	return s.run(opts, builtin(opts.Protocols...))
}

func (s *Scenario) run(opts RunOptions, words vocabulary) (*Result, error) {
	t, err := s.prepare(opts, words)
	if err != nil {
		return nil, err
	}
	world := t.world()
	var schedule *sim.Schedule
	if opts.Record {
		schedule = &t.result.Schedule
	}
	until := s.Duration
	if opts.StopEarly {
		until = stopInterval
	}
	for {
		stop := sim.Run(world, min(until, s.Duration), schedule)
		if stop != sim.Finished || until >= s.Duration || len(t.watch.Violations()) > 0 {
			return t.judge(world), nil
		}
		until += stopInterval
	}
}

// trial is a run that is being made.
type trial struct {
	cfg        *sim.Config
	src        choice.Source // nil: untimed
	properties []checker.Property
	watch      *checker.Watch
	observers  trace.Observer
	onlooker   *onlooker // nil: nothing was discovered
	result     *Result
}

// prepare compiles the scenario and sets up all that watches the run.
func (s *Scenario) prepare(opts RunOptions, words vocabulary) (*trial, error) {
	cfg, header, err := s.configure(opts, words)
	if err != nil {
		return nil, err
	}
	properties, err := s.properties()
	if err != nil {
		return nil, err
	}
	t := &trial{
		cfg: cfg, properties: append(properties, opts.Properties...),
		result: &Result{
			Scenario: s.Name, Protocol: cfg.Protocol.Name, Seed: header.Seed,
			Expected: s.Expect.Violates(cfg.Protocol.Name),
			Notes:    map[string]uint64{}, Header: header,
		},
	}
	switch {
	case opts.Untimed:
		t.untimed(s)
	case opts.Source != nil:
		t.src = opts.Source
	default:
		t.src = choice.Seed(header.Seed)
	}
	t.watch = checker.NewWatch(header, t.properties)
	tee := trace.NewTee(opts.Observers...)
	tee.Add(t.watch)
	tee.Add(t.result.counter())
	if opts.Discovery != nil {
		t.onlooker = t.newOnlooker(opts.Discovery)
		tee.Add(t.onlooker)
	}
	t.observers = tee
	return t, nil
}

// Configure returns what the simulator runs with these options, and the header
// of its traces.
func (s *Scenario) Configure(opts RunOptions) (*sim.Config, *trace.Header, error) {
	return s.configure(opts, builtin(opts.Protocols...))
}

func (s *Scenario) configure(opts RunOptions, words vocabulary) (*sim.Config, *trace.Header, error) {
	if opts.Seed == 0 {
		opts.Seed = s.Seed
	}
	cfg, header, err := s.compile(opts.Protocol, opts.Seed, words)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range opts.Defects {
		if _, err := cfg.Protocol.Defect(name); err != nil {
			return nil, nil, fmt.Errorf("%s", Unknown("defect of "+cfg.Protocol.Name, name, defectNames(cfg.Protocol)))
		}
	}
	cfg.Defects = slices.Concat(cfg.Defects, opts.Defects)
	return cfg, header, nil
}

func (t *trial) world() *sim.World { return sim.New(t.cfg, t.src, t.observers) }

// judge ends the trial.
func (t *trial) judge(w *sim.World) *Result {
	r := t.result
	r.Stop = w.Stopped()
	r.Time, r.Steps, r.Events, r.Hash = w.Now(), w.Steps(), w.Events(), w.Hash()
	for _, i := range w.Missed() {
		r.Missed = append(r.Missed, r.Header.Faults[i])
	}
	r.judge(t.watch.Finish(), t.properties)
	if t.src == nil {
		r.Unmet = nil // one execution of all is not to show everything
	}
	if t.onlooker != nil {
		t.onlooker.conclude(r)
	}
	r.History = t.watch.Visualizer()
	return r
}

// properties returns the properties that the scenario names, and no-panic: a
// panic is a finding in every scenario.
func (s *Scenario) properties() ([]checker.Property, error) {
	claims := slices.Concat(s.Properties.Always, s.Properties.Eventually, s.Properties.Sometimes)
	const noPanic = "no-panic"
	if !slices.ContainsFunc(claims, func(c Claim) bool { return c.Name == noPanic }) {
		claims = append(claims, Claim{Name: noPanic})
	}
	properties := make([]checker.Property, len(claims))
	for i, claim := range claims {
		property, err := checker.ByName(claim.Name, checker.Params{Within: claim.Within})
		if err != nil {
			return nil, fmt.Errorf("scenario %s: %w", s.Name, err)
		}
		properties[i] = property
	}
	return properties, nil
}

// counter returns the observer that counts for the result.
func (r *Result) counter() trace.Observer {
	return trace.Func{
		Kinds: trace.Of(trace.Commit, trace.View, trace.Note, trace.Crash, trace.MachineCrash),
		Do: func(e *trace.Event) {
			switch e.Kind {
			case trace.Commit:
				r.Committed = max(r.Committed, e.Len)
			case trace.View:
				if established(e.After) && !established(e.Before) {
					r.Elections++
				}
			case trace.Note:
				r.Notes[e.Text]++
			case trace.Crash, trace.MachineCrash:
				r.Crashes++
			}
		},
	}
}

func established(s *nodes.Status) bool { return s.Role == nodes.Leading && s.Serving }

// judge sorts what the monitors found.
func (r *Result) judge(found []*checker.Violation, properties []checker.Property) {
	for _, v := range found {
		i := slices.IndexFunc(properties, func(p checker.Property) bool { return p.Name == v.Property })
		switch {
		case i >= 0 && properties[i].Kind == checker.Sometimes:
			r.Unmet = append(r.Unmet, v.Property)
		case v.Inconclusive:
			r.Inconclusive = append(r.Inconclusive, *v)
		default:
			r.Violations = append(r.Violations, *v)
		}
	}
}
