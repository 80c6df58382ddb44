package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/faults"
)

// plan turns boot and faults into the simulator's plan, and says in words what
// is in it. A server that starts late is held back and restarted.
func (s *Scenario) plan() (plan faults.Plan, words []string) {
	for _, boot := range s.Boot {
		server := s.selector(Who{boot.Server})
		plan.Held |= server.Set
		plan.Faults = append(plan.Faults, faults.Fault{At: boot.At, Kind: faults.Restart, Target: server})
		words = append(words, fmt.Sprintf("%s start %s", boot.At, boot.Server))
	}
	for i := range s.Faults {
		plan.Faults = append(plan.Faults, s.fault(&s.Faults[i]))
		words = append(words, s.Faults[i].String())
	}
	return plan, words
}

func (s *Scenario) fault(f *Fault) faults.Fault {
	made := faults.Fault{At: f.At, Kind: f.kind(), For: f.For}
	if w := f.When; w != nil {
		made.When = &faults.Trigger{
			Event: string(w.Event), Message: w.Message, Server: s.selector(w.Server),
			Count: w.Count, Fresh: w.Fresh,
		}
	}
	switch made.Kind {
	case faults.Partition:
		for _, side := range f.Partition {
			made.Sides = append(made.Sides, s.selector(side))
		}
	case faults.Cut:
		made.OneWay = f.Cut.From != nil
		made.Target = s.selector(slices.Concat(f.Cut.Between, f.Cut.From))
		made.Other = s.selector(slices.Concat(f.Cut.And, f.Cut.To))
	case faults.Heal: // everything, always
	default:
		made.Target = s.selector(f.target())
	}
	return made
}

// kind returns what the fault does. A fault that passed the loader does
// exactly one thing.
func (f *Fault) kind() faults.Kind {
	switch {
	case f.Partition != nil:
		return faults.Partition
	case f.Cut != nil:
		return faults.Cut
	case f.Crash != nil:
		return faults.Crash
	case f.MachineCrash != nil:
		return faults.MachineCrash
	case f.Restart != nil:
		return faults.Restart
	case f.Pause != nil:
		return faults.Pause
	case f.Resume != nil:
		return faults.Resume
	default:
		return faults.Heal
	}
}

// target returns the servers of a fault that strikes servers one by one.
func (f *Fault) target() Who {
	for _, who := range []Who{f.Crash, f.MachineCrash, f.Restart, f.Pause, f.Resume} {
		if who != nil {
			return who
		}
	}
	return nil
}

// String returns the fault in words: "10s partition shanghai | guangzhou for
// 14s", "10s crash leader when durable (3 times, fresh)".
func (f *Fault) String() string {
	words := []string{f.At.String(), f.kind().String()}
	switch {
	case f.Partition != nil:
		sides := make([]string, len(f.Partition))
		for i, side := range f.Partition {
			sides[i] = side.String()
		}
		words = append(words, strings.Join(sides, " | "))
	case f.Cut != nil && f.Cut.From != nil:
		words = append(words, f.Cut.From.String(), "to", f.Cut.To.String())
	case f.Cut != nil:
		words = append(words, f.Cut.Between.String(), "and", f.Cut.And.String())
	case f.target() != nil:
		words = append(words, f.target().String())
	}
	if f.For > 0 {
		words = append(words, "for", f.For.String())
	}
	if f.When != nil {
		words = append(words, "when", f.When.String())
	}
	return strings.Join(words, " ")
}

// String returns the trigger in words: "durable (3 times, fresh)", "deliver
// PROPOSAL at followers".
func (w *When) String() string {
	text := string(w.Event)
	if w.Message != "" {
		text += " " + w.Message
	}
	if w.Server != nil {
		text += " at " + w.Server.String()
	}
	var details []string
	if w.Count > 1 {
		details = append(details, fmt.Sprintf("%d times", w.Count))
	}
	if w.Fresh {
		details = append(details, "fresh")
	}
	if details != nil {
		text += " (" + strings.Join(details, ", ") + ")"
	}
	return text
}

// String returns the names with spaces between them.
func (w Who) String() string { return strings.Join(w, " ") }
