package campaign

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/zabsim/zabsim/checker/coverage"
	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/sim/trace"
)

// perRound is how many runs are a round: enough to keep many workers busy, few
// enough that what one finds soon guides others, and that little is lost when
// the process dies.
const perRound = 32

// round is what a round found, as it stands in the log. A campaign that was
// interrupted has rounds of fewer runs, and the next one has the rest.
type round struct {
	First    uint64    `json:"first"` // number of its first run
	Tally    Tally     `json:"tally"`
	Findings []Finding `json:"findings,omitempty"`
	Unjudged *Unjudged `json:"unjudged,omitempty"` // the first that came to no verdict
	Entries  []Entry   `json:"entries,omitempty"`  // which reached something new, and what
}

// outcome is what came of one run.
type outcome struct {
	c       Case
	result  *scenarios.Result
	hits    *coverage.Run
	reached []Reached // states that no earlier round has reached
	finding *Finding  // nil: there was none
	err     error
}

// round makes the runs of the next round, makes what they found durable and takes
// it in.
func (c *campaign) round(ctx context.Context) error {
	r := round{First: c.summary.Runs}
	last := (r.First/perRound + 1) * perRound
	if c.cfg.Runs > 0 {
		last = min(last, c.cfg.Runs)
	}
	cases := func(yield func(uint64) bool) {
		for run := r.First; run < last; run++ {
			if !yield(run) {
				return
			}
		}
	}
	var failed error
	fresh := map[State]bool{}
	InOrder(ctx, max(1, c.cfg.Workers), cases, c.perform, func(o *outcome) bool {
		if failed = o.err; failed != nil {
			return false
		}
		r.take(o, fresh)
		return o.finding == nil || c.cfg.KeepGoing
	})
	if r.Tally.Runs == 0 {
		return failed
	}
	return errors.Join(c.settle(&r), failed)
}

// settle makes durable what a round found, takes it in and tells of it.
func (c *campaign) settle(r *round) error {
	c.abridge(&r.Tally.Hits)
	if c.journal != nil {
		if err := c.journal.append(r); err != nil {
			return err
		}
	}
	known := len(c.summary.Groups)
	c.fold(r)
	if c.corpus != nil {
		if err := c.corpus.add(r.Entries); err != nil {
			return err
		}
	}
	for i := known; i < len(c.summary.Groups) && c.cfg.Found != nil; i++ {
		if err := c.cfg.Found(&c.summary.Groups[i]); err != nil {
			return err
		}
	}
	return nil
}

// abridge leaves out which cells of coverage were hit once more: there are
// hundreds, every round hits most of them, and what matters is whether any did.
func (c *campaign) abridge(hits *coverage.Counts) {
	for p := range hits.Hits {
		switch {
		case p.Group != coverage.Cell && p.Group != coverage.Moment:
		case c.summary.Hits.Hits[p].Runs > 0:
			delete(hits.Hits, p)
		default:
			hits.Hits[p] = coverage.Hits{Runs: 1, Times: 1}
		}
	}
}

// take counts what came of a run. Runs come in order.
func (r *round) take(o *outcome, fresh map[State]bool) {
	number := r.First + r.Tally.Runs
	novel := slices.DeleteFunc(o.reached, func(s Reached) bool { return fresh[s.State] })
	for _, s := range novel {
		fresh[s.State] = true
	}
	one := o.tally()
	if len(novel) > 0 {
		one.Novel = 1
		r.Entries = append(r.Entries, Entry{Run: number, Case: o.c, New: novel})
	}
	if o.finding != nil {
		o.finding.Run = number
		r.Findings = append(r.Findings, *o.finding)
	}
	if one.Undecided > 0 && r.Unjudged == nil {
		r.Unjudged = &Unjudged{o.c, o.result.Unjudged()}
	}
	kind := o.c.Strategy
	if len(o.c.Forks) > 0 {
		kind = Guided
	}
	one.Strategies = map[Strategy]Effort{kind: {1, one.Failed, one.Novel}}
	r.Tally.add(&one)
}

func (o *outcome) tally() Tally {
	r := o.result
	t := Tally{
		Runs: 1, Actions: r.Steps, Events: r.Events, Committed: r.Committed, Elections: r.Elections, Crashes: r.Crashes,
		Hits: *o.hits.Counts(), Unmet: map[string]uint64{},
	}
	for _, name := range r.Unmet {
		t.Unmet[name] = 1
	}
	switch {
	case o.finding != nil:
		t.Failed = 1
	case r.Expected != "" && r.Verdict() == scenarios.AsExpected:
		t.Expected = 1
	case r.Unjudged() != "":
		t.Undecided = 1
	}
	return t
}

// perform makes a run, and makes it once more if it fails. It is called by many
// workers at a time, and reads only what no round changes before it is over.
func (c *campaign) perform(run uint64) (o *outcome) {
	o = &outcome{c: c.cfg.caseOf(run, c.visible(run))}
	defer func() {
		if r := recover(); r != nil {
			o.err = &Panicked{o.c, r, debug.Stack()}
		}
	}()
	s := c.cfg.Scenario(&o.c)
	opts := scenarios.RunOptions{Protocol: c.cfg.Protocol, Seed: o.c.Seed, Defects: c.cfg.Defects}
	_, header, err := s.Configure(opts)
	if err != nil {
		o.err = err
		return o
	}
	states := newExplorer(header, c.knows)
	o.hits = coverage.NewRun(header)
	opts.Observers = []trace.Observer{states, o.hits}
	if o.result, o.err = s.Run(opts); o.err != nil {
		return o
	}
	o.reached = states.new
	if o.result.Verdict() == scenarios.Violated {
		o.finding, o.err = confirm(o, s, opts)
	}
	// What is not counted need not be kept until the round is over.
	o.result.Header, o.result.History = nil, nil
	return o
}

// confirm repeats a run that failed.
func confirm(o *outcome, s *scenarios.Scenario, opts scenarios.RunOptions) (*Finding, error) {
	why := &causes{header: o.result.Header}
	opts.Observers = []trace.Observer{why}
	again, err := s.Run(opts)
	if err != nil {
		return nil, err
	}
	first, second := fmt.Sprintf("%016x", uint64(o.result.Hash)), fmt.Sprintf("%016x", uint64(again.Hash))
	if first != second {
		return nil, &NotDeterministic{o.c, first, second}
	}
	v := &again.Violations[0]
	f := &Finding{
		Case: o.c, Property: v.Property, Message: v.Message, Cause: why.of(v), Trace: first, Actions: again.Steps,
	}
	for _, other := range again.Violations[1:] {
		f.Also = append(f.Also, other.Property)
	}
	return f, nil
}
