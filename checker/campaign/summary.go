package campaign

import (
	"slices"
	"time"

	"github.com/zabsim/zabsim/checker/coverage"
)

// Tally counts what the runs of a campaign did.
type Tally struct {
	Runs      uint64 `json:"runs"`
	Failed    uint64 `json:"failed,omitempty"`    // runs with a violation that was not expected
	Expected  uint64 `json:"expected,omitempty"`  // runs with the violation that the scenario expects
	Undecided uint64 `json:"undecided,omitempty"` // runs that a limit ended, or whose properties could not be judged
	Novel     uint64 `json:"novel,omitempty"`     // runs that reached a state that none had reached before

	Actions   uint64 `json:"actions"`
	Events    uint64 `json:"events"`
	Committed uint64 `json:"committed"`
	Elections uint64 `json:"elections"`
	Crashes   uint64 `json:"crashes"`

	Hits       coverage.Counts     `json:"hits"`                 // what they came across; of cells and moments, only whether they did
	Unmet      map[string]uint64   `json:"unmet,omitempty"`      // runs without each property of the kind Sometimes that their scenario has
	Strategies map[Strategy]Effort `json:"strategies,omitempty"` // what each found
}

// Effort is what became of the runs of one strategy.
type Effort struct {
	Runs   uint64 `json:"runs"`
	Failed uint64 `json:"failed,omitempty"`
	Novel  uint64 `json:"novel,omitempty"`
}

// add counts what others counted.
func (t *Tally) add(o *Tally) {
	t.Runs += o.Runs
	t.Failed += o.Failed
	t.Expected += o.Expected
	t.Undecided += o.Undecided
	t.Novel += o.Novel
	t.Actions += o.Actions
	t.Events += o.Events
	t.Committed += o.Committed
	t.Elections += o.Elections
	t.Crashes += o.Crashes
	t.Hits.Merge(&o.Hits)
	if t.Unmet == nil {
		t.Unmet, t.Strategies = map[string]uint64{}, map[Strategy]Effort{}
	}
	for name, n := range o.Unmet {
		t.Unmet[name] += n
	}
	for s, e := range o.Strategies {
		of := t.Strategies[s]
		t.Strategies[s] = Effort{of.Runs + e.Runs, of.Failed + e.Failed, of.Novel + e.Novel}
	}
}

// Finding is a run that violated something, and did so again when it was
// repeated.
type Finding struct {
	Run      uint64   `json:"run"` // its number in the campaign, from 0
	Case     Case     `json:"case"`
	Property string   `json:"property"` // the first that it violated
	Also     []string `json:"also,omitempty"`
	Message  string   `json:"message"`
	// Cause is what led to the violation, from its evidence back, in words that
	// leave out names and numbers.
	Cause   string `json:"cause"`
	Trace   string `json:"trace"` // the hash of its trace
	Actions uint64 `json:"actions"`
}

// Unjudged is a run that came to no verdict.
type Unjudged struct {
	Case Case   `json:"case"`
	Why  string `json:"why"`
}

// Group is findings of the same property with the same cause: most likely of one
// bug.
type Group struct {
	Property, Cause string
	Count           uint64
	First           Finding
	Shortest        Finding // the one with the fewest actions
}

// Summary is what a campaign has come to.
type Summary struct {
	Tally
	Groups []Group // in the order found
	// Unjudged is the first of those that came to no verdict; nil: all did.
	Unjudged *Unjudged
	Resumed  uint64        // runs that were made before it was resumed
	States   int           // distinct abstract states
	Corpus   int           // cases that reached a state first
	Took     time.Duration // in real time, without what was before it was resumed
	// Recent is how many of the last runs, at most about a thousand, reached a
	// new state, and Last how many those are: where it is nothing, more runs of
	// the kind do not buy much.
	Recent, Last uint64
}

// group adds a finding.
func (s *Summary) group(f Finding) {
	i := slices.IndexFunc(s.Groups, func(g Group) bool { return g.Property == f.Property && g.Cause == f.Cause })
	if i < 0 {
		s.Groups = append(s.Groups, Group{Property: f.Property, Cause: f.Cause, Count: 1, First: f, Shortest: f})
		return
	}
	g := &s.Groups[i]
	g.Count++
	if f.Actions < g.Shortest.Actions {
		g.Shortest = f
	}
}
