package shrink

import (
	"slices"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// group is a set of actions that belong together: those that agree with it in
// all that it says.
type group struct {
	server nodes.ID // one of the servers concerned
	from   nodes.ID // with server: what comes from there
	client nodes.ClientID
	timer  bool // timers called name
	name   uint8
	kind   string // deliveries of messages of that kind
}

// holds reports whether an action belongs to the group.
func (g *group) holds(s *sim.Scheduled) bool {
	a := &s.Action
	switch {
	case g.from != 0 && (a.Server != g.server || a.Peer != g.from),
		g.server != 0 && a.Server != g.server && a.Peer != g.server,
		g.client != 0 && a.Client != g.client,
		g.timer && (a.Kind != sim.Expire || a.Timer.Name != g.name),
		g.kind != "" && kindOf(s) != g.kind:
		return false
	}
	return true
}

// kindOf returns the kind of message that an action delivers, or "".
func kindOf(s *sim.Scheduled) string {
	kind, _, _ := strings.Cut(s.What, " ")
	return kind
}

// groupsOf returns the groups that the actions of a schedule make up, the large
// ones first.
func groupsOf(s sim.Schedule) []group {
	var all []group
	for _, part := range []func(*sim.Scheduled) group{
		func(s *sim.Scheduled) group { return group{server: s.Action.Server} },
		func(s *sim.Scheduled) group { return group{client: s.Action.Client} },
		timerGroup,
		func(s *sim.Scheduled) group { return group{kind: kindOf(s)} },
		func(s *sim.Scheduled) group {
			g := timerGroup(s)
			if g.timer {
				g.server = s.Action.Server
			}
			return g
		},
		func(s *sim.Scheduled) group { return routeGroup(s, "") },
		func(s *sim.Scheduled) group { return routeGroup(s, kindOf(s)) },
	} {
		from := len(all)
		for i := range s {
			if g := part(&s[i]); g != (group{}) && !slices.Contains(all[from:], g) {
				all = append(all, g)
			}
		}
	}
	return all
}

func timerGroup(s *sim.Scheduled) group {
	if s.Action.Kind != sim.Expire {
		return group{}
	}
	return group{timer: true, name: s.Action.Timer.Name}
}

func routeGroup(s *sim.Scheduled, kind string) group {
	if s.Action.Kind != sim.Deliver {
		return group{}
	}
	return group{server: s.Action.Server, from: s.Action.Peer, kind: kind}
}
