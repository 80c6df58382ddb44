package shrink

import "iter"

// Greedy makes a thing that fails simpler, as long as it fails. simpler yields
// what makes simpler variants of a thing, the boldest first, or reports that there
// is no such variant; fails reports whether one still fails in the same way. Each variant is charged one execution; if fails
// takes more, it spends them itself. The second result is false if the budget
// was used up first.
//
// After a success it goes on where it was: what did no good before seldom does
// any after. It ends when no variant of the result fails.
func Greedy[T any](thing T, simpler func(T) iter.Seq[func() (T, bool)], fails func(T) bool, b *Budget) (T, bool) {
	for at := 0; ; {
		next, place, found := firstFailing(thing, simpler, fails, b, at)
		switch {
		case b.out:
			return thing, false
		case found:
			thing, at = next, place
		case at == 0:
			return thing, true
		default:
			at = 0
		}
	}
}

// firstFailing returns the first variant that fails, from the place from on.
func firstFailing[T any](thing T, simpler func(T) iter.Seq[func() (T, bool)], fails func(T) bool, b *Budget, from int) (variant T, place int, found bool) {
	i := 0
	for variant := range simpler(thing) {
		if i >= from {
			v, exists := variant()
			if exists && !b.Spend() {
				return thing, i, false
			}
			if exists && fails(v) {
				return v, i, true
			}
		}
		i++
	}
	return thing, i, false
}
