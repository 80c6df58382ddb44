package faults

import (
	"strings"

	"github.com/zabsim/zabsim/nodes"
)

// Selector names servers, some of them by what they are when the fault
// strikes.
type Selector struct {
	Set  nodes.Set
	Role Role // in addition to Set
	// But and ButRole are left out, whoever named them.
	But     nodes.Set
	ButRole Role
	// Name is what people call them, such as a site; it changes nothing.
	Name string
}

// Role is a way to name a server by what it is at the moment.
type Role uint8

// The roles a selector can name.
const (
	NoRole    Role = iota
	Leader         // the serving leader of the highest epoch; if nobody serves, whoever leads in the highest epoch
	Followers      // all servers that follow it
	Follower       // the lowest of them
	Everyone       // all servers
	Others         // all servers that this fault does not name otherwise
	Longest        // the follower with the longest log; of equals the lowest
	Shortest       // the follower with the shortest log; of equals the lowest
	Itself         // the server whose event pulled the trigger; of a fault without one, nobody
)

var roleNames = [...]string{"", "leader", "followers", "follower", "everyone", "others", "longest-log", "shortest-log", "itself"}

// String returns the word scenarios use for it.
func (r Role) String() string { return roleNames[r] }

// String returns what people call the servers: "shanghai", "leader", "s1 s2",
// "everyone but leader".
func (s Selector) String() string {
	if s.Name != "" {
		return s.Name
	}
	words := bare(s.Set)
	if s.Role != NoRole {
		words = append(words, s.Role.String())
	}
	but := bare(s.But)
	if s.ButRole != NoRole {
		but = append(but, s.ButRole.String())
	}
	if len(but) > 0 {
		words = append(words, "but", strings.Join(but, " "))
	}
	return strings.Join(words, " ")
}

func bare(s nodes.Set) []string {
	var names []string
	for id := range s.All() {
		names = append(names, id.String())
	}
	return names
}
