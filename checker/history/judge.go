package history

import (
	"fmt"
	"time"
)

// Verdict says whether a history has a property.
type Verdict uint8

// The verdicts.
const (
	Holds Verdict = iota
	Violated
	Undecided // the search ran out of time
)

var verdictNames = [...]string{"holds", "violated", "undecided"}

// String returns "holds", "violated" or "undecided".
func (v Verdict) String() string { return verdictNames[v] }

// Options say what to demand of a history.
type Options struct {
	Budget time.Duration // for each search; searches are for histories without zxids
	// FreshReads demands that plain reads are linearizable as well.
	FreshReads bool
}

// Report is what Judge finds.
type Report struct {
	History *History
	Checks  []Check
}

// Check is one property of a history. They are called linearizable-writes,
// sequential and linearizable.
type Check struct {
	Property string
	Promised bool   // false: it need not hold
	What     string // which operations it is about
	Judged   int    // how many these are
	ByZxid   bool   // by the order of zxids; else by search
	Verdict  Verdict
	Findings []Finding
}

// Finding is one violation.
type Finding struct {
	Key     string
	Message string
	Ops     []*Op // that show it, the culprit last
}

// Verdict is the gravest of what was promised.
func (r *Report) Verdict() Verdict {
	worst := Holds
	for _, c := range r.Checks {
		if c.Promised && (c.Verdict == Violated || worst == Holds) {
			worst = c.Verdict
		}
	}
	return worst
}

// Judge judges a history: by the order of zxids if they were recorded for
// all operations that succeeded, which is exact and takes n log n steps. Else, if
// no value was written twice, by what must come before what (see constraints), and
// where that settles nothing, by a search, which is exact if it comes to an end.
func Judge(h *History, o Options) *Report {
	isRead := func(op *Op) bool { return op.Kind == Read && op.Outcome == Done }
	isOrdered := func(op *Op) bool { return op.Kind != Read && op.Kind != FinalRead && op.counts() }
	writes := Check{
		Property: "linearizable-writes", Promised: true, Judged: len(h.those(isOrdered)),
		What: "writes, compare-and-sets and synced reads",
	}
	sequential := Check{Property: "sequential", Promised: true, What: "plain reads", Judged: len(h.those(isRead))}
	fresh := sequential
	fresh.Property, fresh.Promised = "linearizable", o.FreshReads

	r := &Report{h, []Check{writes, sequential, fresh}}
	if sequential.Judged == 0 {
		r.Checks = r.Checks[:1]
	}
	var j judge = &bySearch{h, o.Budget}
	if h.placed() {
		j = newByZxid(h)
	}
	for i, one := range []func() (Verdict, []Finding){j.linearizableWrites, j.sequential, j.linearizable}[:len(r.Checks)] {
		c := &r.Checks[i]
		c.ByZxid = h.placed()
		c.Verdict, c.Findings = one()
		if i == 2 && (r.Checks[0].Verdict == Violated || r.Checks[1].Verdict == Violated) {
			c.Verdict = Violated // it says more than the others
		}
	}
	return r
}

// judge finds out whether a history has the properties. They are asked for in
// this order.
type judge interface {
	linearizableWrites() (Verdict, []Finding)
	sequential() (Verdict, []Finding)
	linearizable() (Verdict, []Finding)
}

// placed reports whether all operations that succeeded have versions and zxids.
func (h *History) placed() bool {
	for i := range h.Ops {
		if o := &h.Ops[i]; o.Outcome == Done && !o.Placed {
			return false
		}
	}
	return true
}

// Visualize searches for a linearization of what is to be linearizable and
// writes a page, by porcupine, with the operations and the orders that were
// tried within the budget.
func Visualize(h *History, o Options, path string) error {
	ops := h.those((*Op).counts)
	if !o.FreshReads {
		ops = ordered(ops)
	}
	if err := linearization(h, ops).Visualize(path, o.Budget); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	return nil
}
