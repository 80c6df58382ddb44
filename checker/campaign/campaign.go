package campaign

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zabsim/zabsim/scenarios"
)

// Config says what a campaign searches, how, and for how long.
type Config struct {
	// Scenarios are what its runs are made of: each is one of them, drawn.
	Scenarios []*scenarios.Scenario
	// AsWritten leaves the clients' workloads as the scenarios have them.
	AsWritten bool
	Protocol  string   // "": that of the scenario
	Defects   []string // faulty variants, besides those of the scenarios
	// Seed is that of the first run; the next run has the next one.
	Seed     uint64
	Strategy Strategy // "": Mix

	Runs      uint64        // how many; 0: no end
	For       time.Duration // how long, in real time; 0: no end
	Workers   int           // how many runs at a time; 0: 1
	KeepGoing bool          // go on after the first finding

	// Dir is where the log is kept; "": nowhere. If there is a log the campaign
	// goes on where it ended, and all that decides what its runs are must be as
	// it was.
	Dir string
	// Corpus is a directory of cases to go on from, which those that reach
	// something new join; "": none.
	Corpus string

	// Progress, if not nil, is called after every round with what the campaign
	// has come to.
	Progress func(*Summary)
	// Found, if not nil, is called with each new finding that is the first of its
	// group, once it is durable. An error ends the campaign.
	Found func(*Group) error
}

// NotDeterministic is the error of a run that came out differently when it was
// repeated. Then that is the finding.
type NotDeterministic struct {
	Case          Case
	First, Second string // the hashes of its traces
}

// Error implements error.
func (e *NotDeterministic) Error() string {
	return fmt.Sprintf("not deterministic: %v gave trace %s and, once more, %s", &e.Case, e.First, e.Second)
}

// Panicked is the error of a run in which zabsim itself panicked.
type Panicked struct {
	Case  Case
	Cause any
	Stack []byte
}

// Error implements error.
func (e *Panicked) Error() string { return fmt.Sprintf("%v: panic: %v", &e.Case, e.Cause) }

// Run makes the runs of a campaign until one of the limits of the configuration
// is reached, something is found, or ctx ends; runs that have begun are finished.
// The summary is of the whole campaign, including what it resumed, and is there
// even if the error is not nil.
func Run(ctx context.Context, cfg Config) (*Summary, error) {
	c, err := open(cfg)
	if err != nil {
		return &Summary{}, err
	}
	began := time.Now()
	if cfg.For > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, cfg.For)
		defer stop()
	}
	for err == nil && !c.over(ctx) {
		err = c.round(ctx)
		c.summary.Took = time.Since(began)
		if cfg.Progress != nil && err == nil {
			cfg.Progress(&c.summary)
		}
	}
	return &c.summary, errors.Join(err, c.close())
}

// over reports whether no more runs are to be made.
func (c *campaign) over(ctx context.Context) bool {
	return ctx.Err() != nil ||
		c.cfg.Runs > 0 && c.summary.Runs >= c.cfg.Runs ||
		!c.cfg.KeepGoing && len(c.summary.Groups) > 0
}
