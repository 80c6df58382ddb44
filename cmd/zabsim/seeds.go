package main

import (
	"fmt"
	"iter"
	"regexp"
	"strconv"
	"strings"

	"github.com/zabsim/zabsim/reports"
)

// seedRanges are the seeds of a campaign, as they were written: "1-1000" or
// "1,5,9-12".
type seedRanges []seedRange

type seedRange struct{ first, last uint64 }

// maxSeeds bounds a campaign: at a thousand seeds a second it takes two weeks.
const maxSeeds = 1_000_000_000

func parseSeeds(text string) (seedRanges, error) {
	var made seedRanges
	total := uint64(0)
	for part := range strings.SplitSeq(text, ",") {
		low, high, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			high = low
		}
		first, err := strconv.ParseUint(low, 10, 64)
		last, err2 := strconv.ParseUint(high, 10, 64)
		if err != nil || err2 != nil || first == 0 { // 0 stands for the scenario's own seed
			return nil, fmt.Errorf("%q are no seeds; write 1-1000 or 1,5,9-12, from 1 up", text)
		}
		if last < first {
			return nil, fmt.Errorf("seeds %s: the range runs backwards; write %d-%d", part, last, first)
		}
		if last-first >= maxSeeds-total {
			return nil, fmt.Errorf("more than %s seeds", reports.Grouped(maxSeeds))
		}
		total += last - first + 1
		made = append(made, seedRange{first, last})
	}
	return made, nil
}

// all yields the seeds in the order they were written.
func (rs seedRanges) all() iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for _, r := range rs {
			for i := uint64(0); i <= r.last-r.first; i++ {
				if !yield(r.first + i) {
					return
				}
			}
		}
	}
}

func (rs seedRanges) count() int {
	n := uint64(0)
	for _, r := range rs {
		n += r.last - r.first + 1
	}
	return int(n)
}

// String returns the seeds as they can be written.
func (rs seedRanges) String() string {
	parts := make([]string, len(rs))
	for i, r := range rs {
		parts[i] = strconv.FormatUint(r.first, 10)
		if r.last > r.first {
			parts[i] += "-" + strconv.FormatUint(r.last, 10)
		}
	}
	return strings.Join(parts, ",")
}

// gitHash is the name of a commit: continuous integration takes it for a seed
// and has a new one each time, which everybody can run again.
var gitHash = regexp.MustCompile(`^[0-9a-f]{40}$`)

// parseSeed reads one seed: a number, or a git hash, of which the last 16
// digits count.
func parseSeed(text string) (uint64, error) {
	if gitHash.MatchString(text) {
		return strconv.ParseUint(text[24:], 16, 64)
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil || seed == 0 {
		return 0, fmt.Errorf("%q is no seed; it is a number from 1 to 2^64-1, or a git hash of 40 digits", text)
	}
	return seed, nil
}
