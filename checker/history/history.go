package history

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// Kind is what an operation does.
type Kind uint8

// The kinds of operations.
const (
	Read       Kind = iota // of the server the session is on, which may be behind
	SyncedRead             // sync, then read, as one operation
	Write                  // unconditional
	CAS                    // compare and set: on condition that the register is as expected
	FinalRead              // after all else, when every server should have everything
)

var kindNames = [...]string{"read", "sync_read", "write", "cas", "final"}

// String returns the name that the JSON lines have for it.
func (k Kind) String() string { return kindNames[k] }

// Writes reports whether operations of this kind change the register.
func (k Kind) Writes() bool { return k == Write || k == CAS }

// Outcome says how much the client knows about what became of an operation.
type Outcome uint8

// The outcomes.
const (
	Unknown Outcome = iota // it may have taken effect, or may do so later, or never
	Done
	Failed // it has not taken effect and never will
)

// Op is an operation on a register as its client saw it.
type Op struct {
	ID            int64 // as recorded; 0 for a final read
	Line, EndLine int   // of its invocation and completion; EndLine is 0 if there is none

	Client  string
	Session string // whose operations take effect in order; "" if there is none
	Server  string // who answered, if recorded

	Kind  Kind
	Key   string
	Value string // written or, when done, read; as the file spells it

	// Expect is what a CAS demands: a version or, if ByValue, a value.
	Expect struct {
		ByValue bool
		Value   string
		Version int64
	}

	Outcome Outcome
	Refused bool   // Failed since the register was not as expected
	Err     string // what the client was told

	// Version is that of the register after the write or as read, and Zxid the
	// place of that write among all writes. Placed is false if they were not
	// recorded.
	Placed  bool
	Version int64
	Zxid    nodes.Position

	// Call and Return number the events of the history from 1: an operation
	// was over before another began if its Return is less than the other's
	// Call. Return is 0 for what never returned.
	Call, Return int
	At, Until    time.Duration // the same as times of the recording's clock
}

// before reports whether an operation was over when another began.
func (o *Op) before(other *Op) bool { return o.Return > 0 && o.Return < other.Call }

// counts reports whether an operation can have had an effect, or says something
// about the register.
func (o *Op) counts() bool {
	return o.Outcome == Done || o.Refused || o.Outcome == Unknown && o.Kind.Writes()
}

// Where says where in the file the operation is: "id 57, lines 120 and 123".
func (o *Op) Where() string {
	lines := fmt.Sprintf("line %d", o.Line)
	if o.EndLine != 0 && o.EndLine != o.Line {
		lines = fmt.Sprintf("lines %d and %d", o.Line, o.EndLine)
	}
	if o.Kind == FinalRead {
		return lines
	}
	return fmt.Sprintf("id %d, %s", o.ID, lines)
}

// String returns what was asked and what came of it: `cas k1 "b" if version 6:
// version 7, zxid 4.12`.
func (o *Op) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %s", o.Kind, o.Key)
	if o.Kind.Writes() {
		b.WriteString(" " + o.Value)
	}
	switch {
	case o.Kind != CAS:
	case o.Expect.ByValue:
		b.WriteString(" if " + o.Expect.Value)
	default:
		fmt.Fprintf(&b, " if version %d", o.Expect.Version)
	}
	switch o.Outcome {
	case Unknown:
		b.WriteString(": outcome unknown")
	case Failed:
		b.WriteString(": failed")
	case Done:
		b.WriteString(": " + o.result())
	}
	if o.Err != "" {
		b.WriteString(" (" + o.Err + ")")
	}
	return b.String()
}

func (o *Op) result() string {
	var parts []string
	if !o.Kind.Writes() {
		parts = append(parts, o.Value)
	}
	if o.Placed {
		parts = append(parts, fmt.Sprintf("version %d", o.Version), fmt.Sprintf("zxid %v", o.Zxid))
	}
	if len(parts) == 0 {
		return "ok"
	}
	return strings.Join(parts, ", ")
}

// History is what clients did to some registers.
type History struct {
	Ops []Op // in the order of their calls

	// Initial and InitialVersion are what every register had in the beginning.
	Initial        string
	InitialVersion int64
}

// Nil is the value of a register that has none.
const Nil = "nil"

// Len returns how many operations clients asked for: final reads do not count.
func (h *History) Len() int {
	return len(h.those(func(o *Op) bool { return o.Kind != FinalRead }))
}

// group is the operations that have something in common.
type group struct {
	name string
	ops  []*Op
}

// groups puts operations into groups by name, in the order of names.
func groups(ops []*Op, name func(*Op) string) []group {
	var all []group
	index := map[string]int{}
	for _, o := range ops {
		n := name(o)
		i, known := index[n]
		if !known {
			i = len(all)
			index[n] = i
			all = append(all, group{name: n})
		}
		all[i].ops = append(all[i].ops, o)
	}
	slices.SortFunc(all, func(a, b group) int { return cmp.Compare(a.name, b.name) })
	return all
}

// keys groups the operations that count by register.
func (h *History) keys() []group {
	return groups(h.those((*Op).counts), func(o *Op) string { return o.Key })
}

// sessions groups the operations that succeeded by session.
func (h *History) sessions() []group {
	done := h.those(func(o *Op) bool { return o.Outcome == Done && o.Session != "" })
	return groups(done, func(o *Op) string { return o.Session })
}

// those returns the operations with a property.
func (h *History) those(take func(*Op) bool) []*Op {
	var ops []*Op
	for i := range h.Ops {
		if take(&h.Ops[i]) {
			ops = append(ops, &h.Ops[i])
		}
	}
	return ops
}

// ordered leaves out plain reads, which need not show the newest state.
func ordered(ops []*Op) []*Op {
	return slices.DeleteFunc(slices.Clone(ops), func(o *Op) bool { return o.Kind == Read })
}

// events numbers the events of a history by time. Of events at the same time,
// invocations come first: what touches is concurrent.
func (h *History) events() {
	type event struct {
		at     time.Duration
		number *int
	}
	var events []event
	for i := range h.Ops {
		events = append(events, event{h.Ops[i].At, &h.Ops[i].Call})
	}
	for i := range h.Ops {
		if o := &h.Ops[i]; o.Outcome != Unknown {
			events = append(events, event{o.Until, &o.Return})
		}
	}
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	for i, e := range events {
		*e.number = i + 1
	}
	slices.SortFunc(h.Ops, func(a, b Op) int { return cmp.Compare(a.Call, b.Call) })
}
