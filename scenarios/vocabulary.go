package scenarios

import (
	"slices"
	"strings"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/all"
)

// vocabulary is the names that a scenario can use.
type vocabulary struct {
	protocols  []nodes.Protocol
	properties []checker.Property
}

// builtin returns the names that zabsim has, and more protocols.
func builtin(more ...nodes.Protocol) vocabulary {
	return vocabulary{slices.Concat(all.Protocols, more), checker.All}
}

func (v vocabulary) protocolNames() []string {
	names := make([]string, len(v.protocols))
	for i, p := range v.protocols {
		names[i] = p.Name
	}
	return names
}

// protocol returns the protocol of that name, or nil.
func (v vocabulary) protocol(name string) *nodes.Protocol {
	i := slices.IndexFunc(v.protocols, func(p nodes.Protocol) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &v.protocols[i]
}

// propertyNames returns the names of the properties of one kind.
func (v vocabulary) propertyNames(k checker.Kind) []string {
	var names []string
	for _, p := range v.properties {
		if p.Kind == k {
			names = append(names, p.Name)
		}
	}
	return names
}

// violable returns the names of the properties that a protocol can be expected
// to violate.
func (v vocabulary) violable() []string {
	return append(v.propertyNames(checker.Always), v.propertyNames(checker.Eventually)...)
}

// families are the properties with a name inside: "note:TRUNC".
var families = []string{"note", "leader-is"}

// eventNames are the kinds of trace events that faults can wait for.
var eventNames = []string{
	"send", "deliver", "durable", "commit", "view",
	"start", "open", "refuse", "close", "expire", "fail", "request", "append", "replace", "truncate", "reply", "note", "exit",
}

// Which events have what triggers can ask for.
var (
	messageEvents = []string{"send", "deliver"}
	fileEvents    = []string{"durable", "append", "replace", "truncate", "fail"}
	freshEvents   = []string{"send", "deliver", "durable", "append", "truncate", "commit", "reply"}
)

// faultKinds returns the keys that say what a fault does, by faults.Kind.
func faultKinds() []string {
	names := make([]string, faults.Kinds)
	for k := range faults.Kinds {
		names[k] = k.String()
	}
	return names
}

// strategies are the words for faults.Strategy.
var strategies = func() (words []string) {
	for s := range faults.Strategies {
		words = append(words, s.String())
	}
	return words
}()

// wakes are the words for faults.Wake.
var wakes = []string{faults.InOrder.String(), faults.MessagesFirst.String(), faults.TimersFirst.String()}

// butPrefix stands before the names of servers that a list leaves out.
const butPrefix = "but "

// roles are the ways to name servers by what they are.
var roles = []faults.Role{
	faults.Leader, faults.Followers, faults.Follower, faults.Everyone, faults.Others, faults.Longest, faults.Shortest,
	faults.Itself,
}

func roleNames() []string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = r.String()
	}
	return names
}

// role returns the role of that name, or NoRole.
func role(name string) faults.Role {
	for _, r := range roles {
		if r.String() == name {
			return r
		}
	}
	return faults.NoRole
}

// family splits the name of a property with a name inside.
func family(name string) (of, inside string, ok bool) {
	of, inside, ok = strings.Cut(name, ":")
	return of, inside, ok && inside != "" && slices.Contains(families, of)
}

// kindOf returns the kind of the property of that name.
func (v vocabulary) kindOf(name string) (checker.Kind, bool) {
	if _, _, ok := family(name); ok {
		return checker.Sometimes, true
	}
	i := slices.IndexFunc(v.properties, func(p checker.Property) bool { return p.Name == name })
	if i < 0 {
		return 0, false
	}
	return v.properties[i].Kind, true
}
