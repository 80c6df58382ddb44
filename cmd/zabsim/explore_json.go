package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/scenarios"
)

// The object that explore prints with --json.
type (
	explorationLine struct {
		Type        string            `json:"type"` // "exploration"
		Version     int               `json:"zabsim"`
		Scenario    string            `json:"scenario"`
		Protocol    string            `json:"protocol"`
		Defects     []string          `json:"defects,omitempty"`
		Bounds      scenarios.Explore `json:"bounds"`
		Recovers    int               `json:"recovers_within,omitempty"`
		Search      string            `json:"search,omitempty"` // if it is not breadth first
		Verdict     string            `json:"verdict"`          // complete, partial, violation, interrupted, or the limit
		States      uint64            `json:"states"`
		Transitions uint64            `json:"transitions"`
		Depth       int               `json:"depth"`
		Diameter    int               `json:"diameter"`
		Frontier    uint64            `json:"frontier"` // states found but not expanded
		Terminal    uint64            `json:"terminal"` // states that nothing leaves
		Levels      []uint64          `json:"levels"`   // states by number of actions
		Layers      []uint64          `json:"layers,omitempty"`
		OutDegree   outDegreeLine     `json:"out_degree"`
		Actions     map[string]uint64 `json:"actions"` // how often those of a kind were taken
		Never       []string          `json:"never_happened,omitempty"`
		Unentered   []string          `json:"never_entered,omitempty"` // phases of servers, if the search is complete
		Unreached   []string          `json:"never_reached,omitempty"` // places in the protocol, if it is
		Seconds     float64           `json:"seconds"`
		Memory      uint64            `json:"memory"`                    // bytes
		Spilled     uint64            `json:"spilled,omitempty"`         // bytes of the frontier on the disk
		Collision   float64           `json:"collision_odds"`            // 0 with a bitstate table
		Missed      float64           `json:"probably_missed,omitempty"` // states, with a bitstate table
		Searches    int               `json:"searches,omitempty"`        // of a swarm
		Distinct    uint64            `json:"distinct,omitempty"`        // about how many states they visited
		Features    int               `json:"features,omitempty"`        // of a guided search
		Properties  []propertyLine    `json:"properties"`
		Run         string            `json:"run,omitempty"` // directory of the counterexample
		Code        exitCode          `json:"exit_code"`
	}
	outDegreeLine struct {
		Min    int     `json:"min"`
		Max    int     `json:"max"`
		Mean   float64 `json:"mean"`
		Most95 int     `json:"p95"`
	}
	propertyLine struct {
		Name   string   `json:"name"`
		Kind   string   `json:"kind"`            // always, sometimes or eventually
		Answer string   `json:"answer"`          // holds, fails or unknown
		Path   []string `json:"path,omitempty"`  // the actions of a counterexample, or of a witness, behind the start
		Cycle  int      `json:"cycle,omitempty"` // how many of them, at the end, repeat for ever
		Run    string   `json:"run,omitempty"`   // directory of the witness
	}
)

// line is all that is known of a search, for programs.
func (x *exploration) line(r *result, run *recording, shown []witness, code exitCode) *explorationLine {
	l := &explorationLine{
		Type: "exploration", Version: recordVersion,
		Scenario: x.scenario.Name, Protocol: x.protocol, Defects: x.Config.Defects, Bounds: x.scenario.Explore, Recovers: x.Recovers,
		Search: strings.TrimPrefix(x.kind.name, searchKinds[0].name), Verdict: r.Verdict.String(), States: r.States, Transitions: r.Transitions, Depth: r.Depth(), Diameter: r.Diameter(),
		Frontier: r.Frontier, Terminal: r.Terminal, Levels: r.Levels, Layers: r.Layers,
		OutDegree: outDegreeLine{
			r.OutDegree.Min(), r.OutDegree.Max(), r.MeanOutDegree(), r.OutDegree.Quantile(0.95),
		},
		Actions: make(map[string]uint64), Never: x.never(r), Unentered: x.unentered(r), Unreached: x.unreached(r),
		Seconds: r.Elapsed.Seconds(), Memory: r.Memory, Collision: r.Collision(), Code: code,
		Spilled: r.Spilled, Missed: r.Missed, Searches: r.Jobs, Distinct: r.Distinct, Features: r.Features,
	}
	for _, k := range r.Taken {
		l.Actions[k.Kind] = k.Times
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		p := propertyLine{Name: f.Property, Kind: f.Kind.String(), Answer: f.Answer.String()}
		if n := slices.IndexFunc(shown, func(w witness) bool { return w.property == f.Property }); n >= 0 {
			p.Run = shown[n].dir
		}
		if f.Path != nil {
			for n := range f.Path.Steps {
				p.Path = append(p.Path, f.Path.Steps[n].Action.String())
			}
			p.Cycle = f.Path.Cycle
		}
		l.Properties = append(l.Properties, p)
	}
	if run != nil {
		l.Run = run.dir
	}
	return l
}

// dumpStates is how many states are dumped at most: a graph of more is of no use
// to anybody.
const dumpStates = 1000

// dumpFormats are the endings of the files to which a graph can be dumped.
var dumpFormats = []string{".dot", ".json"}

// dump writes the graph of the nearest states to a file.
func (x *exploration) dump(ctx context.Context, name string) error {
	file, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("--dump: %w", err)
	}
	if filepath.Ext(name) == ".json" {
		err = x.dumpJSON(ctx, file)
	} else {
		err = explore.WriteDOT(ctx, file, x.world.Fork(), dumpStates)
	}
	if failed := file.Close(); err == nil {
		err = failed
	}
	return err
}

func (x *exploration) dumpJSON(ctx context.Context, w io.Writer) error {
	graph, err := explore.NewGraph(ctx, x.world.Fork(), dumpStates)
	if err != nil {
		return err
	}
	return newLines(w).Encode(graph)
}

// checkDump says that a graph cannot be written to a file of that name.
func checkDump(name string) error {
	for _, format := range dumpFormats {
		if filepath.Ext(name) == format {
			return nil
		}
	}
	return fmt.Errorf("--dump %s: the name of the file must end in %s", name, strings.Join(dumpFormats, " or "))
}
