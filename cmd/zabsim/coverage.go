package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/checker/coverage"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/reports"
)

// What a campaign says about what its runs came across, and what they did not.

// telling is how many runs it takes before it means anything that none of them
// had something, and many before the cells do.
const (
	telling = 100
	many    = 1000
)

// coverageLine is what --json prints about it.
type coverageLine struct {
	Faults    map[string]coverage.Hits `json:"faults"`    // by kind
	Notes     map[string]coverage.Hits `json:"notes"`     // places in the protocol
	Crashes   map[string]coverage.Hits `json:"crashes"`   // by role and phase of the server
	Restarts  map[string]coverage.Hits `json:"restarts"`  // by phase of the leader
	NeverHit  []string                 `json:"never_hit"` // "note: sync-trunc"
	Cells     cellsLine                `json:"cells"`
	Confident float64                  `json:"failure_bound_95,omitempty"` // on the probability of a run to fail, if none did
}

// cellsLine is about faults at certain moments: role and phase of a server, and
// the kind of message that it received last.
type cellsLine struct {
	Hit   int      `json:"hit"`
	Never []string `json:"never,omitempty"` // "leading, discovery; ACKEPOCH; crash"
}

func (t *tally) coverageLine() coverageLine {
	of := func(g coverage.Group) map[string]coverage.Hits {
		hits := map[string]coverage.Hits{}
		for _, p := range t.hits.Of(g) {
			hits[p.String()] = t.hits.Hits[p]
		}
		return hits
	}
	l := coverageLine{
		Faults: of(coverage.Fault), Notes: of(coverage.Note), Crashes: of(coverage.Crash), Restarts: of(coverage.Restart),
		Cells: cellsLine{Hit: len(t.hits.Of(coverage.Cell))}, Confident: t.bound(),
	}
	for _, p := range t.neverHit() {
		l.NeverHit = append(l.NeverHit, p.Group.String()+": "+p.String())
	}
	cells, _ := t.hits.Untried()
	for _, cell := range cells {
		l.Cells.Never = append(l.Cells.Never, cell.String())
	}
	return l
}

// neverHit returns what runs of the scenario could have hit and did not.
func (t *tally) neverHit() []coverage.Point {
	return t.hits.Never(t.declared, t.job.scenario.FaultKinds())
}

// bound returns the largest probability of a run to fail that fits to what was
// seen, 0 if runs failed or came to no verdict.
func (t *tally) bound() float64 {
	if t.failed > 0 || t.undecided > 0 || t.expected > 0 {
		return 0
	}
	return coverage.FailureBound(t.runs)
}

// hitRows say what happened, and in how many of the runs. Of the notes, those
// of all runs are only counted, and the others come in the order of how often.
func (t *tally) hitRows(w io.Writer) {
	t.list(w, "faults", t.times(coverage.Fault), ", ")
	t.list(w, "crashed", t.times(coverage.Crash), "; ")
	t.list(w, "restarted", t.times(coverage.Restart), "; ")
	var syncs, others []share
	always := 0
	for _, p := range t.hits.Of(coverage.Note) {
		switch h := t.hits.Hits[p]; {
		case t.isSync(p.Name):
			syncs = append(syncs, share{fmt.Sprintf("%s, %s times", p.Name, reports.Grouped(h.Times)), h.Runs})
		case h.Runs == t.runs:
			always++
		default:
			others = append(others, share{p.Name, h.Runs})
		}
	}
	for _, s := range syncs {
		t.shareRow(w, "sync", s)
	}
	var notes []string
	if always > 0 {
		notes = append(notes, fmt.Sprintf("%d in every run", always))
	}
	slices.SortStableFunc(others, func(a, b share) int { return cmp.Compare(b.count, a.count) })
	for _, s := range others {
		notes = append(notes, t.percent(s.count)+" "+s.name)
	}
	t.list(w, "notes", notes, ", ")
}

// isSync reports whether a note is a way in which a server is brought to the
// history of another.
func (t *tally) isSync(note string) bool {
	return slices.ContainsFunc(t.declared.Notes, func(n nodes.Note) bool { return n.Name == note && n.Sync })
}

// times returns how often each point of a group was hit: "crash 1,171".
func (t *tally) times(g coverage.Group) []string {
	var items []string
	for _, p := range t.hits.Of(g) {
		items = append(items, fmt.Sprintf("%s %s", p, reports.Grouped(t.hits.Hits[p].Times)))
	}
	return items
}

// neverRows say what did not happen, and what follows if nothing failed.
func (t *tally) neverRows(w io.Writer) {
	if t.runs == 0 {
		return
	}
	t.list(w, "no run had", never(t.extra), ", ")
	if t.runs < telling {
		return
	}
	missed := map[coverage.Group][]string{}
	for _, p := range t.neverHit() {
		missed[p.Group] = append(missed[p.Group], p.String())
	}
	t.list(w, "no fault", missed[coverage.Fault], ", ")
	t.list(w, "no crash", missed[coverage.Crash], "; ")
	if t.job.scenario.Swarm != nil { // one that tells a story leaves most of the protocol out
		t.list(w, "no note", missed[coverage.Note], ", ")
	}
	if t.runs >= many {
		t.cellRows(w)
	}
	if b := t.bound(); b > 0 {
		t.row(w, "bound", fmt.Sprintf("at most %.2g%% of all runs fail, with 95%% confidence", 100*b))
	}
}

// cellRows print a matrix: at how many of the moments that there were each kind
// of fault has struck, by stage of the server.
func (t *tally) cellRows(w io.Writer) {
	_, rows := t.hits.Untried()
	if len(rows) == 0 {
		return
	}
	stages := t.hits.Of(coverage.Stage)
	var roles, phases []string
	for i, s := range stages {
		role, phase, _ := strings.Cut(s.Stage, ", ")
		if i > 0 && strings.HasPrefix(stages[i-1].Stage, role+", ") {
			role = ""
		}
		roles, phases = append(roles, role), append(phases, abbreviated(phase))
	}
	t.row(w, "cells", "by stage of a server: the messages after which a fault struck it, of those it received there")
	cells := func(name string, columns []string) {
		var line strings.Builder
		fmt.Fprintf(&line, "    %-13s", name)
		for _, c := range columns {
			fmt.Fprintf(&line, " %-9s", c)
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
	cells("", roles)
	cells("", phases)
	for i := 0; i < len(rows); i += len(stages) {
		var columns []string
		for _, r := range rows[i : i+len(stages)] {
			columns = append(columns, fmt.Sprintf("%d/%d", r.Tried, r.Moments))
		}
		cells(rows[i].Fault, columns)
	}
}

// abbreviated returns a word that fits a column.
func abbreviated(word string) string {
	const most = 9
	if len(word) <= most {
		return word
	}
	return word[:most-1] + "."
}

// list writes items behind a label, on as many lines as it takes.
func (t *tally) list(w io.Writer, what string, items []string, separator string) {
	const width = 90
	line := ""
	for i, item := range items {
		if line != "" && len(line)+len(separator)+len(item) > width {
			t.row(w, what, strings.TrimRight(line, " "))
			what, line = "", ""
		}
		if line += item; i < len(items)-1 {
			line += separator
		}
	}
	if line != "" {
		t.row(w, what, line)
	}
}
