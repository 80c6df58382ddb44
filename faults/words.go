package faults

import (
	"fmt"
	"strings"
	"time"
)

// String returns the fault in words: "10s partition shanghai | guangzhou for
// 14s", "10s crash leader when durable (3 times, fresh)".
func (f *Fault) String() string {
	words := []string{f.At.String(), f.Kind.String()}
	switch f.Kind {
	case Partition, Bridge:
		sides := make([]string, len(f.Sides))
		for i, side := range f.Sides {
			sides[i] = side.String()
		}
		words = append(words, strings.Join(sides, " | "))
	case Heal: // everything
	case Copy:
		words = append(words, f.Other.String(), "to", f.Target.String())
	case Cut, Reset, Slowdown, Bandwidth, Loss, Duplicate, Reorder, Hold:
		between := "and"
		if f.OneWay {
			between = "to"
		}
		words = append(words, f.Target.String(), between, f.Other.String())
	default:
		words = append(words, f.Target.String())
	}
	words = append(words, f.details()...)
	if f.For > 0 {
		words = append(words, "for", f.For.String())
	}
	if f.Times > 1 {
		words = append(words, fmt.Sprintf("%d times, every %s", f.Times, f.Every))
	}
	if f.When != nil {
		words = append(words, "when", f.When.String())
	}
	return strings.Join(words, " ")
}

// details returns how much of it there is.
func (f *Fault) details() []string {
	var words []string
	switch f.Kind {
	case Slowdown, Slow, SlowDisk, Jump:
		words = append(words, "by", time.Duration(f.Amount).String())
	case Bandwidth:
		words = append(words, fmt.Sprintf("%d bytes/s", f.Amount))
	case Loss, Duplicate, Reorder, Drift:
		words = append(words, fmt.Sprintf("%dppm", f.Amount))
	}
	if f.Grow > 0 {
		words = append(words, "over", f.Grow.String())
	}
	if f.Torn {
		words = append(words, "torn")
	}
	if f.Wake != InOrder {
		words = append(words, f.Wake.String())
	}
	return words
}

// String returns the trigger in words: "durable (3 times, fresh)", "deliver
// PROPOSAL at followers", "before send COMMIT at leader".
func (t *Trigger) String() string {
	words := []string{t.Event}
	if t.Before {
		words = []string{"before", t.Event}
	}
	for _, which := range []string{t.Message, t.File, t.Phase, t.Text} {
		if which != "" {
			words = append(words, which)
		}
	}
	if t.Server != (Selector{}) {
		words = append(words, "at", t.Server.String())
	}
	var details []string
	if t.Count > 1 {
		details = append(details, fmt.Sprintf("%d times", t.Count))
	}
	if t.Fresh {
		details = append(details, "fresh")
	}
	if details != nil {
		words = append(words, "("+strings.Join(details, ", ")+")")
	}
	return strings.Join(words, " ")
}
