package servers

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// Differences are those between states that nothing depends on, neither what can
// happen nor what a property says. States that differ in nothing else are one, unless
// [Setup].Exact says otherwise:
//
//   - memory: what servers and clients remember and never look at again
//     ([sim.Memory]).
//   - mail: messages on their way that will reach nobody ([sim.Mail]).
//   - clients: which of several clients it is that begins, if they differ in nothing
//     but their names.
var Differences = []string{"memory", "mail", "clients"}

// canon says which differences are none.
type canon struct {
	parts sim.Canon
	// elder is, by slot of a client, that of the one that must begin before it; 0: none.
	// Slot 0 is a server's.
	elder []int
}

// chooseCanon finds out which differences are none.
func (sh *shared) chooseCanon() error {
	for _, name := range sh.Exact {
		if !slices.Contains(Differences, name) {
			return fmt.Errorf("explore: there is no difference %q to tell states apart by, only %s", name, strings.Join(Differences, ", "))
		}
	}
	if !slices.Contains(sh.Exact, "memory") {
		sh.canon.parts |= sim.Memory
	}
	if !slices.Contains(sh.Exact, "mail") {
		sh.canon.parts |= sim.Mail
	}
	sh.canon.elder = make([]int, len(sh.parts))
	// Whether something happens for ever can depend on who asked first.
	if len(sh.Goals) == 0 && !slices.Contains(sh.Exact, "clients") {
		sh.rankClients()
	}
	return nil
}

// rankClients finds the clients that are interchangeable when the search begins. To
// exchange them in an execution, and with them their operations, which are the same,
// gives another execution: servers compare no names of clients, and properties mean
// any client. So those in which the younger begins first need not be visited.
func (sh *shared) rankClients() {
	for i, slot := range sh.clients {
		for j := i - 1; j >= 0 && sh.canon.elder[slot] == 0; j-- {
			if sh.alike(j, i) {
				sh.canon.elder[slot] = sh.clients[j]
			}
		}
	}
}

// alike reports whether two clients differ in nothing but their names, and have done
// nothing yet. Those in sessions are never alike: sessions have names as well.
func (sh *shared) alike(i, j int) bool {
	a, b := sh.config.Clients[i], sh.config.Clients[j]
	a.Name, b.Name = "", ""
	begun := slices.ContainsFunc(sh.beginning(), func(s sim.Scheduled) bool {
		return s.Action.Client == nodes.ClientID(i+1) || s.Action.Client == nodes.ClientID(j+1)
	})
	return a.Session == 0 && !begun && reflect.DeepEqual(a, b)
}

// waitsForElder reports whether an event is that a client begins, who leaves it to
// another one just like it to do so first.
func (sh *shared) waitsForElder(s *State, e *Event) bool {
	if e.Action.Kind != sim.Invoke {
		return false
	}
	slot := sh.clients[e.Action.Client-1]
	elder := sh.canon.elder[slot]
	return elder != 0 && s.ids[slot] == sh.initial.ids[slot] && s.ids[elder] == sh.initial.ids[elder]
}
