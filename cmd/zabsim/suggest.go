package main

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
)

// maxChoices is how many names an error message can list.
const maxChoices = 12

// unknown says that there is no such name, and which one may have been meant:
// the nearest, or all of them if none is near.
func unknown(what, name string, among []string) error {
	if near := nearest(name, among); near != "" {
		return fmt.Errorf("unknown %s %q; did you mean %q?", what, name, near)
	}
	if len(among) > maxChoices {
		return fmt.Errorf("unknown %s %q; zabsim list shows what there is", what, name)
	}
	return fmt.Errorf("unknown %s %q; there are %s", what, name, strings.Join(among, ", "))
}

// nearest returns the name that is close enough to be what was meant, or "".
// Two edits are allowed from three letters up, since swapping two letters
// counts as two; a third of the length from seven letters up.
func nearest(name string, among []string) string {
	allowed := 0
	switch n := len(strings.Trim(name, "-")); {
	case n >= 7:
		allowed = n / 3
	case n >= 3:
		allowed = 2
	}
	best, distance := "", allowed+1
	for _, candidate := range among {
		if d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(candidate)); d < distance {
			best, distance = candidate, d
		}
	}
	return best
}
