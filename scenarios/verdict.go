package scenarios

import (
	"slices"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/sim"
)

// Verdict is what a run says about the protocol, given what the scenario
// expects of it.
type Verdict uint8

// The verdicts.
const (
	// AsExpected: nothing was violated, or what the scenario expects to be
	// violated was.
	AsExpected Verdict = iota
	// Violated: a property was violated and the scenario expects otherwise.
	Violated
	// ExpectedViolationMissing: the property that the scenario expects to be
	// violated held. Other seeds may violate it.
	ExpectedViolationMissing
	// Inconclusive: a limit was reached first, a property could not be judged,
	// or something that must happen sometimes did not, so that the run tested
	// too little.
	Inconclusive
)

// String returns "as expected", "violated", "expected violation missing" or
// "inconclusive".
func (v Verdict) String() string {
	return [...]string{"as expected", "violated", "expected violation missing", "inconclusive"}[v]
}

// Verdict compares what happened with what the scenario expects. An expected
// violation need not be the only one. A violation is one, however the run
// ended.
func (r *Result) Verdict() Verdict {
	expected := func(v checker.Violation) bool { return v.Property == r.Expected }
	switch {
	case r.Expected != "" && slices.ContainsFunc(r.Violations, expected):
		return AsExpected
	case len(r.Violations) > 0:
		return Violated
	case r.Unjudged() != "" || len(r.Unmet) > 0:
		return Inconclusive
	case r.Expected != "":
		return ExpectedViolationMissing
	default:
		return AsExpected
	}
}

// Unjudged says why the run itself came to no verdict, "" if it did: a limit was
// reached first, or a property could not be judged. That something which must
// happen sometimes did not is for many seeds to say.
func (r *Result) Unjudged() string {
	switch {
	case r.Stop == sim.Limit:
		return "a limit was reached first"
	case len(r.Inconclusive) > 0:
		return r.Inconclusive[0].Property + ": " + r.Inconclusive[0].Message
	}
	return ""
}
