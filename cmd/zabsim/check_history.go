package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zabsim/zabsim/checker/history"
	"github.com/zabsim/zabsim/reports"
)

// historyFlags are the flags of check-history.
type historyFlags struct {
	budget            time.Duration
	freshReads        bool
	html              string
	json, all         bool
	allowInconclusive bool
}

func newCheckHistory() *cobra.Command {
	f := &historyFlags{}
	cmd := &cobra.Command{
		Use:   "check-history FILE...",
		Short: "Judge histories of operations recorded anywhere",
		Long: "Judge what clients of a real system did and were told: whether writes and synced reads are\n" +
			"linearizable, and whether plain reads are sequentially consistent in each session, as ZooKeeper\n" +
			"promises. Stale reads, which it allows, are counted and shown.\n\n" +
			"A FILE has JSON lines as checker/history/README.md describes them, or it is the history of a\n" +
			"Jepsen test of registers, as EDN or JSON. With zxids the verdict is exact and quick; without\n" +
			"them an order of the operations is searched for, as long as --budget allows.",
		Example: "  zabsim check-history history.jsonl\n" +
			"  zabsim check-history store/latest/history.edn --fresh-reads --html history.html",
		Args: atLeastOne("a history"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd.OutOrStdout(), args) },
	}
	flags := cmd.Flags()
	flags.DurationVar(&f.budget, "budget", 10*time.Second, "how long to search for each property")
	flags.BoolVar(&f.freshReads, "fresh-reads", false, "demand that plain reads are linearizable too: a stale read is a violation")
	flags.StringVar(&f.html, "html", "", "write the operations and the orders that were tried to this page")
	flags.BoolVar(&f.json, "json", false, "print one JSON object for each file")
	flags.BoolVar(&f.all, "all", false, "print all findings, not the first few of each kind")
	flags.BoolVar(&f.allowInconclusive, "allow-inconclusive", false, "exit 0 where it would be 3")
	return cmd
}

// run judges all histories, and none if any of them cannot be read.
func (f *historyFlags) run(w io.Writer, files []string) error {
	if f.html != "" && len(files) > 1 {
		return errors.New("--html takes one history at a time")
	}
	if f.budget <= 0 {
		return fmt.Errorf("--budget is %v; more than 0s is needed", f.budget)
	}
	histories, err := readHistories(files)
	if err != nil {
		return err
	}
	options := history.Options{Budget: f.budget, FreshReads: f.freshReads}
	worst := exitOK
	for i, h := range histories {
		r := history.Judge(h, options)
		if f.html != "" {
			if err := history.Visualize(h, options, f.html); err != nil {
				return err
			}
		}
		if err := f.print(w, files[i], r); err != nil {
			return err
		}
		worst = graver(worst, historyCodes[r.Verdict()])
	}
	if worst == exitOK || worst == exitInconclusive && f.allowInconclusive {
		return nil
	}
	return &ending{code: worst}
}

func readHistories(files []string) ([]*history.History, error) {
	var read []*history.History
	var failed []error
	for _, name := range files {
		h, err := readHistory(name)
		read = append(read, h)
		failed = append(failed, err)
	}
	return read, errors.Join(failed...)
}

func readHistory(name string) (*history.History, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return history.Parse(name, file)
}

var historyCodes = map[history.Verdict]exitCode{
	history.Holds: exitOK, history.Violated: exitViolated, history.Undecided: exitInconclusive,
}

// historyLine is what --json prints of a history.
type historyLine struct {
	Type    string      `json:"type"` // "history"
	Version int         `json:"zabsim"`
	File    string      `json:"file"`
	Verdict string      `json:"verdict"`
	Checks  []checkLine `json:"checks"`
}

type checkLine struct {
	Property   string        `json:"property"`
	Promised   bool          `json:"promised"`
	Verdict    string        `json:"verdict"`
	Operations int           `json:"operations"`
	ByZxid     bool          `json:"by_zxid"`
	Findings   []findingLine `json:"findings,omitempty"`
}

type findingLine struct {
	Key        string   `json:"key,omitempty"`
	Message    string   `json:"message"`
	Operations []opLine `json:"operations"` // the culprit last
}

type opLine struct {
	ID      int64  `json:"id"`
	Line    int    `json:"line"`
	EndLine int    `json:"end_line,omitempty"`
	Text    string `json:"text"`
}

func (f *historyFlags) print(w io.Writer, file string, r *history.Report) error {
	if !f.json {
		_, err := io.WriteString(w, f.text(file, r))
		return err
	}
	line := historyLine{Type: "history", Version: recordVersion, File: file, Verdict: r.Verdict().String()}
	for _, c := range r.Checks {
		check := checkLine{Property: c.Property, Promised: c.Promised, Verdict: c.Verdict.String(), Operations: c.Judged, ByZxid: c.ByZxid}
		for _, found := range c.Findings {
			finding := findingLine{Key: found.Key, Message: found.Message}
			for _, o := range found.Ops {
				finding.Operations = append(finding.Operations, opLine{o.ID, o.Line, o.EndLine, o.String()})
			}
			check.Findings = append(check.Findings, finding)
		}
		line.Checks = append(line.Checks, check)
	}
	return json.NewEncoder(w).Encode(line)
}

// text returns what people read about a history.
func (f *historyFlags) text(file string, r *history.Report) string {
	word := map[history.Verdict]string{history.Holds: "ok  ", history.Violated: "FAIL", history.Undecided: "INCONCLUSIVE"}[r.Verdict()]
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  %s operations\n", word, file, reports.Grouped(uint64(r.History.Len())))
	for i := range r.Checks {
		fmt.Fprintf(&b, "  %-19s  %s\n", r.Checks[i].Property, f.outcome(&r.Checks[i]))
	}
	for i := range r.Checks {
		f.findings(&b, &r.Checks[i])
	}
	return b.String()
}

// outcome says in a line what a check came to.
func (f *historyFlags) outcome(c *history.Check) string {
	how := "by search"
	if c.ByZxid {
		how = "by zxid"
	}
	what := fmt.Sprintf("%s %s, %s", reports.Grouped(uint64(c.Judged)), c.What, how)
	switch {
	case c.Verdict == history.Undecided:
		return fmt.Sprintf("undecided: %s; nothing found in %v, and nothing ruled out", what, f.budget)
	case c.Promised || c.Verdict == history.Holds:
		return fmt.Sprintf("%v: %s", c.Verdict, what)
	case c.ByZxid:
		return fmt.Sprintf("does not hold: %d stale of %s; that is allowed unless --fresh-reads forbids it", len(c.Findings), what)
	default:
		return fmt.Sprintf("does not hold: some stale of %s; that is allowed unless --fresh-reads forbids it", what)
	}
}

// maxFindings is how many findings of a check are printed unless all are asked
// for.
const maxFindings = 10

func (f *historyFlags) findings(b *strings.Builder, c *history.Check) {
	for i, found := range c.Findings {
		if i == maxFindings && !f.all {
			fmt.Fprintf(b, "\n  %s: %d more; --all shows them\n", c.Property, len(c.Findings)-i)
			return
		}
		where := c.Property
		if found.Key != "" {
			where += " of " + found.Key
		}
		fmt.Fprintf(b, "\n  %s: %s\n", where, found.Message)
		for _, o := range found.Ops {
			fmt.Fprintf(b, "    %s\n", opText(o))
		}
	}
}

// opText returns an operation with all that tells it from others.
func opText(o *history.Op) string {
	s := fmt.Sprintf("%s: client %s", o.Where(), o.Client)
	if o.Kind == history.FinalRead {
		s = o.Where()
	}
	if o.Server != "" {
		s += ", server " + o.Server
	}
	if o.Until > 0 {
		s += fmt.Sprintf(", %s to %s", seconds(o.At), seconds(o.Until))
	} else if o.At > 0 {
		s += ", " + seconds(o.At)
	}
	return s + ": " + o.String()
}
