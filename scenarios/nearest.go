package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest returns the name that was probably meant. Two edits are allowed from
// three letters up, because swapping two letters counts as two; a third of
// the length from seven letters up; one edit below three letters would match
// anything. The only name that begins with what was written comes first.
func Nearest(name string, among []string) (string, bool) {
	allowed := 0
	switch n := len([]rune(strings.Trim(name, "-"))); {
	case n >= 7:
		allowed = n / 3
	case n >= 3:
		allowed = 2
	}
	if begun := beginningWith(name, among); len(begun) == 1 && allowed > 0 {
		return begun[0], true
	}
	best, distance := "", allowed+1
	for _, candidate := range among {
		if d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(candidate)); d < distance {
			best, distance = candidate, d
		}
	}
	return best, best != ""
}

// beginningWith returns the names that begin with some letters.
func beginningWith(letters string, among []string) (begun []string) {
	for _, candidate := range among {
		if strings.HasPrefix(strings.ToLower(candidate), strings.ToLower(letters)) {
			begun = append(begun, candidate)
		}
	}
	return begun
}

// Unknown says that there is no such thing, and what may have been meant: the
// nearest name, or all of them if none is near. Every message about a name
// that somebody wrote, in a file or on the command line, comes from here.
func Unknown(what, name string, among []string) string {
	message := fmt.Sprintf("unknown %s %q", what, name)
	if near, ok := Nearest(name, among); ok {
		return fmt.Sprintf("%s; did you mean %q?", message, near)
	}
	if len(among) == 0 {
		return message + "; there is none"
	}
	if len(among) > maxChoices {
		return message + "; zabsim list shows what there is"
	}
	return message + "; " + choices(among)
}

// maxChoices is how many names a message can list and still be read.
const maxChoices = 40

// choices lists what something can be.
func choices(names []string) string {
	if len(names) == 1 {
		return "it can only be " + names[0]
	}
	return "it can be " + or(names)
}

// or lists names: "a, b or c".
func or(names []string) string {
	if n := len(names); n > 1 {
		names = append(slices.Clone(names[:n-2]), names[n-2]+" or "+names[n-1])
	}
	return strings.Join(names, ", ")
}
