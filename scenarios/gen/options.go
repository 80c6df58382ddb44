package gen

import (
	"fmt"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/scenarios"
)

// Option changes what [Scenario] generates.
type Option func(*generator)

// Servers sets how many servers vote: 1 to 7 unless this option says otherwise.
// Scenarios shrink towards low.
func Servers(low, high int) Option {
	if low < 1 || low > high || high > 9 {
		panic(fmt.Sprintf("gen: no scenario has %d to %d servers that vote; there are 1 to 9", low, high))
	}
	return func(g *generator) { g.low, g.high = low, high }
}

// Apps sets which applications the servers may replicate, of kv, bank and znode;
// scenarios shrink towards the first. Without this option it is kv or bank. With
// znode there are clients in sessions that follow recipes, instead of scripts.
func Apps(names ...string) Option { return func(g *generator) { g.apps = names } }

// Faults bounds how many faults there are: 5 unless this option says otherwise.
// With 0 nothing goes wrong.
func Faults(most int) Option { return func(g *generator) { g.faults = most } }

// Kinds sets which kinds of fault there may be; scenarios shrink towards the
// first. Without this option they are those of [DefaultKinds].
func Kinds(kinds ...faults.Kind) Option { return func(g *generator) { g.kinds = kinds } }

// Operations bounds how many operations each client asks for: 30 unless this
// option says otherwise.
func Operations(most int) Option { return func(g *generator) { g.operations = most } }

// Base sets a scenario, which was loaded, that what is not generated comes from:
// name, protocol, options, defects, what is expected, and what must hold always
// and eventually. Without this option it is zab with a tick
// of 200ms.
func Base(s *scenarios.Scenario) Option { return func(g *generator) { g.base = s } }

// Protocol sets the protocol, which need not be one that zabsim knows. With [Base]
// it is that of the base.
func Protocol(p nodes.Protocol) Option { return func(g *generator) { g.protocol = &p } }
