package checker

import (
	"fmt"

	"github.com/zabsim/zabsim/nodes"
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

func boots() Property {
	return Property{
		Name: "boots", Source: "LIVE-join; R-DUR-4, S-6; ZOOKEEPER-1653", Kind: Always,
		Doc: "A server that boots makes sense of what is on its disk: it does not refuse to start, unless the disk has rotted.",
		New: func(*trace.Header) Monitor { return &booting{} },
	}
}

// booting remembers who boots: the events of one step follow each other.
type booting struct {
	server nodes.ID
	rotten nodes.Set // whose disk may hold what cannot be read
}

func (m *booting) Wants() trace.Set {
	return trace.Of(trace.Start, trace.View, trace.Exit, trace.Durable, trace.Fault)
}

func (m *booting) Observe(e *trace.Event) *Violation {
	if e.Kind == trace.Start {
		m.server = e.Server
		return nil
	}
	if e.Kind == trace.Fault {
		switch e.Fault {
		case "rot":
			m.rotten = m.rotten.With(e.Server)
		case "wipe", "copy", "restore": // it gets another disk
			m.rotten = m.rotten.Without(e.Server)
		}
		return nil
	}
	boots := m.server == e.Server
	m.server = 0
	if e.Kind != trace.Exit || !boots || m.rotten.Has(e.Server) {
		return nil
	}
	v := &Violation{Property: "boots", Server: e.Server, Message: fmt.Sprintf("%v refuses to start: %s", e.Server, e.Text)}
	return v.at(e)
}

func (m *booting) Finish() *Violation { return nil }

func (m *booting) Clone() Monitor { c := *m; return &c }

func (m *booting) AppendTo(b []byte) []byte {
	return appendWord(append(b, byte(m.server)), uint64(m.rotten))
}
