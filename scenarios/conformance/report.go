package conformance

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// Result is a case with the outcomes of its replays, one for each seed.
type Result struct {
	Case     *Case
	Profile  string // of zab
	Outcomes []*Outcome
}

// ReplayAll replays a case with seeds 1 to seeds, whatever o.Seed says.
func (c *Case) ReplayAll(seeds uint64, o Options) (*Result, error) {
	r := &Result{Case: c, Profile: o.profile()}
	for o.Seed = 1; o.Seed <= seeds; o.Seed++ {
		out, err := c.Replay(o)
		if err != nil {
			return nil, err
		}
		r.Outcomes = append(r.Outcomes, out)
	}
	return r, nil
}

// Standing is what became of a fact over all seeds.
type Standing struct {
	Fact    *Fact
	Held    int // with how many seeds
	Differs int
	Seen    string // with the first seed with which it differs
	Seed    uint64 // that seed
	Why     string // why it was not judged, or what is known of the difference
	Known   bool   // the difference is one that is known
}

// Standings returns what became of each fact.
func (r *Result) Standings() []Standing {
	all := make([]Standing, len(r.Case.Facts))
	for _, o := range r.Outcomes {
		for i, v := range o.Verdicts {
			s := &all[i]
			s.Fact = v.Fact
			switch v.Status {
			case Held:
				s.Held++
			case Differs:
				if s.Differs++; s.Differs == 1 {
					s.Seen, s.Seed = v.Seen, o.Seed
				}
			case NotJudged:
				s.Why = v.Why
			}
		}
	}
	for i := range all {
		s := &all[i]
		if s.Differs == 0 {
			continue
		}
		if d := r.Case.knownDifference(s.Fact.ID, r.Profile); d != nil {
			s.Why, s.Known = d.why, true
		} else if s.Fact.Level == May {
			s.Why, s.Known = "one of several right outcomes", true
		}
	}
	return all
}

// Stuck lists the replays that could not go on.
func (r *Result) Stuck() []string {
	var stuck []string
	for _, o := range r.Outcomes {
		if o.Stuck != "" {
			stuck = append(stuck, fmt.Sprintf("seed %d: %s", o.Seed, o.Stuck))
		}
	}
	return stuck
}

// OK reports whether every replay came to its end and no must fact came out
// different, nor a mistake of ZooKeeper or what is expected in its place. Facts
// that cannot be judged do not count against it.
func (r *Result) OK() bool {
	for _, s := range r.Standings() {
		if s.Differs > 0 && s.Fact.Level.binding() {
			return false
		}
	}
	return len(r.Stuck()) == 0
}

// Run replays the cases in some files with seeds 1 to seeds and writes what
// came of it. ok says whether all must facts held that could be judged; err
// names the files that are no cases.
func Run(w io.Writer, files []string, seeds uint64, o Options) (ok bool, err error) {
	ok = true
	var problems []error
	for _, file := range files {
		c, err := Load(file)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		r, err := c.ReplayAll(seeds, o)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		ok = ok && r.OK()
		if err := r.write(w); err != nil {
			return false, err
		}
	}
	return ok && len(problems) == 0, errors.Join(problems...)
}

// write prints a case in a line, and a line more for each fact that did not
// hold.
func (r *Result) write(w io.Writer) error {
	var b strings.Builder
	held, judged := r.tally()
	verdict := "ok  "
	switch {
	case !r.OK():
		verdict = "FAIL"
	case judged == 0:
		verdict = "skip"
	}
	fmt.Fprintf(&b, "%s %s: %d of %d facts held, %d not judged\n", verdict, r.Case.ID, held, judged, len(r.Case.Facts)-judged)
	for _, stuck := range r.Stuck() {
		fmt.Fprintf(&b, "     %s\n", stuck)
	}
	if len(r.Outcomes) > 0 {
		for _, remark := range r.Outcomes[0].Remarks {
			fmt.Fprintf(&b, "     %s\n", remark)
		}
	}
	for _, s := range r.Standings() {
		switch {
		case s.Differs > 0:
			fmt.Fprintf(&b, "     %s %s after step %d differs with %d of %d seeds", s.Fact.Level, s.Fact.ID, s.Fact.After, s.Differs, len(r.Outcomes))
			if s.Known {
				fmt.Fprintf(&b, ": %s", s.Why)
			}
			fmt.Fprintf(&b, "\n         seed %d: %s\n         recorded: %s\n", s.Seed, s.Seen, s.Fact.recorded())
		case s.Held == 0:
			fmt.Fprintf(&b, "     %s %s after step %d not judged: %s\n", s.Fact.Level, s.Fact.ID, s.Fact.After, s.Why)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// recorded prints the value of a fact; of several the first.
func (f *Fact) recorded() string {
	s := short(plain(f.accepted()[0]))
	if k := len(f.ByRep); k > 1 {
		s += fmt.Sprintf(" (in the first of %d repetitions)", k)
	}
	return s
}

// tally counts the facts that held with every seed, and those that were judged.
func (r *Result) tally() (held, judged int) {
	for _, s := range r.Standings() {
		if s.Differs > 0 {
			judged++
		} else if s.Held > 0 {
			held++
			judged++
		}
	}
	return held, judged
}

// WriteTable writes results as a table in Markdown: facts, differences and
// durations beside the recorded ones.
func WriteTable(w io.Writer, results []*Result) error {
	var b strings.Builder
	b.WriteString("| case | facts held | differs, and why | not judged | durations in ticks, here (recorded) |\n|---|---|---|---|---|\n")
	for _, r := range results {
		held, judged := r.tally()
		fmt.Fprintf(&b, "| %s | %d of %d | %s | %s | %s |\n", r.Case.ID, held, judged,
			strings.Join(r.differing(), "; "), strings.Join(r.unjudged(), "; "), strings.Join(r.durations(), "; "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Result) differing() []string {
	var out []string
	for _, s := range r.Standings() {
		if s.Differs > 0 {
			out = append(out, fmt.Sprintf("%s `%s`: %s", s.Fact.Level, s.Fact.ID, s.Why))
		}
	}
	return out
}

func (r *Result) unjudged() []string {
	byReason := map[string][]string{}
	var reasons []string
	for _, s := range r.Standings() {
		if s.Held > 0 || s.Differs > 0 {
			continue
		}
		if byReason[s.Why] == nil {
			reasons = append(reasons, s.Why)
		}
		byReason[s.Why] = append(byReason[s.Why], fmt.Sprintf("%s `%s`", s.Fact.Level, s.Fact.ID))
	}
	for i, why := range reasons {
		reasons[i] = strings.Join(byReason[why], ", ") + ": " + why
	}
	return reasons
}

// durations prints each timing over the seeds, and over the repetitions.
func (r *Result) durations() []string {
	if len(r.Outcomes) == 0 {
		return nil
	}
	var out []string
	for i, d := range r.Outcomes[0].Durations {
		shortest, longest, measured := math.Inf(1), math.Inf(-1), false
		for _, o := range r.Outcomes {
			if i < len(o.Durations) && o.Durations[i].Measured {
				shortest, longest, measured = min(shortest, o.Durations[i].Ticks), max(longest, o.Durations[i].Ticks), true
			}
		}
		here := "not measured"
		if measured {
			here = fmt.Sprintf("%.1f..%.1f", shortest, longest)
		}
		out = append(out, fmt.Sprintf("%s %s (%.1f..%.1f)", d.Name, here, d.Recorded.Min, d.Recorded.Max))
	}
	return out
}
