package simtest

import (
	"flag"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/scenarios"
)

// Scenario reads a scenario from the text of a file. It may ask for protocols
// that zabsim does not know. Everything that is wrong with it fails the test, with
// line and column.
func Scenario(t TB, text string, more ...nodes.Protocol) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("scenario", []byte(text), more...)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return s
}

// Load reads a scenario of the library, or a file if name has a slash or ends in
// .yaml.
func Load(t TB, name string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Load(name, nil)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return s
}

// isSet reports whether the test has a flag of that name and it is set.
func isSet(name string) bool {
	f := flag.Lookup(name)
	return f != nil && f.Value.String() == "true"
}
