package main

import (
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/checker/explore/servers"
	"github.com/zabsim/zabsim/scenarios"
)

// everything stands in --exact for all differences.
const everything = "all"

// exactWords are what --exact can be made of.
func exactWords() []string { return append([]string{everything}, servers.Differences...) }

// differences returns those by which states are told apart although nothing depends on
// them.
func (f *exploreFlags) differences() ([]string, error) {
	for _, name := range f.exact {
		if !slices.Contains(exactWords(), name) {
			return nil, fmt.Errorf("--exact: %s", scenarios.Unknown("difference", name, exactWords()))
		}
	}
	if slices.Contains(f.exact, everything) {
		return servers.Differences, nil
	}
	return f.exact, nil
}
