// Package all lists the protocols that zabsim has.
package all

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
)

// Protocols are all protocols, in the order in which they are listed. Nobody
// may change it.
var Protocols = []nodes.Protocol{zab.Protocol}

// Names returns the names of all protocols.
func Names() []string {
	names := make([]string, len(Protocols))
	for i, p := range Protocols {
		names[i] = p.Name
	}
	return names
}

// ByName returns the protocol of that name. The error lists those there are.
func ByName(name string) (*nodes.Protocol, error) {
	i := slices.IndexFunc(Protocols, func(p nodes.Protocol) bool { return p.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("unknown protocol %q; zabsim has %s", name, strings.Join(Names(), ", "))
	}
	return &Protocols[i], nil
}
