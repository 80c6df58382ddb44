package rundir

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/scenarios"
)

// Version is the version of the objects in run.json.
const Version = 1

// Record is what run.json says: all that is needed to do the run again, and
// what came of it. Times are integer nanoseconds of virtual time.
type Record struct {
	Version   int      `json:"zabsim"`
	Build     Build    `json:"build"`
	Scenario  string   `json:"scenario"`
	Digest    string   `json:"scenario_sha256"` // of scenario.yaml
	Protocol  string   `json:"protocol"`
	Options   any      `json:"options,omitempty"` // with those that are at their defaults
	Defects   []string `json:"defects,omitempty"`
	Seed      uint64   `json:"seed"`
	Chosen    bool     `json:"chosen,omitempty"`    // the choices are those of choices.txt, not the seed's
	Strategy  string   `json:"strategy,omitempty"`  // how the swarm searches; "guided" if it goes on from another run
	Swarm     []string `json:"swarm,omitempty"`     // what was drawn about each kind of fault
	Faults    []string `json:"faults,omitempty"`    // the plan, in words
	Overrides []string `json:"overrides,omitempty"` // the flags that made the run differ from the scenario
	Untimed   bool     `json:"untimed,omitempty"`   // found by the model checker, in a world without times and without the plan
	// Discovery is what the model checker says of it, where no monitor does.
	Discovery *scenarios.Discovery `json:"discovery,omitempty"`
	Again     string               `json:"again"` // the command line that repeats it
	Outcome
}

// Outcome is what came of a run.
type Outcome struct {
	Verdict      string            `json:"verdict"`
	Stop         string            `json:"stop"`
	Expected     string            `json:"expected_violation,omitempty"`
	Violations   []Violation       `json:"violations,omitempty"`
	Unmet        []string          `json:"unmet,omitempty"`         // sometimes properties that did not happen
	MissedFaults []string          `json:"missed_faults,omitempty"` // faults that found nobody to strike
	VirtualTime  time.Duration     `json:"virtual_ns"`
	Actions      uint64            `json:"actions"`
	Events       uint64            `json:"events"`
	Committed    uint64            `json:"committed"`
	Elections    uint64            `json:"elections"`
	Crashes      uint64            `json:"crashes"`
	Notes        map[string]uint64 `json:"notes,omitempty"`
	TraceHash    string            `json:"trace_hash"`
}

// Violation is a violation in JSON.
type Violation struct {
	Property     string   `json:"property"`
	Message      string   `json:"message"`
	Details      []string `json:"details,omitempty"`
	Evidence     []uint64 `json:"evidence,omitempty"` // numbers of events in trace.jsonl
	Inconclusive bool     `json:"inconclusive,omitempty"`
}

// OutcomeOf returns what came of a run.
func OutcomeOf(r *scenarios.Result) Outcome {
	o := Outcome{
		Verdict: r.Verdict().String(), Stop: r.Stop.String(), Expected: r.Expected,
		Unmet: r.Unmet, MissedFaults: r.Missed, VirtualTime: r.Time,
		Actions: r.Steps, Events: r.Events, Committed: r.Committed, Elections: r.Elections, Crashes: r.Crashes,
		Notes: r.Notes, TraceHash: HashText(r.Hash),
	}
	add := func(found []checker.Violation) {
		for _, v := range found {
			o.Violations = append(o.Violations, Violation{v.Property, v.Message, v.Details, v.Evidence, v.Inconclusive})
		}
	}
	add(r.Violations)
	add(r.Inconclusive)
	return o
}

// HashText returns a trace hash as run.json has it.
func HashText(d nodes.Digest) string { return fmt.Sprintf("%016x", uint64(d)) }

// Digest returns the digest of the text of a scenario, as run.json has it.
func Digest(text []byte) string { return fmt.Sprintf("%x", sha256.Sum256(text)) }

// writeRecord writes run.json.
func (r *Run) writeRecord(w io.Writer) error {
	cfg, _, err := r.Scenario.Configure(r.Options)
	if err != nil {
		return err
	}
	var scenario bytes.Buffer
	if _, err := r.Scenario.WriteTo(&scenario); err != nil {
		return err
	}
	options := cfg.Options
	if options == nil && cfg.Protocol.Options != nil {
		options = cfg.Protocol.Options()
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(Record{
		Version: Version, Build: ThisBuild(),
		Scenario: r.Result.Scenario, Digest: Digest(scenario.Bytes()),
		Protocol: r.Result.Protocol, Options: options, Defects: cfg.Defects,
		Seed: r.Result.Seed, Chosen: r.choices != nil, Strategy: r.Scenario.Strategy(), Swarm: r.Result.Header.Swarm, Faults: r.Result.Header.Faults,
		Overrides: r.Overrides, Untimed: r.Options.Untimed, Discovery: r.Options.Discovery, Again: r.Again,
		Outcome: OutcomeOf(r.Result),
	})
}
