package checker

import (
	"github.com/zabsim/zabsim/sim/trace"
)

func noPanic() Property {
	return Property{
		Name: "no-panic", Doc: "No server panics: its protocol never meets a state it declares impossible.",
		Source: "INV-15 to INV-19, where a protocol asserts them", Kind: Always,
		New: func(*trace.Header) Monitor { return never{"no-panic", trace.Panic, " panicked"} },
	}
}

func noExit() Property {
	return Property{
		Name: "no-exit", Doc: "No server ends its own process: ZooKeeper does when it cannot go on (exit codes 10 to 14).",
		Source: "INV-29, exceptions", Kind: Always,
		New: func(*trace.Header) Monitor { return never{"no-exit", trace.Exit, " ended its own process"} },
	}
}

// never holds as long as no event of a kind happens. It remembers nothing.
type never struct {
	property string
	kind     trace.Kind
	what     string
}

func (m never) Wants() trace.Set { return trace.Of(m.kind) }

func (m never) Observe(e *trace.Event) *Violation {
	v := &Violation{Property: m.property, Message: e.Server.String() + m.what, Server: e.Server}
	if e.Text != "" {
		v.Message += ": " + e.Text
	}
	return v.at(e)
}

func (m never) Finish() *Violation       { return nil }
func (m never) Clone() Monitor           { return m }
func (m never) AppendTo(b []byte) []byte { return b }
