package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/nodes"
)

// Args are the arguments of a step; which of them mean something depends on
// the action.
type Args struct {
	Servers []nodes.ID   `json:"servers"`
	Server  nodes.ID     `json:"server"`
	From    nodes.ID     `json:"from"`
	To      ids          `json:"to"`
	A       nodes.ID     `json:"a"`
	B       nodes.ID     `json:"b"`
	Groups  [][]nodes.ID `json:"groups"`
	Ticks   float64      `json:"ticks"`
	Mode    string       `json:"mode"`
	Value   uint64       `json:"value"`
	File    string       `json:"file"`
	Port    string       `json:"port"`

	Leader    nodes.ID `json:"leader"`
	Direction string   `json:"direction"`
	Type      string   `json:"type"`
	Released  string   `json:"released"`

	Op         string `json:"op"`
	Path       string `json:"path"`
	Data       string `json:"data"`
	Version    *int32 `json:"version"`
	Via        via    `json:"via"`
	NewSession bool   `json:"new_session"`
	Sequential bool   `json:"sequential"`
	Ephemeral  bool   `json:"ephemeral"`
	Ops        string `json:"ops"`
	Count      int    `json:"count"`
	DataBytes  int    `json:"data_bytes"`
	Pipelined  bool   `json:"pipelined"`
	Writers    int    `json:"writers"`
	OnePer     bool   `json:"one_per_server"`

	Session      string  `json:"session"`
	Conn         int     `json:"conn"`
	Name         string  `json:"name"`
	Timeout      float64 `json:"timeout_ticks"`
	LastZxidSeen string  `json:"last_zxid_seen"`

	// Words for people.
	How    string `json:"how"`
	Signal string `json:"signal"`
	What   string `json:"what"`
	With   string `json:"with"`
	Why    string `json:"why"`
}

// ids is one server or a list of them.
type ids []nodes.ID

// UnmarshalJSON implements json.Unmarshaler.
func (s *ids) UnmarshalJSON(b []byte) error {
	var one nodes.ID
	if json.Unmarshal(b, &one) == nil {
		*s = ids{one}
		return nil
	}
	var many []nodes.ID
	if err := json.Unmarshal(b, &many); err != nil {
		return fmt.Errorf("%s is neither a server nor a list of them", b)
	}
	*s = many
	return nil
}

// via is the server an operation goes through, or all of them: "each of 1..5".
type via struct {
	server nodes.ID
	each   bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (v *via) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, &v.server) == nil {
		return nil
	}
	var words string
	if json.Unmarshal(b, &words) != nil || !strings.HasPrefix(words, "each of ") {
		return fmt.Errorf("%s is neither a server nor \"each of ...\"", b)
	}
	v.each = true
	return nil
}

// readArgs reads the arguments of a step, and demands those that its action
// needs and no others.
func (s *Step) readArgs(members nodes.Set) error {
	a, known := actions[s.Action]
	if !known {
		return fmt.Errorf("unknown action %q", s.Action)
	}
	given := map[string]json.RawMessage{}
	if s.RawArgs != nil {
		if err := json.Unmarshal(s.RawArgs, &given); err != nil {
			return fmt.Errorf("%s: %w", s.Action, err)
		}
		if err := strictly(s.RawArgs, &s.args); err != nil {
			return fmt.Errorf("%s: %w", s.Action, err)
		}
	}
	needs, may := strings.Fields(a.needs), strings.Fields(a.may+" how signal what why")
	for _, name := range needs {
		if _, found := given[name]; !found {
			return fmt.Errorf("%s needs %q", s.Action, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(needs, name) && !slices.Contains(may, name) {
			return fmt.Errorf("%s: unknown argument %q", s.Action, name)
		}
	}
	if seen := s.args.LastZxidSeen; seen != "" {
		if _, err := parseZxid(seen); err != nil {
			return fmt.Errorf("%s: %w", s.Action, err)
		}
	}
	if named := s.args.named(); named&^members != 0 {
		return fmt.Errorf("%s: there is no server %v", s.Action, named&^members)
	}
	return nil
}

// named returns the servers that the arguments mention.
func (a *Args) named() nodes.Set {
	s := nodes.SetOf(a.Servers...) | nodes.SetOf(a.To...) | nodes.SetOf(a.Server, a.From, a.A, a.B, a.Leader, a.Via.server)
	for _, g := range a.Groups {
		s |= nodes.SetOf(g...)
	}
	return s.Without(0)
}

// version returns the version a set or delete demands; none is any.
func (a *Args) version() int32 {
	if a.Version == nil {
		return -1
	}
	return *a.Version
}
