package main

import (
	"context"
	"slices"
	"time"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/campaign"
	"github.com/zabsim/zabsim/checker/coverage"
	"github.com/zabsim/zabsim/scenarios"
)

// campaign runs many seeds on all workers and prints one summary. Of the seeds
// that fail, the first is run again with everything switched on, and must come
// out the same.
func (j *job) campaign(ctx context.Context, p *printer) (exitCode, error) {
	type result struct {
		*outcome
		err error
	}
	extra := j.unclaimed()
	run := func(seed uint64) (r result) {
		r.err = guard(func() (err error) {
			r.outcome, err = j.watched(seed, extra)
			return err
		})
		return r
	}

	t := newTally(j)
	bar := p.progress(t)
	collectSeldom()
	var failed error
	campaign.InOrder(ctx, j.workers, j.seeds.all(), run, func(r result) bool {
		if failed = r.err; failed != nil {
			return false
		}
		t.add(r.outcome)
		p.seed(r.outcome)
		bar.show()
		return j.keepGoing || t.first == nil
	})
	bar.clear()
	if failed != nil {
		return exitOK, failed
	}
	t.took = time.Since(t.began)
	p.summary(t)
	if t.first == nil {
		return t.code(), nil
	}
	return j.reportFirst(p, t)
}

// unclaimed returns the properties of the kind Sometimes that the scenario does
// not mention. A campaign in which one of them never happens has not tested
// what it is about, and says so.
func (j *job) unclaimed() []checker.Property {
	return slices.DeleteFunc(slices.Clone(checker.All), func(p checker.Property) bool {
		return p.Kind != checker.Sometimes ||
			slices.ContainsFunc(j.scenario.Properties.Sometimes, func(c scenarios.Claim) bool { return c.Name == p.Name })
	})
}

// watched runs one seed, counts what it hits and notes which of the extra
// properties did not happen.
func (j *job) watched(seed uint64, extra []checker.Property) (*outcome, error) {
	_, header, err := j.scenario.Compile(j.protocol, seed)
	if err != nil {
		return nil, err
	}
	watch, hits := checker.NewWatch(header, extra), coverage.NewRun(header)
	o, err := j.simulate(seed, false, watch, hits)
	if err != nil {
		return nil, err
	}
	o.hits = hits
	for _, v := range watch.Finish() {
		o.unseen = append(o.unseen, v.Property)
	}
	return o, nil
}

// reportFirst runs the first seed that failed again, to write its directory
// and tell its story.
func (j *job) reportFirst(p *printer, t *tally) (exitCode, error) {
	r, err := j.record(t.first.Seed)
	if err != nil {
		return exitOK, err
	}
	if err := r.compare(t.first); err != nil {
		return exitOK, err
	}
	p.report(r)
	return exitViolated, nil
}
