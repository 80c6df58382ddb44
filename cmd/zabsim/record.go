package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/zabsim/zabsim/checker"
)

// recordFile is the file of a run directory that says what the run was. A
// directory that has it is a run directory.
const recordFile = "run.json"

// recordVersion is the version of the objects in run.json and of those that
// --json prints.
const recordVersion = 1

// record is what run.json says: all that is needed to do the run again, and
// what came of it. Times are integer nanoseconds of virtual time.
type record struct {
	Version   int      `json:"zabsim"`
	Build     build    `json:"build"`
	Scenario  string   `json:"scenario"`
	Digest    string   `json:"scenario_sha256"` // of scenario.yaml
	Protocol  string   `json:"protocol"`
	Options   any      `json:"options,omitempty"` // with those that are at their defaults
	Defects   []string `json:"defects,omitempty"`
	Seed      uint64   `json:"seed"`
	Swarm     []string `json:"swarm,omitempty"`     // what was drawn about each kind of fault
	Faults    []string `json:"faults,omitempty"`    // the plan, in words
	Overrides []string `json:"overrides,omitempty"` // the flags that made the run differ from the scenario
	Untimed   bool     `json:"untimed,omitempty"`   // found by the model checker, in a world without times and without the plan
	Again     string   `json:"again"`               // the command line that repeats it
	verdict
}

// verdict is what came of a run.
type verdict struct {
	Verdict      string            `json:"verdict"`
	Stop         string            `json:"stop"`
	Expected     string            `json:"expected_violation,omitempty"`
	Violations   []violationLine   `json:"violations,omitempty"`
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

// violationLine is a violation in JSON.
type violationLine struct {
	Property     string   `json:"property"`
	Message      string   `json:"message"`
	Details      []string `json:"details,omitempty"`
	Evidence     []uint64 `json:"evidence,omitempty"` // numbers of events in trace.jsonl
	Inconclusive bool     `json:"inconclusive,omitempty"`
}

func newViolationLine(v *checker.Violation) violationLine {
	return violationLine{v.Property, v.Message, v.Details, v.Evidence, v.Inconclusive}
}

func (o *outcome) verdict() verdict {
	v := verdict{
		Verdict: o.Verdict().String(), Stop: o.Stop.String(), Expected: o.Expected,
		Unmet: o.Unmet, MissedFaults: o.Missed, VirtualTime: o.Time,
		Actions: o.Steps, Events: o.Events, Committed: o.Committed, Elections: o.Elections, Crashes: o.crashes,
		Notes: o.Notes, TraceHash: fmt.Sprintf("%016x", uint64(o.Hash)),
	}
	for i := range o.Violations {
		v.Violations = append(v.Violations, newViolationLine(&o.Violations[i]))
	}
	for i := range o.Inconclusive {
		v.Violations = append(v.Violations, newViolationLine(&o.Inconclusive[i]))
	}
	return v
}

// writeRecord writes run.json.
func writeRecord(w io.Writer, r *recording) error {
	cfg, _, err := r.job.scenario.Compile(r.Protocol, r.Seed)
	if err != nil {
		return err
	}
	var scenario bytes.Buffer
	if _, err := r.job.scenario.WriteTo(&scenario); err != nil {
		return err
	}
	options := cfg.Options
	if options == nil && cfg.Protocol.Options != nil {
		options = cfg.Protocol.Options()
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(record{
		Version: recordVersion, Build: thisBuild(),
		Scenario: r.Scenario, Digest: fmt.Sprintf("%x", sha256.Sum256(scenario.Bytes())),
		Protocol: r.Protocol, Options: options, Defects: append(cfg.Defects, r.job.defects...),
		Seed: r.Seed, Swarm: r.Header.Swarm, Faults: r.Header.Faults, Overrides: r.job.overrides, Untimed: r.run.Untimed, Again: r.job.again(r.Seed),
		verdict: r.verdict(),
	})
}
